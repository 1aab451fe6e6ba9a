"""The page: well-formed, self-contained, escaped, in two languages, for every content."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch

from convscope.errors import StorageError
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.evaluate.ranking import ExactScores
from convscope.payload import Curves, ImageGrid, Scale, Series, Table
from convscope.report.content import Course, Example, ReportContent, Settings, Stage
from convscope.report.page import duration, page, write
from convscope.report.texts import TEXTS, both, plain

HOSTILE = "<img src=x onerror=alert(1)>\"'&{split}</style></title>"
VOID = {"meta", "link", "img", "input", "br"}


class Reader(HTMLParser):
    """Every element with its attributes; fails where tags do not match."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def tallied(names, *, wrong=3, num=40, scores=None):
    k = len(names)
    labels = torch.arange(num) % k
    answers = labels.clone()
    answers[:wrong] = (answers[:wrong] + 1) % k
    accumulator = MetricAccumulator(names, scores=scores)
    accumulator.add_logits(torch.nn.functional.one_hot(answers, k).double() * 3, labels)
    return accumulator.result()


def with_files(evaluation):
    changes = {"image": "b/1.png", "path": '/data/a" <b>/javascript:1.png'}
    mistakes = tuple(m.model_copy(update=changes) for m in evaluation.mistakes)
    return evaluation.model_copy(update={"mistakes": mistakes})


def pictures(n, size=4):
    return ImageGrid(
        tiles=np.full((n, size, size), 9, np.uint8), scale=Scale(colours="grey", low=0, high=255)
    )


def maps(*shape):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    return ImageGrid(
        title=HOSTILE, caption=HOSTILE, tiles=values, scale=Scale.around(values, label=HOSTILE)
    )


def content(name="cat", **changes):
    names = (f"{name} 0", f"{name} 1", f"{name} 2")
    series = (
        Series(name="training", x=(1, 2, 3, 4), y=(1.0, None, 0.4, 0.2)),
        Series(name=name, x=(1, 2, 3, 4), y=(0.9, 0.5, 0.3, 0.3)),
        Series(name="empty", x=(1,), y=(None,)),
    )
    stage = Stage(path=name, type=name, output_shape="6 x 4 x 4", maps=maps(30, 4, 4))
    last = Stage(path=name, type=name, output_shape="3", maps=maps(1, 1, 3))
    fields = {
        "network": name,
        "dataset": name,
        "split": "test",
        "evaluation": tallied(names),
        "when": name,
        "training_time_s": 71.2,
        "images_per_second": 1234.5,
        "curves": (
            Curves(title=name, x_label=name, y_label=name, series=series),
            Curves(title="loss", x_label="epoch", y_label="loss", y_scale="log", series=series),
        ),
        "kernels": maps(6, 5, 5),
        "kernels_path": name,
        "example": Example(
            index=0,
            image=pictures(1),
            true=name,
            predicted=name,
            probability=0.5,
            stages=(stage, last),
        ),
        "mistake_images": pictures(3),
        "layers": Table(columns=("path", "type", "MACs", name), rows=((name, name, 7, None),)),
        "parameters": 61706,
        "macs": 416520,
        "settings": (
            Settings(title="recipe", rows=((name, name),)),
            Settings(title=name, rows=()),
        ),
    }
    return ReportContent(**(fields | changes))


def bare():
    evaluation = tallied(("a", "b"), wrong=0)
    return ReportContent(network="n", dataset="d", split="test", evaluation=evaluation)


COURSE = Course(
    epochs=3,
    planned=20,
    stopped_early=False,
    best_epoch=2,
    best_accuracy=0.5,
    training_accuracy=0.9,
    lowest_loss=0.3,
    lowest_loss_epoch=2,
    last_loss=0.6,
    overfits=True,
)

CONTENTS = {
    "full": content(),
    "hostile": content(HOSTILE, split=HOSTILE),
    "bare": bare(),
    "one class": content(evaluation=tallied(("only",), wrong=0)),
    "many classes": content(evaluation=tallied(tuple(f"class {i}" for i in range(50)), num=200)),
    "files": content(evaluation=with_files(tallied(("a", "b", "c")))),
    "course": content(course=COURSE),
    "ranked": content(evaluation=tallied(("a", "b", "c"), scores=ExactScores(3))),
    "chinese": content("手写数字", language="zh"),
}


@pytest.mark.parametrize("name", CONTENTS)
class TestEveryPage:
    def test_is_well_formed_and_runs_nothing(self, name):
        elements = read(page(CONTENTS[name])).elements
        tags = {tag for tag, _ in elements}
        assert not tags & {"script", "iframe", "object", "embed", "form", "base", "a"}
        linked = {tag for tag, _ in read(page(CONTENTS[name], folder=Path("/pages"))).elements}
        assert ("a" in linked) == (name == "files")
        for _, attributes in elements:
            assert not [key for key in attributes if key.startswith("on") or key == "style"]

    def test_makes_no_network_requests(self, name):
        namespace = 'xmlns="http://www.w3.org/2000/svg"'  # a name, nothing is loaded
        text = page(CONTENTS[name]).replace(namespace, "")
        assert "http://" not in text
        assert "https://" not in text
        assert "url(" not in text
        assert "@import" not in text
        for tag, attributes in read(text).elements:
            for key in ("src", "href"):
                assert attributes.get(key, "data:").startswith("data:"), tag

    def test_policy_names_the_style_sheet(self, name):
        text = page(CONTENTS[name])
        policy = next(
            attributes["content"]
            for tag, attributes in read(text).elements
            if tag == "meta" and "http-equiv" in attributes
        )
        style = text.split("<style>")[1].split("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert "script-src" not in policy  # default-src refuses scripts

    def test_every_text_is_there_in_both_languages(self, name):
        tags = [a.get("lang") for _, a in read(page(CONTENTS[name])).elements]
        assert tags.count("en") - tags.count("zh-Hans") in (0, 1, -1)  # and the page's own
        assert tags.count("en") > 20

    def test_no_placeholder_is_left(self, name):
        words = "".join(read(page(CONTENTS[name])).words)
        words = words.replace("&{split}", "")  # of HOSTILE, which charts shorten
        assert not re.findall(r"\{\w+\}", words)


def test_hostile_names_are_text():
    text = page(content(HOSTILE, split=HOSTILE))
    assert "<img src=x" not in text
    assert HOSTILE in "".join(read(text).words)
    sources = [a["src"] for tag, a in read(text).elements if tag == "img"]
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_shows_the_numbers():
    words = "".join(read(page(content())).words).replace("\N{NO-BREAK SPACE}", " ")
    for expected in (
        "92.50",
        "37 of 40 images",
        "61,706",
        "416,520",
        "1 min 11 s",
        "1,234",
        "and 6 more",
    ):
        assert expected in words


def test_perfect_predictions_have_no_errors():
    assert "All images are classified correctly." in page(bare())


def test_no_class_is_the_weakest_of_equals():
    assert 'class="weakest"' in page(content())
    assert 'class="weakest"' not in page(content(evaluation=tallied(("a", "b"), wrong=0)))


def test_many_classes_become_a_list():
    text = page(CONTENTS["many classes"])
    assert 'class="confusion"' not in text
    assert "confusions among 50 classes" in text
    assert "All 50 classes" in text


def test_language_shown_first():
    assert 'id="show-en" checked' in page(content())
    assert 'id="show-zh" checked' in page(content(language="zh"))


def test_written_atomically(tmp_path):
    path = write(tmp_path / "report.html", content())
    assert path.read_text("utf-8") == page(content())
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(StorageError):
        write(tmp_path / "missing" / "report.html", content())


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_have_the_same_placeholders(name):
    fields = [set(re.findall(r"\{(\w+)\}", text)) for text in TEXTS[name]]
    assert fields[0] == fields[1]
    if name not in ("F1", "AP", "AUC"):
        assert TEXTS[name].en != TEXTS[name].zh


def test_sections_have_standard_titles():
    text = page(content())
    for title in (
        "Calibration",
        "Reproduction",
        "Settings and versions.",
        "Struck through: prediction. Bold: true label.",
        "Precision: share of predictions of this class that are correct.",
        "置信度校准",
    ):
        assert title in text
    assert plain("calibration") == "Calibration · 置信度校准"


def test_only_a_run_has_a_training_report():
    assert "Training report" in page(content())
    assert "Evaluation report" in page(bare())


def test_the_validation_split_has_its_name_in_both_languages():
    text = page(content(split="val"))
    assert "<b>validation</b> split" in text
    assert "<b>验证</b>集" in text


def test_unknown_names_are_shown_unchanged():
    assert both("<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (8.31, "8.3 s", "8.3 秒"),
        (59.97, "1 min 00 s", "1 分 00 秒"),
        (71.2, "1 min 11 s", "1 分 11 秒"),
        (3725, "1 h 02 min", "1 小时 02 分"),
    ],
)
def test_duration(seconds, en, zh):
    text = duration(seconds)
    assert f'<span lang="en">{en}</span>' in text
    assert f'<span lang="zh-Hans">{zh}</span>' in text


def test_overfitting_is_said_only_where_it_is_measured():
    text = page(content(course=COURSE))
    assert "Overfitting: the validation loss rose from 0.3000 (epoch 2) to 0.6000" in text
    assert "3 of 20 so far" in text
    assert "过拟合" in text
    calm = page(content(course=COURSE.model_copy(update={"overfits": False})))
    assert "verfitting" not in calm
    assert "过拟合" not in calm


def test_no_sentence_names_a_colour_that_changes_in_dark_mode():
    for name in ("mistakes note", "confusion note", "classes note"):
        assert not re.search(r"\b(red|blue)\b|红|蓝", " ".join(TEXTS[name]), re.IGNORECASE)


def test_links_are_relative_and_escaped():
    text = page(CONTENTS["files"], folder=Path("/data/pages"))
    links = [a["href"] for tag, a in read(text).elements if tag == "a"]
    assert links
    assert set(links) == {"./../a%22%20%3Cb%3E/javascript%3A1.png"}
    assert "Files of all 3 errors" in text


def test_a_photo_says_its_own_size_and_that_of_the_input():
    example = content().example.model_copy(
        update={"image_size": (640, 480), "input_size": (224, 224)}
    )
    text = page(content(example=example))
    assert "640 × 480" in text
    assert "network input 224 × 224" in text
    assert "网络输入 224 × 224" in text


def test_long_tables_and_deep_networks_are_folded():
    rows = tuple((f"layer{i}", "Conv2d", 7, None) for i in range(50))
    stages = content().example.stages * 10
    example = content().example.model_copy(update={"stages": stages})
    columns = ("path", "type", "MACs", "n")
    text = page(content(layers=Table(columns=columns, rows=rows), example=example))
    assert "All 50 layers" in text
    assert "11 more layers" in text
    assert text.count("<details>") == 2
