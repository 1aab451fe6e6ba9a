"""Every word of the report, in English and in Simplified Chinese."""

from html import escape
from typing import NamedTuple


class Words(NamedTuple):
    """One text, twice. `{name}` is filled in."""

    en: str
    zh: str


WORDS: dict[str, Words] = {
    # names that payloads bring along
    "loss": Words("loss", "损失"),
    "accuracy": Words("accuracy", "准确率"),
    "error": Words("error", "错误率"),
    "learning rate": Words("learning rate", "学习率"),
    "training": Words("training", "训练"),
    "validation": Words("validation", "验证"),
    "epoch": Words("epoch", "轮次"),
    "step": Words("step", "步"),
    "weight": Words("weight", "权重"),
    "activation": Words("activation", "激活值"),
    "test": Words("test", "测试"),
    # blocks of "how it was made"
    "recipe": Words("Recipe", "训练配置"),
    "seeds": Words("Seeds", "随机种子"),
    "versions": Words("Versions", "软件版本"),
    "machine": Words("Machine", "机器"),
    "time": Words("Time", "用时"),
    # head
    "kind": Words("Report of a training run", "训练报告"),
    "title": Words("{network} on {dataset}", "{network} · {dataset}"),
    "headline": Words(
        "{correct} of the {total} images of the <b>{split}</b> split are answered correctly. "
        "With 95 % confidence the accuracy lies between {low} and {high}.",
        "<b>{split}</b>集的 {total} 张图像中，{correct} 张回答正确。"
        "准确率的 95 % 置信区间为 {low} 至 {high}。",
    ),
    "baseline": Words(
        "Always answering “{majority}”, the largest class, would get {baseline}.",
        "若总是回答样本最多的类别“{majority}”，准确率为 {baseline}。",
    ),
    "wrong": Words("wrong", "答错"),
    "balanced accuracy": Words("balanced accuracy", "平衡准确率"),
    "majority baseline": Words("majority baseline", "多数类基线"),
    "top-5 accuracy": Words("top-5 accuracy", "前五准确率"),
    "macro F1": Words("macro F1", "宏平均 F1"),
    "MCC": Words("MCC", "马修斯相关系数"),
    "calibration error": Words("calibration error", "校准误差"),
    "cross-entropy": Words("cross-entropy", "交叉熵"),
    "parameters": Words("parameters", "参数量"),
    "MACs": Words("MACs", "乘加次数"),
    "MACs per image": Words("MACs per image", "每图乘加次数"),
    "wall time": Words("wall time", "总用时"),
    # sections
    "mistakes": Words("The worst mistakes", "最严重的错误"),
    "mistakes note": Words(
        "Of the images answered wrongly, those that the network was most certain of. "
        "Struck out: its answer. Beside it: the label.",
        "答错的图像中网络最有把握的那些。划去的是它的回答，旁边是真实标签。",
    ),
    "mistake": Words(
        "image {index}: answered {predicted} with {probability}, is {true}",
        "第 {index} 张：以 {probability} 的概率答为 {predicted}，实为 {true}",
    ),
    "no mistakes": Words("None: every image is answered correctly.", "没有：全部回答正确。"),
    "training section": Words("How it learned", "学习过程"),
    "training note": Words(
        "The validation split is not trained on. Where the two lines part, the network begins "
        "to learn its training images by heart.",
        "验证集不参与训练。两条线分开之处，网络开始死记训练图像。",
    ),
    "example": Words("One image, layer by layer", "一张图像的逐层旅程"),
    "example note": Words(
        "Image {index} of the split, of class {true}. Answered {predicted} with {probability}. "
        "Every layer has one scale for all of its maps.",
        "该集第 {index} 张，类别为 {true}，以 {probability} 的概率答为 {predicted}。"
        "同一层的所有特征图共用一个色标。",
    ),
    "input": Words("input", "输入"),
    "more maps": Words("and {num} more", "另有 {num} 张"),
    "kernels": Words("The first kernels", "第一层卷积核"),
    "kernels note": Words(
        "What {path} multiplies the image with. Blue weights are below zero, red ones above, "
        "white ones are zero.",
        "{path} 与图像相乘的权重。蓝色小于零，红色大于零，白色为零。",
    ),
    "kernels note rgb": Words(
        "What {path} multiplies the image with, as red, green and blue. Mid-grey is zero.",
        "{path} 与图像相乘的权重，以红、绿、蓝显示。中灰为零。",
    ),
    "confusion": Words("Which classes it confuses", "混淆了哪些类别"),
    "confusion note": Words(
        "A row is the true class, a column the answer. The diagonal is right. Red cells are "
        "mistakes, the darker the more.",
        "行为真实类别，列为网络的回答。对角线为正确，红色为错误，越深越多。",
    ),
    "confusion many": Words(
        "There are {num} classes: the most frequent confusions are listed.",
        "共有 {num} 个类别：列出最常见的混淆。",
    ),
    "true": Words("true class", "真实类别"),
    "answer": Words("answer", "回答"),
    "images": Words("images", "图像数"),
    "cell": Words(
        "true {true}, answered {predicted}: {num}", "实为 {true}，答为 {predicted}：{num}"
    ),
    "classes": Words("Class by class", "逐类指标"),
    "classes note": Words(
        "Precision: of the images answered so, the share that is right. Recall: of the images of "
        "the class, the share that is found. A dash: not defined, for want of images. "
        "Red: the weakest class.",
        "精确率：如此回答的图像中正确的比例。召回率：该类图像中被找到的比例。"
        "短横表示因缺少图像而无定义。红色为最弱的类别。",
    ),
    "weakest": Words("The {num} classes with the lowest F1:", "F1 最低的 {num} 个类别："),
    "all classes": Words("All {num} classes", "全部 {num} 个类别"),
    "class": Words("class", "类别"),
    "precision": Words("precision", "精确率"),
    "recall": Words("recall", "召回率"),
    "F1": Words("F1", "F1"),
    "support": Words("images", "图像数"),
    "calibration": Words("Does it know what it knows?", "它有自知之明吗？"),
    "calibration note": Words(
        "Answers sorted by the probability that the network gave them, in 15 equal bins. On the "
        "line, it is right as often as it says. Area of a circle: number of images. The "
        "calibration error is the mean distance from the line: {error}.",
        "按网络给出的概率把回答分入 15 个等宽区间。落在线上，说明它说多少就对多少。"
        "圆的面积表示图像数。校准误差是到线的平均距离：{error}。",
    ),
    "probability given": Words("probability given", "给出的概率"),
    "share right": Words("share that is right", "答对的比例"),
    "bin": Words("{num} images", "{num} 张"),
    "layers": Words("The network", "网络结构"),
    "layers note": Words(
        "MACs: multiply-accumulates of convolutions and linear layers, for one image; FLOPs are "
        "twice that. Receptive field: pixels of the input that one unit sees.",
        "MACs：单张图像在卷积层和全连接层中的乘加次数，FLOPs 为其两倍。"
        "感受野：一个单元所见的输入像素范围。",
    ),
    "path": Words("layer", "层"),
    "type": Words("type", "类型"),
    "output shape": Words("output", "输出"),
    "receptive field": Words("receptive field", "感受野"),
    "total": Words("total", "合计"),
    "made": Words("How it was made", "如何得到"),
    "made note": Words("Everything that it takes to do it again.", "重现本结果所需的全部信息。"),
    "language": Words("language", "语言"),
    "written by": Words(
        "Written by convscope. This page holds everything it shows, and asks no network.",
        "由 convscope 生成。本页自含全部内容，不访问网络。",
    ),
}


def both(name: str, **values: object) -> str:
    """A text in both languages as HTML; what is filled in is escaped.

    A value that is itself a known name (the split "test") is translated too. A name that is
    not known is shown as it is.
    """
    if name not in WORDS:
        return escape(name)
    words = WORDS[name]
    if words.en == words.zh and not values:
        return escape(words.en)
    en = words.en.format(**{key: escape(str(value)) for key, value in values.items()})
    zh = words.zh.format(**{key: escape(_chinese(value)) for key, value in values.items()})
    return f'<span lang="en">{en}</span><span lang="zh-Hans">{zh}</span>'


def plain(name: str, **values: object) -> str:
    """Both languages in one line of text, escaped for an attribute or an SVG title."""
    words = WORDS.get(name)
    if words is None:
        return escape(name)
    text = f"{words.en.format(**values)} · {words.zh.format(**values)}"
    return escape(text if words.en != words.zh else words.en.format(**values))


def _chinese(value: object) -> str:
    return WORDS[value].zh if isinstance(value, str) and value in SPLITS else str(value)


SPLITS = ("test", "training", "validation")
