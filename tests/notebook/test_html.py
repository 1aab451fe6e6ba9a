"""HTML of objects in notebooks: it stands alone, escapes, follows the theme and stays small."""

import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch

import convscope
from convscope import notebook
from convscope.arch import Architecture, Chain
from convscope.bench.records import Absent, Bench, LayerRow, Profile, Row
from convscope.data.dataset import PathDataSet
from convscope.data.formats.published import PublishedDataSet
from convscope.evaluate.accumulator import MetricAccumulator
from convscope.export.verify.compare import Difference, Images, Verification
from convscope.export.verify.session import Facts
from convscope.layers import Flatten, Linear, ReLU
from convscope.opening import untrained
from convscope.payload import Curves, Heatmap, Scale, Series, Sheet, Table
from convscope.predict import ClassScore, Prediction, Predictions
from convscope.render.pages import notebook as rendering
from convscope.runs.listing import RunList
from convscope.runs.record import RunRecord
from convscope.shapes import CHW
from convscope.training.run.events import Note

HOSTILE = "<script>alert(1)</script>\x1b[31m"
VOID = {"img", "br", "hr", "meta", "link"}


class Page(HTMLParser):
    """Elements and text of a piece of HTML; fails for tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.links = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href")]
        assert not [k for k, _ in attributes if k.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open[-1:] != ["style"]:
            self.texts.append(text)

    @property
    def text(self):
        return " ".join(self.texts)


def evaluation(num_classes, num_images=200, name="class"):
    generator = torch.Generator().manual_seed(0)
    labels_N = torch.randint(num_classes, (num_images,), generator=generator)
    logits_NK = torch.randn(num_images, num_classes, generator=generator)
    logits_NK[torch.arange(num_images), labels_N] += 1
    names = tuple(f"{name} {k}" for k in range(num_classes))
    metrics = MetricAccumulator(names, num_mistakes=3)
    metrics.add_logits(logits_NK, labels_N)
    return metrics.result()


@pytest.fixture(scope="module")
def lenet():
    return convscope.load("lenet5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from PIL import Image

    root = tmp_path_factory.mktemp("data")
    for label in ("<i>cat", "dog"):
        (root / label).mkdir()
        for number in range(6):
            pixels = np.full((40, 60 + number, 3), 20 * number, np.uint8)
            Image.fromarray(pixels).save(root / label / f"{number}.png")
    return convscope.data.open(root)


def deep(num_layers):
    blocks = {f"act{i}": ReLU() for i in range(num_layers)}
    block = Chain(flatten=Flatten(), **blocks, fc=Linear(2))
    return Architecture(name="deep", input=CHW(1, 2, 2), num_classes=2, block=block)


def bench():
    """A result with an engine that is not there, and one layer."""
    row = Row(
        engine="pytorch", name="PyTorch eager", level="exact", batch_size=16, ms=2.5, ms_low=2.4,
        ms_high=2.6, images_per_s=6400, times_as_fast=1, memory_bytes=1000, start_s=0.1,
        difference=0, agreement=1, rate_share=0.5, rounds=3,
    )  # fmt: skip
    layer = LayerRow(path=HOSTILE, ms=1, share=1, macs=5)
    return Bench(
        architecture="lenet5",
        input=(1, 32, 32),
        macs=416_520,
        device="cpu",
        machine=HOSTILE,
        threads=1,
        rates={"float32": 1e11},
        compared="random numbers",
        rows=(row,),
        absent=(Absent(engine="openvino", name="OpenVINO", level="exact", reason=HOSTILE),),
        profile=Profile(
            engine="pytorch", name="PyTorch", level="exact", batch_size=1, total_ms=1, other_ms=0,
            ms=1, layers=(layer,),
        ),
    )  # fmt: skip


def verification():
    facts = Facts(
        producer=HOSTILE, opset=18, ir_version=10, size_bytes=1000, num_nodes=2,
        operators={"Conv": 1, "Relu": 1}, inputs=(), outputs=(), metadata={},
        sha256="", metadata_sha256="", runtime="ONNX Runtime",
        num_tensors=1, tensor_bytes=10,
    )  # fmt: skip
    images = Images(HOSTILE, HOSTILE, 100, "logits", Difference(0.5, 0.25), 97, HOSTILE)
    problems = ("the outputs differ from the model's by 0.25",)
    return Verification(f"{HOSTILE}.onnx", facts, Difference(0, 0), images, 1e-4, problems, ())


PAYLOADS = [
    Heatmap(values=np.eye(3), scale=Scale(colours="viridis", low=0, high=1), title=HOSTILE[:40]),
    Curves(x_label="epoch", y_label="loss", series=(Series(name=HOSTILE, x=(1, 2), y=(3, 4)),)),
    Table(columns=("a", HOSTILE), rows=((1, HOSTILE),)),
]


@pytest.fixture(scope="module")
def objects(lenet, folder):
    model = untrained(lenet)
    scores = (ClassScore(HOSTILE, 0.75), ClassScore("b", 0.25))
    settings = {"lr": HOSTILE}
    run = RunRecord(HOSTILE, Path("nowhere"), "stopped", HOSTILE, epochs=3, settings=settings)
    return {
        "architecture": lenet,
        "bench": bench(),
        "verification": verification(),
        "layer_table": convscope.load("resnet18").table(),
        "comparison": convscope.compare(lenet, convscope.load("lenet5_1998")),
        "evaluation": evaluation(10, name=HOSTILE),
        "data_set": folder,
        "model": model,
        "module_table": convscope.summary(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)), (3, 8, 8)),
        "payload": Sheet(items=tuple(PAYLOADS), columns=2, title=HOSTILE),
        "prediction": Prediction(HOSTILE, scores, note=HOSTILE, error=HOSTILE),
        "predictions": model.predict([np.zeros((28, 28), np.uint8)] * 12),
        "event": Note(message=HOSTILE),
        "run": run,
        "run_list": RunList([run, replace(run, state="damaged", message=HOSTILE)]),
        "svg": lenet.svg(),
    }


def test_every_writer_is_tried(objects):
    assert set(notebook.WRITERS.values()) == objects.keys() - {"svg"}


KINDS = [*sorted(set(notebook.WRITERS.values())), "svg"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_stands_alone(kind, objects):
    html = objects[kind]._repr_html_()
    page = Page(html)  # tags match
    assert page.tags[:2] == ["div", "style"]
    assert "script" not in page.tags
    assert "\x1b" not in html
    assert not [link for link in page.links if not link.startswith(("data:image/png", "http"))]
    assert not [link for link in page.links if link.startswith("http") and "a" not in page.tags]
    assert "@import" not in html
    assert "url(" not in html
    assert len(html) < 300_000


@pytest.mark.parametrize("kind", KINDS)
def test_repr_is_a_few_lines(kind, objects):
    assert 0 < len(repr(objects[kind])) < 1500
    assert repr(objects[kind]).count("\n") < 3


def test_payloads_are_printed_as_in_a_terminal():
    heatmap, curves, table = PAYLOADS
    assert repr(heatmap) == f"Heatmap({HOSTILE[:40]!r}: 3x3 values)"
    assert repr(curves) == "Curves(1 line)"
    assert repr(table) == "Table(1 row, 2 columns)"
    assert str(curves).splitlines()[-1].split() == ["loss", "over", "epoch"]
    assert str(table).splitlines()[0].split()[0] == "a"
    assert "\x1b" not in str(table)
    wide = Table(columns=("architecture",) * 20, rows=(("runs/a-long-name",) * 20,))
    assert str(wide).splitlines()[1].split() == ["runs/a-long-name"] * 20


def test_lines_of_one_plot_have_one_scale():
    lines = (Series(name="constant", x=(1, 2), y=(1, 1)), Series(name="falls", x=(1, 2), y=(1, 0)))
    text = str(Curves(x_label="x", y_label="y", series=lines))
    assert text.splitlines()[0].split()[1] == "██"
    assert text.splitlines()[1].split()[1] == "█▁"


def test_the_theme_of_the_notebook_decides(lenet):
    """The rules of a page that says that it is light come after those of the system."""
    html = lenet._repr_html_()
    style = html[html.index("<style>") : html.index("</style>")]
    system = style.index("prefers-color-scheme:dark")
    ink = {"light": "--cs-ink:#1b1f24", "dark": "--cs-ink:#e6edf3"}
    for pages, side in ((rendering.LIGHT_PAGES, "light"), (rendering.DARK_PAGES, "dark")):
        for page in pages:
            place = style.index(f"{page} .convscope-nb")
            assert place > system
            assert ink[side] in style[place : style.index("}", place)]


def test_colours_of_all_marks_are_defined(objects):
    for kind in ("architecture", "payload", "svg"):
        html = objects[kind]._repr_html_()
        used = set(re.findall(r'class="[^"]*?\b[fs]-([a-z]+(?:-[a-z0-9]+)*)', html))
        assert used
        assert all(f"--cs-{name}:" in html for name in used)


def test_texts_of_others_are_escaped(objects):
    kinds = ("payload", "prediction", "event", "evaluation", "run", "run_list", "bench")
    for kind in (*kinds, "verification"):
        page = Page(objects[kind]._repr_html_())
        assert "alert(1)" in page.text
    assert "<i>cat" in Page(objects["data_set"]._repr_html_()).text


def test_an_architecture_shows_diagram_and_table(lenet):
    page = Page(lenet._repr_html_())
    assert "svg" in page.tags
    for row in lenet.table().rows:
        assert row.path in page.texts
    assert "61,706" in page.texts


def test_a_network_of_10000_layers_is_short_and_says_so():
    html = deep(9_990)._repr_html_()
    assert len(html) < 200_000
    page = Page(html)
    assert "svg" not in page.tags
    assert "The diagram is too large" in page.text
    assert "9,672 more rows" in page.text


def test_an_evaluation_of_1000_classes_is_folded():
    result = evaluation(1000, 3000)
    page = Page(result._repr_html_())
    assert "confusion" not in page.open
    assert "680 more rows" in page.text
    assert len(result._repr_html_()) < 150_000
    assert "Confusion matrix" in Page(evaluation(20)._repr_html_()).text


def test_a_data_set_shows_its_splits_and_images(folder):
    page = Page(folder._repr_html_())
    splits = {name: folder.split(name) for name in folder.splits}
    assert all(name in page.texts for name in splits)
    assert page.tags.count("img") == len(next(iter(splits.values())))


def test_every_data_set_is_displayed(folder):
    mnist = convscope.data.open("mnist")
    assert isinstance(mnist, PublishedDataSet)
    assert isinstance(folder, PathDataSet)
    assert repr(mnist) == "mnist: 10 classes, images of 1x28x28"
    assert Page(mnist._repr_html_()).tags.count("img") == 20
    assert repr(mnist.split("test")) == "Split(10,000 images of 1x28x28)"


def test_predictions_are_a_tuple_with_pictures(objects):
    predictions = objects["predictions"]
    assert isinstance(predictions, tuple)
    assert Page(predictions._repr_html_()).tags.count("img") == 12
    assert pickle.loads(pickle.dumps(predictions)) == predictions
    assert str(predictions).count("\n") == 11
    many = Predictions([predictions[0]] * 1000)
    assert "992 more; the first 42 of them" in Page(many._repr_html_()).text
    assert Page(many._repr_html_()).tags.count("img") == 0


def test_an_image_that_is_gone_has_no_picture(tmp_path, lenet):
    from PIL import Image

    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(path)
    predictions = untrained(lenet).predict(path)
    assert "img" in Page(predictions._repr_html_()).tags
    path.unlink()
    assert "img" not in Page(predictions._repr_html_()).tags


def test_svg_is_text_and_picture(lenet, tmp_path):
    picture = lenet.svg()
    assert isinstance(picture, str)
    assert picture.startswith("<svg")
    assert picture.save(tmp_path / "a.svg").read_text("utf-8") == picture
    with pytest.raises(convscope.errors.StorageError):
        picture.save(tmp_path / "a.svg")
    picture.save(tmp_path / "a.svg", overwrite=True)
    with pytest.raises(convscope.errors.InputError):
        picture.save(tmp_path / "a.png")
    assert PAYLOADS[0].svg().startswith("<svg")


def test_what_is_printed_is_a_table(lenet):
    table = str(lenet.table()).splitlines()
    assert table[0].split()[:5] == ["layer", "type", "output", "parameters", "MACs"]
    assert table[-1].split() == ["total", "61,706", "416,520"]
    assert len(table) == 2 + len(lenet.table().rows)
    assert "accuracy" in str(evaluation(10))
    compared = str(convscope.compare(lenet, convscope.load("alexnet")))
    assert "60,965,224 (x 988)" in compared


def test_an_unknown_class_is_refused():
    with pytest.raises(TypeError, match="int"):
        notebook.html(3)
