"""Every text of the report, in English and in Simplified Chinese."""

from html import escape
from typing import NamedTuple


class Translated(NamedTuple):
    """One text in two languages. `{name}` is replaced by a value."""

    en: str
    zh: str


TEXTS: dict[str, Translated] = {
    # names of series, axes and scales that payloads bring along
    "loss": Translated("loss", "损失"),
    "accuracy": Translated("accuracy", "准确率"),
    "error": Translated("error", "错误率"),
    "learning rate": Translated("learning rate", "学习率"),
    "training": Translated("training", "训练"),
    "validation": Translated("validation", "验证"),
    "test": Translated("test", "测试"),
    "epoch": Translated("epoch", "轮次"),
    "step": Translated("step", "步"),
    "weight": Translated("weight", "权重"),
    "activation": Translated("activation", "激活值"),
    "fraction of the channel's maximum": Translated(
        "fraction of each channel's maximum", "与该通道最大值之比"
    ),
    "fraction of the kernel's maximum": Translated(
        "fraction of each kernel's maximum", "与该卷积核最大值之比"
    ),
    # groups of settings
    "recipe": Translated("Recipe", "训练配置"),
    "versions": Translated("Software versions", "软件版本"),
    "machine": Translated("Machine", "硬件环境"),
    # head
    "training report": Translated("Training report", "训练报告"),
    "evaluation report": Translated("Evaluation report", "评估报告"),
    "title": Translated("{network} on {dataset}", "{network} · {dataset}"),
    "headline of all": Translated(
        "{correct} of {total} images are classified correctly "
        "(95\N{NO-BREAK SPACE}% confidence interval of the accuracy: {low} to {high}).",
        "{total} 张图像中有 {correct} 张分类正确，"
        "准确率的 95\N{NO-BREAK SPACE}% 置信区间为 {low} 至 {high}。",
    ),
    "headline": Translated(
        "{correct} of {total} images of the <b>{split}</b> split are classified correctly "
        "(95\N{NO-BREAK SPACE}% confidence interval of the accuracy: {low} to {high}).",
        "<b>{split}</b>集的 {total} 张图像中有 {correct} 张分类正确，"
        "准确率的 95\N{NO-BREAK SPACE}% 置信区间为 {low} 至 {high}。",
    ),
    "source whole": Translated("all {num} of {name} ({split})", "{name} {split}集的全部 {num} 张"),
    "source": Translated(
        "{num} of {total} in {name} ({split})", "{name} 共 {total} 张，取{split}集 {num} 张"
    ),
    "source divided": Translated(
        "{num} of {total} in {name} ({split}, divided by convscope)",
        "{name} 共 {total} 张，取 convscope 划分的{split}集 {num} 张",
    ),
    "source of all": Translated(
        "{num} of {total} in {name} ({splits})", "{name} 共 {total} 张（{splits}），取 {num} 张"
    ),
    "source undivided": Translated(
        "{num} of {total} in {name} (no splits)", "{name} 共 {total} 张（未划分），取 {num} 张"
    ),
    "unread": Translated("{num} cannot be read and are left out", "{num} 张无法读取，未计入"),
    "reduced": Translated("{num} decoded at a part of their size", "{num} 张以缩小的尺寸解码"),
    "baseline": Translated(
        "Always predicting the largest class, “{majority}”, gives {baseline}.",
        "若始终预测样本最多的类别“{majority}”，准确率为 {baseline}。",
    ),
    "errors": Translated("errors", "错误数"),
    "balanced accuracy": Translated("balanced accuracy", "平衡准确率"),
    "majority baseline": Translated("majority baseline", "多数类基线"),
    "top-5 accuracy": Translated("top-5 accuracy", "Top-5 准确率"),
    "macro F1": Translated("macro F1", "宏平均 F1"),
    "MCC": Translated("MCC", "马修斯相关系数"),
    "calibration error": Translated("calibration error", "校准误差"),
    "cross-entropy": Translated("cross-entropy", "交叉熵"),
    "parameters": Translated("parameters", "参数量"),
    "MACs": Translated("MACs", "乘加次数"),
    "MACs per image": Translated("MACs per image", "单张图像乘加次数"),
    "training time": Translated("training time", "训练用时"),
    "images per second": Translated("training images per second", "训练速度（张/秒）"),
    # sections
    "mistakes": Translated("Most confident errors", "置信度最高的错误"),
    "mistakes note": Translated(
        "Misclassified images, most confident prediction first. "
        "Struck through: prediction. Bold: true label.",
        "分类错误的图像，按预测概率从高到低排列。带删除线的是预测类别，粗体是真实类别。",
    ),
    "mistakes shown": Translated("{num} of {total} are here.", "此处为 {total} 张中的 {num} 张。"),
    "mistake": Translated(
        "image {index}: predicted {predicted} ({probability}), true class {true}",
        "第 {index} 张图像：预测为 {predicted}（{probability}），真实类别 {true}",
    ),
    "no mistakes": Translated("All images are classified correctly.", "全部图像分类正确。"),
    "curves": Translated("Training curves", "训练曲线"),
    "curves note": Translated(
        "The validation split is not used for training.", "验证集不参与训练。"
    ),
    "overfitting": Translated(
        "Overfitting: the validation loss rose from {lowest} (epoch {epoch}) to {last}, while the "
        "training loss fell.",
        "出现过拟合：验证损失从第 {epoch} 轮的 {lowest} 升至 {last}，而训练损失仍在下降。",
    ),
    "course": Translated("Course of training", "训练过程"),
    "epochs": Translated("epochs", "轮次"),
    "epochs of": Translated("{num} of {planned}", "{num} / {planned} 轮"),
    "epochs so far": Translated("{num} of {planned} so far", "已完成 {num} / {planned} 轮"),
    "stopped early": Translated(
        "{num} of {planned}: no further improvement", "{num} / {planned} 轮，不再提升而早停"
    ),
    "best validation accuracy": Translated("best validation accuracy", "最高验证准确率"),
    "last training accuracy": Translated("last training accuracy", "最后的训练准确率"),
    "lowest validation loss": Translated("lowest validation loss", "最低验证损失"),
    "last validation loss": Translated("last validation loss", "最后的验证损失"),
    "in epoch": Translated("{value} (epoch {epoch})", "{value}（第 {epoch} 轮）"),
    "seconds": Translated("{s} s", "{s} 秒"),
    "minutes": Translated("{min} min {s} s", "{min} 分 {s} 秒"),
    "hours": Translated("{h} h {min} min", "{h} 小时 {min} 分"),
    "more mistakes": Translated("{num} more errors", "另外 {num} 个错误"),
    "all files": Translated("Files of all {total} errors", "全部 {total} 个错误的文件"),
    "files": Translated(
        "Files of the {num} most confident of {total} errors",
        "{total} 个错误中置信度最高的 {num} 个的文件",
    ),
    "file": Translated("file", "文件"),
    "probability": Translated("probability", "概率"),
    "ranking": Translated("PR and ROC curves", "精确率-召回率曲线与 ROC 曲线"),
    "ranking note": Translated(
        "Every class against all others, over all thresholds. Micro average: all decisions "
        "together. Macro average: mean of the classes. AP: average precision, AUC: area under "
        "the ROC curve.",
        "每个类别对其余所有类别，遍历所有阈值。微平均：汇总全部判定；宏平均：各类别的平均。"
        "AP 为平均精确率，AUC 为 ROC 曲线下面积。",
    ),
    "precision-recall": Translated("Precision-recall", "精确率-召回率"),
    "ROC": Translated("ROC curve", "ROC 曲线"),
    "false positive rate": Translated("false positive rate", "假正例率"),
    "true positive rate": Translated("true positive rate", "真正例率"),
    "micro average": Translated("micro average", "微平均"),
    "macro average": Translated("macro average", "宏平均"),
    "curves of all": Translated(
        "Curves of all {total} classes, lowest average precision first",
        "全部 {total} 个类别的曲线，平均精确率低的在前",
    ),
    "curves of worst": Translated(
        "Curves of the {num} of {total} classes with the lowest average precision",
        "{total} 个类别中平均精确率最低的 {num} 个的曲线",
    ),
    "bins": Translated(
        "Computed from histograms of {num} bins for each class.",
        "由每个类别 {num} 个区间的直方图计算。",
    ),
    "average precision": Translated("average precision (macro)", "平均精确率（宏平均）"),
    "ROC AUC": Translated("ROC AUC (macro)", "ROC AUC（宏平均）"),
    "AP": Translated("AP", "AP"),
    "AUC": Translated("AUC", "AUC"),
    "image": Translated("image", "图像"),
    "network input": Translated("network input {height} × {width}", "网络输入 {height} × {width}"),
    "more layers": Translated("{num} more layers", "另外 {num} 层"),
    "all layers": Translated("All {num} layers", "全部 {num} 层"),
    "example": Translated("One image, layer by layer", "一张图像的逐层特征"),
    "example note": Translated(
        "Image {index} of the split, true class {true}; predicted {predicted} with probability "
        "{probability}. All feature maps of a layer share one colour scale, unless some would look "
        "blank on it: each has its own then.",
        "数据集的第 {index} 张图像，真实类别 {true}，预测为 {predicted}，概率 {probability}。"
        "同一层的特征图共用一个色标；若某些特征图在其上近乎空白，则各用各的色标。",
    ),
    "more maps": Translated("and {num} more", "另有 {num} 个"),
    "kernels": Translated("Kernels of the first convolution", "第一个卷积层的卷积核"),
    "kernels note": Translated(
        "Weights of {path}. Blue: below zero, white: zero, red: above zero.",
        "{path} 的权重。蓝色小于零，白色为零，红色大于零。",
    ),
    "kernels note rgb": Translated(
        "Weights of {path} as red, green and blue. Mid-grey: zero.",
        "{path} 的权重，三个输入通道分别以红、绿、蓝显示，中灰为零。",
    ),
    "confusion": Translated("Confusion matrix", "混淆矩阵"),
    "confusion note": Translated(
        "Rows: true class. Columns: predicted class. Diagonal: correct, other cells: errors. "
        "Stronger colour: more images.",
        "行为真实类别，列为预测类别。对角线为正确，其余为错误，颜色越强图像越多。",
    ),
    "confusion many": Translated(
        "The most frequent confusions among {num} classes.",
        "共 {num} 个类别，仅列出最常见的混淆。",
    ),
    "matrix": Translated("Matrix", "矩阵"),
    "rows": Translated("true", "真实"),
    "columns": Translated("predicted", "预测"),
    "true": Translated("true class", "真实类别"),
    "predicted": Translated("predicted class", "预测类别"),
    "images": Translated("images", "图像数"),
    "cell": Translated(
        "true {true}, predicted {predicted}: {num}", "真实 {true}，预测 {predicted}：{num}"
    ),
    "classes": Translated("Metrics per class", "各类别指标"),
    "classes note": Translated(
        "Precision: share of predictions of this class that are correct. Recall: share of images "
        "of this class that are predicted correctly. AP and AUC: average precision and area "
        "under the ROC curve against all other classes. Dash: undefined, no images. "
        "◂: lowest F1.",
        "精确率：预测为该类的图像中预测正确的比例。召回率：该类图像中预测正确的比例。"
        "AP 与 AUC：对其余类别的平均精确率和 ROC 曲线下面积。"
        "短横表示没有图像，指标无定义。◂ 标出 F1 最低的类别。",
    ),
    "weakest": Translated("The {num} classes with the lowest F1:", "F1 最低的 {num} 个类别："),
    "all classes": Translated("All {num} classes", "全部 {num} 个类别"),
    "class": Translated("class", "类别"),
    "precision": Translated("precision", "精确率"),
    "recall": Translated("recall", "召回率"),
    "F1": Translated("F1", "F1"),
    "support": Translated("images", "图像数"),
    "calibration": Translated("Calibration", "置信度校准"),
    "calibration note": Translated(
        "Predictions in 15 bins of equal width by their probability. On the diagonal, accuracy "
        "equals probability. Area of a circle: number of images. The calibration error, the mean "
        "distance from the diagonal, is {error}.",
        "按预测概率把预测分入 15 个等宽区间。落在对角线上表示准确率与预测概率一致。"
        "圆的面积表示图像数。校准误差即到对角线的平均距离，为 {error}。",
    ),
    "predicted probability": Translated("predicted probability", "预测概率"),
    "bin": Translated(
        "probability {lower} - {upper} %: accuracy {accuracy}, {num} images",
        "概率 {lower} - {upper} %：准确率 {accuracy}，{num} 张图像",
    ),
    "layers": Translated("Architecture", "网络结构"),
    "layers note": Translated(
        "MACs: multiply-accumulates of convolutions and linear layers for one image; FLOPs are "
        "twice that. Receptive field: input pixels that affect one unit.",
        "MACs：单张图像在卷积层和全连接层中的乘加次数；FLOPs 为其两倍。"
        "感受野：影响一个单元的输入像素范围。",
    ),
    "path": Translated("layer", "层"),
    "type": Translated("type", "类型"),
    "output shape": Translated("output", "输出"),
    "receptive field": Translated("receptive field", "感受野"),
    "total": Translated("total", "合计"),
    "settings": Translated("Reproduction", "复现信息"),
    "settings note": Translated("Settings and versions.", "训练设置与软件版本。"),
    "language": Translated("language", "语言"),
    "written by": Translated(
        "Written by convscope. This file is self-contained and makes no network requests.",
        "由 convscope 生成。本文件自包含，不发出任何网络请求。",
    ),
}
SPLITS = {"train": "training", "val": "validation"}
"""Names of splits that are shown under the field's name."""


def both(name: str, /, **values: object) -> str:
    """Return a text in both languages as HTML; values are escaped.

    A value that names a split, or that is a `Translated`, is translated too. A name that is not
    known is shown unchanged.
    """
    if name not in TEXTS:
        return escape(name)
    texts = TEXTS[name]
    if texts.en == texts.zh and not values:
        return escape(texts.en)
    en = texts.en.format(**{key: escape(_english(value)) for key, value in values.items()})
    zh = texts.zh.format(**{key: escape(_chinese(value)) for key, value in values.items()})
    return f'<span lang="en">{en}</span><span lang="zh-Hans">{zh}</span>'


def plain(name: str, /, **values: object) -> str:
    """Return both languages in one line of text, for tooltips and attributes; not escaped."""
    texts = TEXTS.get(name)
    if texts is None:
        return name
    en, zh = texts.en.format(**values), texts.zh.format(**values)
    return en if texts.en == texts.zh else f"{en} · {zh}"


def _english(value: object) -> str:
    return value.en if isinstance(value, Translated) else str(value)


def _chinese(value: object) -> str:
    if isinstance(value, Translated):
        return value.zh
    names = ("test", *SPLITS.values())
    return TEXTS[value].zh if isinstance(value, str) and value in names else str(value)
