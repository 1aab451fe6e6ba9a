"""The search of a finished sentence in a catalogue."""

import random
import string
import time

import pytest

from convscope.lang.catalogue import Catalogue, columns
from convscope.lang.template import Template

CATALOGUE = Catalogue(
    {
        "there is no {0} named {1}": "没有名为 {1} 的{0}",
        "the file exists already": "文件已存在",
        "{0} of {1} images": "{1} 张图像中的 {0} 张",
        "note: {0}": "提示：{0}",
        "{0} image(s)": "{0} 张图像",
        "{0} on {1}": "{0}：{1}",
        "reading {0} failed: {1}": "读取 {0} 失败：{1}",
        "weights": "权重",
        "{0} is too large": "{0} 过大",
        "{0} is too large for {1}": "{0} 超出了 {1} 的容量",
        "one of {0}": "以下之一：{0}",
        "expected: {0}": "应为：{0}",
        "Names of the classes.": "类别名称。",
        "class {0}": "类别 {0}",
        "did you mean {0}? {1}": "是否要用 {0}？ {1}",
    },
    {"agrees": "一致"},
    {"architecture": "架构"},
)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the file exists already", "文件已存在"),
        ("there is no architecture named 'lenet6'", "没有名为 'lenet6' 的架构"),
        ("1 image", "1 张图像"),
        ("1,200 images", "1,200 张图像"),
        ("note: the file exists already", "提示：文件已存在"),
        ("reading a.png failed: the file exists already", "读取 a.png 失败：文件已存在"),
        ("out/a.png: the file exists already", "out/a.png: 文件已存在"),
        ("a\n  the file exists already\nb", "a\n  文件已存在\nb"),
        ("the file exists already (3 images)", "文件已存在（3 张图像）"),
        ("17 is too large for int8", "17 超出了 int8 的容量"),
        ("one of a.png, b, --lr", "以下之一：a.png、b、--lr"),
        ("expected: names of the classes", "应为：类别名称"),
        ("did you mean lr? the file exists already", "是否要用 lr？文件已存在"),
        ("class 3", "类别 3"),
        ("class of the third image", "class of the third image"),
        # names and data stay
        ("architecture", "architecture"),
        ("architecture: the file exists already", "architecture: 文件已存在"),
        ("weights", "weights"),
        ("weights.safetensors", "weights.safetensors"),
        ("nothing that is known", "nothing that is known"),
        ("a long sentence that stands on another long sentence", None),
        ("", ""),
        ("12.5 %", "12.5 %"),
    ],
)
def test_a_sentence_is_translated(english, chinese):
    assert CATALOGUE.text(english) == (english if chinese is None else chinese)


def test_a_label_may_be_a_single_word():
    assert CATALOGUE.label("weights") == "权重"


def test_columns_are_aligned_again():
    line = CATALOGUE.text("the file exists already   agrees    7")
    assert columns(line[: line.index("一致")]) == len("the file exists already   ")


def test_repeated_or_reordered_holes():
    template = Template("{0} of {1}: {2}")
    assert template.match("3 of 5: a: b") == ["3", "5", "a: b"]
    assert template.match("3 von 5: a") is None


def test_the_point_of_a_number_ends_no_sentence():
    assert Template("root: {0}.{1}").match("root: 25.1. And more.") == ["25.1", " And more."]


def test_a_long_hostile_text_takes_little_time():
    alphabet = string.ascii_lowercase + " :,;."
    text = "there is no " * 200 + "".join(random.choices(alphabet, k=1500))
    start = time.process_time()
    CATALOGUE.text(text)
    assert time.process_time() - start < 5  # without a limit it would take hours
