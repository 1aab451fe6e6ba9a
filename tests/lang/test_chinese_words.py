"""Chinese terms and phrases: the catalogue, the report, the READMEs and the documentation."""

import re
from functools import cache
from pathlib import Path

import pytest

from convscope.lang.catalogue import read_entries
from convscope.report.texts import TEXTS

ROOT = Path(__file__).parents[2]

TERMS = {
    r"receptive fields?": "感受野",
    r"feature maps?": "特征图",
    r"fully connected": "全连接",
    r"pooling": "池化",
    r"stride": "步长",
    r"padding": "填充|补零",
    r"learning rates?": "学习率",
    r"batch size": "批大小",
    r"epochs?": "轮",
    r"checkpoints?": "检查点",
    r"stopped early|early stopping": "早停",
    r"data leakage": "数据泄漏",
    r"confusion matrix": "混淆矩阵",
    r"calibration": "校准",
    r"deconvnet": "反卷积",
    r"backpropagation|backward pass": "反向传播",
    r"ablation": "消融",
    r"near-duplicates?": "近似重复",
}
CODE = re.compile(r"`[^`]*`|--[\w-]+|\w+[=(]\S*|\w+\.\w+|[\w-]*_[\w_]*")

AWKWARD = (
    "看进", "所印与", "看得见谁", "写坏一半", "被杀", "白纸黑字", "自知之明", "别人的话", "绝不写",
    "说出口", "的的", "，，", "。。", "被用来", "对于.{1,12}来说", "讲故事", "人家", "答得出",
    "对[^，。]{1,16}进行(训练|评估|预测|计算|处理)",
)  # fmt: skip
"""Phrases that were found awkward, and their kind."""


FILES = read_entries()


@cache
def chinese_texts():
    return list(_chinese_texts())


def _chinese_texts():
    for name, file in FILES.items():
        for key, text in file.items():
            yield f"{name}: {key[:60]}", text
    for name, texts in TEXTS.items():
        yield f"report: {name}", texts.zh
    pages = [ROOT / "README.zh.md", ROOT / "docs/glossary.md", *(ROOT / "docs/zh").rglob("*.md")]
    for page in pages:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{page.name}:{number}", line


@pytest.mark.parametrize("phrase", AWKWARD)
def test_no_awkward_phrase(phrase):
    assert [place for place, text in chinese_texts() if re.search(phrase, text)] == []


@pytest.mark.parametrize(("english", "chinese"), TERMS.items())
def test_terms_are_those_of_the_glossary(english, chinese):
    wrong, term = [], re.compile(rf"\b({english})\b", re.I)
    for file in FILES.values():
        for key, text in file.items():
            if not re.search(chinese, text) and term.search(CODE.sub("", key)):
                wrong.append((key, text))
    assert wrong == []


@pytest.mark.parametrize(
    "term",
    ["卷积层", "池化层", "全连接层", "特征图", "感受野", "步长", "填充", "激活", "反向传播",
     "学习率", "批大小", "轮次", "检查点", "早停", "数据泄漏", "混淆矩阵", "校准", "显著图",
     "类激活图", "反卷积网络", "消融"],
)  # fmt: skip
def test_the_glossary_has_the_term(term):
    assert term in (ROOT / "docs/glossary.md").read_text(encoding="utf-8")


def test_chinese_text_has_chinese_punctuation():
    wrong = []
    for place, text in chinese_texts():
        if ".md:" in place:
            continue
        prose = re.sub(r"\([^()]*\)|\{[^{}]*\}", "", text)  # shapes and JSON
        if re.search("[\u4e00-\u9fff][,;?!]|[\u4e00-\u9fff]:(?!/)", prose):
            wrong.append((place, text))
    assert wrong == []


def test_chinese_and_latin_are_set_apart():
    pair = re.compile("[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
    names = re.compile(r"高x宽|x宽|x通道数|通道x|第 \d")
    wrong = [
        (place, text)
        for place, text in chinese_texts()
        if ".md:" not in place and pair.search(names.sub("", text))
    ]
    assert wrong == []
