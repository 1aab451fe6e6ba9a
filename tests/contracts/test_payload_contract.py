"""The contract of every payload kind: add a row for a new kind, no test code.

Each row is drawn, written and read in every form; texts may not touch each other, images, or the
edge. The last tests are rows that must fail.
"""

import hashlib
import io
import json
import subprocess
import sys
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pydantic
import pytest
from PIL import Image as PilImage
from rich.console import Console

from convscope.payload import (
    Box,
    Curves,
    Heatmap,
    ImageGrid,
    Item,
    LegendEntry,
    Marker,
    Payload,
    Scale,
    Scatter,
    Series,
    Sheet,
    Table,
    from_json,
)
from convscope.render import payloads
from convscope.render.marks import Drawing, Image, Text, bounds
from convscope.render.pages.html import page
from convscope.render.png import zoom_of
from tests.render.overlaps import touching

HOSTILE = "</text></svg><script>alert(1)</script><img src=x onerror=alert(1)>\x00\u202e&'\""
LONG = "a label much longer than any picture that it could ever stand beside " * 4
CHINESE = "卷积层的特征图：学习率、批大小与感受野，鹦鹉和鸬鹚"
WORDS = {"hostile": HOSTILE, "long": LONG, "chinese": CHINESE, "empty": "", "word": "x" * 300}
RANGES = {
    "unit": (0.0, 1.0),
    "negative": (-123456.0, -0.001),
    "tiny": (1e-30, 3e-30),
    "huge": (-3e38, 3e38),
    "narrow": (1000.0, 1000.001),
    "constant": (5.0, 5.0),
}


def values(name, *shape):
    low, high = RANGES[name]
    unit = np.random.default_rng(3).random(shape)
    unit.flat[0], unit.flat[-1] = 0, 1
    return low + (high - low) * unit


def heatmap(text, span, **more):
    numbers = values(span, 5, 7).astype(np.float32)
    scale = Scale.spanning(numbers, label=text)
    return Heatmap(title=text, caption=text, values=numbers, scale=scale, **more)


def matrix(text, span, num=5):
    numbers = values(span, num, num).astype(np.float32)
    names = tuple(f"{text} {i}"[:2000] for i in range(num))
    labels = {"x_label": text, "y_label": text, "rows": names, "columns": names}
    scale = Scale.spanning(numbers, label=text)
    return Heatmap(title=text, caption=text, values=numbers, numbers=numbers, scale=scale, **labels)


def image_grid(text, span, **more):
    tiles = values(span, 7, 6, 6).astype(np.float32)
    scale = Scale.spanning(tiles, label=text)
    labels = tuple(f"{text} {i}"[:2000] for i in range(7))
    return ImageGrid(title=text, caption=text, tiles=tiles, scale=scale, labels=labels, **more)


def signal(text, span, **more):
    tiles = values(span, 1, 6, 6).astype(np.float32)
    scale = Scale.spanning(tiles, label=text)
    return ImageGrid(title=text, caption=text, tiles=tiles, scale=scale, **more)


def curves(text, span, **more):
    y = tuple(values(span, 9).tolist())
    names = [text, f"{text} 2", "loss", "accuracy"]
    series = [Series(name=name, x=tuple(range(9)), y=y) for name in names]
    series.append(Series(name="gaps", x=tuple(range(9)), y=(*y[:3], None, y[4], None, *y[6:])))
    fields = {"title": text, "caption": text, "x_label": text, "y_label": text}
    return Curves(**fields, series=tuple(series), **more)


def log_curves(text, span):
    y = tuple(float(abs(value)) for value in values(span, 9) if value)
    series = Series(name=text, x=tuple(10.0**i for i in range(len(y))), y=y)
    return Curves(
        x_label=text, y_label=text, series=(series,), x_scale="log", y_scale="log", caption=text
    )


def styled_curves(text, span):
    y = tuple(values(span, 9).tolist())
    x = tuple(10.0**i for i in range(9))
    styles = ("points", "steps", "line")
    lines = tuple(Series(name=f"{text} {s}"[:2000], x=x, y=y, style=s) for s in styles)
    markers = tuple(Marker(x=10.0**i, label=f"{text} {i}"[:2000]) for i in (0, 4, 5, 8))
    return Curves(x_label=text, y_label=text, series=lines, x_scale="log", markers=markers)


def many_curves(text, span):
    lines = tuple(
        Series(name=f"{text[:40]} {i}", x=(1.5, 2.25), y=tuple(values(span, 2).tolist()))
        for i in range(64)
    )
    return Curves(title=text, x_label="x", y_label="y", series=lines, y_format="percent")


def table(text, span):
    rows = tuple((text, number, None, i) for i, number in enumerate(values(span, 6).tolist()))
    return Table(title=text, caption=text, columns=(text, "value", text, "n"), rows=rows)


def scatter(text, span, **more):
    points = values(span, 40, 2).astype(np.float32)
    names = tuple(f"{text} {i}"[:2000] for i in range(40))
    fields = {"title": text, "caption": text, "x_label": text, "y_label": text}
    return Scatter(**fields, points=points, groups=tuple(range(40)), names=names, **more)


GREY = Scale(colours="grey", low=0, high=1)
POINT = {"x_label": "x", "y_label": "y", "points": [[0.0, 0.0]], "names": ("a",)}
PHOTO = np.random.default_rng(0).integers(0, 256, (70, 90, 3)).astype(np.uint8)
KINDS = {
    "heatmap": heatmap,
    "heatmap over a photo": lambda text, span: heatmap(text, span, underlay=PHOTO),
    "heatmap with boxes": lambda text, span: heatmap(
        text, span, boxes=(Box(top=-2, left=1, height=4, width=40),)
    ),
    "matrix": matrix,
    "matrix of 13 classes": lambda text, span: matrix(text, span, num=13),
    "image grid": image_grid,
    "image grid in one column": lambda text, span: image_grid(text, span, columns=1),
    "image grid with a picture": lambda text, span: image_grid(text, span, picture=PHOTO),
    "signal beside a picture": lambda text, span: signal(text, span, picture=PHOTO),
    "tiles with units and a legend": lambda text, span: image_grid(
        text,
        span,
        units=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0),
        legend=tuple(LegendEntry(colour="#0072b2", name=f"{i} {text}"[:2000]) for i in range(9)),
    ),
    "curves": curves,
    "logarithmic curves": log_curves,
    "64 curves": many_curves,
    "points, steps and markers": styled_curves,
    "table": table,
    "scatter": scatter,
    "scatter with thumbnails": lambda text, span: scatter(
        text, span, thumbnails=PHOTO[None, :20, :20], pictured=(3,)
    ),
    "sheet": lambda text, span: Sheet(
        title=text,
        caption=text,
        columns=2,
        items=(heatmap(text, span), curves(text, span), table(text, span), image_grid(text, span)),
    ),
}
ROWS = {
    f"{kind}, {text}, {span}": (kind, text, span)
    for kind in KINDS
    for text, span in [*((text, "unit") for text in WORDS), *(("long", span) for span in RANGES)]
}


@pytest.fixture(params=KINDS)
def payload(request):
    return KINDS[request.param](HOSTILE, "negative")


def test_every_kind_has_a_row():
    kinds = {kind("x", "unit").kind for kind in KINDS.values()}
    every = [*get_args(Item), Sheet]
    assert kinds == {kind.model_fields["kind"].default for kind in every}
    assert set(get_args(Payload)) == set(every)


@pytest.mark.parametrize("row", ROWS)
def test_texts_touch_nothing_and_stay_inside(row):
    kind, text, span = ROWS[row]
    payload = KINDS[kind](WORDS[text], span)
    assert touching(payloads.drawing(payload)) == []
    ElementTree.fromstring(payload.svg())


def test_svg_is_well_formed_and_holds_no_foreign_element(payload):
    root = ElementTree.fromstring(payload.svg())
    names = {element.tag.rsplit("}", 1)[1] for element in root.iter()}
    assert names <= {
        "svg", "title", "desc", "style", "g", "rect", "circle", "path", "polyline", "polygon",
        "text", "image",
    }  # fmt: skip


def test_png_has_the_size_of_the_drawing(payload):
    drawing = payloads.drawing(payload)
    with PilImage.open(io.BytesIO(payload.png())) as image:
        image.load()
        zoom = zoom_of(drawing)
        assert image.format == "PNG"
        assert abs(image.width - drawing.width * zoom) <= 1
        assert abs(image.height - drawing.height * zoom) <= 1


def test_html_escapes_every_text(payload):
    for text in (payload._repr_html_(), page({HOSTILE: payload}, title=HOSTILE)):
        assert "<script" not in text
        assert "<img" not in text


@pytest.mark.parametrize("colour", ["truecolor", None])
def test_terminal(payload, colour):
    console = Console(file=io.StringIO(), color_system=colour, width=100, force_terminal=True)
    console.print(payload)
    assert console.file.getvalue().strip()


def test_json_round_trip(payload):
    again = from_json(payload.to_json())
    assert again == payload
    assert again.svg() == payload.svg()
    assert json.loads(payload.to_json())["kind"] == payload.kind


def test_arrays_are_numbers_or_text(payload):
    arrays = payload.arrays()
    assert arrays
    assert all(array.dtype.kind in "iufU" for array in arrays.values())


def digest_of(payload):
    whole = payload.svg().encode() + payload.png() + payload._repr_html_().encode()
    return hashlib.sha256(whole).hexdigest()


@pytest.mark.slow
def test_the_same_bytes_in_processes_with_different_hash_seeds(tmp_path):
    every = {kind: make(CHINESE, "unit") for kind, make in KINDS.items()}
    path = tmp_path / "payloads.json"
    texts = {kind: payload.to_json() for kind, payload in every.items()}
    path.write_text(json.dumps(texts), encoding="utf-8")
    code = (
        "import json, sys; from pathlib import Path; from convscope.payload import from_json; "
        "from hashlib import sha256; texts = json.loads(Path(sys.argv[1]).read_text('utf-8')); "
        "every = {kind: from_json(text) for kind, text in texts.items()}; "
        "print(json.dumps({kind: sha256(p.svg().encode() + p.png() + p._repr_html_().encode())"
        ".hexdigest() for kind, p in every.items()}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={"PYTHONHASHSEED": "4242"},
        capture_output=True,
        check=True,
    )
    assert json.loads(run.stdout) == {kind: digest_of(payload) for kind, payload in every.items()}


@pytest.mark.parametrize(
    "marks",
    [
        (Text(10, 20, "one"), Text(20, 24, "two")),
        (Text(90, 20, "too long for the paper"),),
        (Text(10, 4, "above"),),
        (Text(10, 20, "on an image"), Image(0, 0, 50, 50, PHOTO)),
    ],
)
def test_touching_texts_are_noticed(marks):
    assert touching(Drawing(100, 100, marks)) != []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Heatmap, {"values": np.zeros((2, 2, 2)), "scale": GREY}),
        (Heatmap, {"values": np.full((2, 2), np.nan), "scale": GREY}),
        (Heatmap, {"values": np.ones((2, 2)), "scale": GREY, "rows": ("a", "b")}),
        (Heatmap, {"values": np.ones((2, 2)), "scale": GREY, "numbers": np.ones((2, 3))}),
        (ImageGrid, {"tiles": np.zeros((1, 2, 2)), "scale": Scale(colours="rgb", low=0, high=1)}),
        (Curves, {"x_label": "x", "y_label": "y", "series": ()}),
        (Table, {"columns": ("a",), "rows": (("a", "b"),)}),
        (Scatter, {**POINT, "groups": (1,)}),
        (Sheet, {"items": ()}),
        (Sheet, {"items": (Table(columns=("a",), rows=()),), "more": 1}),
        (Table, {"columns": ("a",), "rows": (), "title": "x" * 2001}),
    ],
)
def test_a_payload_that_makes_no_sense_is_refused(kind, fields):
    with pytest.raises(pydantic.ValidationError):
        kind(**fields)


def test_bounds_of_a_drawing_lie_within_it():
    for kind in KINDS.values():
        drawing = payloads.drawing(kind(LONG, "unit"))
        area = bounds(drawing.marks)
        assert area.left >= 0
        assert area.top >= 0
        assert area.right <= drawing.width
        assert area.bottom <= drawing.height
