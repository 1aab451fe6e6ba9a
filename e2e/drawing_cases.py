"""Cases of the drawings, computed by the Python package: colours, numbers, axes, texts."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from convscope.arch import Architecture
from convscope.payload import Heatmap, ImageGrid, Payload, Scale, cell_text
from convscope.payload.table import Cell
from convscope.render import payloads
from convscope.render.axes import Axis, number_text
from convscope.render.diagram import diagram_data
from convscope.render.diagram.graph import main_path
from convscope.render.diagram.items import items
from convscope.render.diagram.names import folded_names
from convscope.render.kinds.curves import axis_of
from convscope.render.kinds.heatmap import bar_strip, overlaid
from convscope.render.marks import Text, leaves
from convscope.render.palette import group
from convscope.render.plot import apart
from convscope.render.text import one_line, text_width
from convscope.render.text import wrapped as lines_of

Case = dict[str, Any]


def write(folder: Path, name: str, cases: list[Case]) -> None:
    assert cases, name
    text = json.dumps(cases, ensure_ascii=False, allow_nan=False)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def numbers(seed: int, num: int) -> list[float]:
    """Return numbers of every size, halves of decimals among them."""
    draw = random.Random(seed)
    values = [0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 0.125, 0.375, 1e21, 3e38, 9.9995, 99995.0, 1e15]
    values += [draw.choice((-1, 1)) * 10 ** draw.uniform(-12, 12) for _ in range(num)]
    values += [draw.randint(-999, 999) / 2 ** draw.randint(0, 12) for _ in range(num)]
    return values + [round(draw.uniform(-10, 10), draw.randint(0, 5)) for _ in range(num)]


def formats() -> list[Case]:
    """Return every format of a number."""
    return [
        {
            "value": value,
            "fixed": [f"{value:.{decimals}f}" for decimals in range(7)],
            "general": [f"{value:.{digits}g}" for digits in range(1, 13)],
            "grouped": f"{value:,.0f}",
            "text": number_text(value),
            "percent": number_text(value, percent=True),
        }
        for value in numbers(0, 400)
    ]


def cells() -> list[Case]:
    values: list[Cell] = [None, "text", 0, 7, -1234567, *numbers(1, 50)]
    return [
        {"cell": value, "whole": isinstance(value, int), "text": cell_text(value)}
        for value in values
    ]


def axes() -> list[Case]:
    """Return axes of random ranges, narrow and wide ones among them."""
    draw = random.Random(2)
    ranges: list[list[float]] = [[], [5.0], [0.0, 1.0], [1000.0, 1000.001], [-3e38, 3e38], [0, 0]]
    ranges += [[1e-30, 3e-30], [1_000_000.1, 1_000_000.2], list(range(9)), [3, 3], [0, 1e9]]
    for _ in range(400):
        size = 10 ** draw.uniform(-9, 9)
        ranges.append([draw.uniform(-1, 1) * size for _ in range(draw.randint(1, 4))])
        ranges.append([float(draw.randint(-500, 5000)) for _ in range(draw.randint(1, 4))])
    cases = []
    for values in ranges:
        made = {
            "around": Axis.around(values),
            "around4": Axis.around(values, num_ticks=4),
            "near": Axis.near(values),
            "horizontal": axis_of(values, log=False),
        }
        if values and min(values) > 0:
            made["log"] = Axis.around(values, log=True)
        cases += [{"values": values, "kind": kind, **_axis(axis)} for kind, axis in made.items()]
    return cases


def _axis(axis: Axis) -> Case:
    middle = axis.low / 2 + axis.high / 2
    return {
        "low": axis.low,
        "high": axis.high,
        "ticks": list(axis.ticks),
        "log": axis.log,
        "labels": axis.labels(),
        "percents": axis.labels(percent=True),
        "at": middle,
        "share": axis.share(middle),
    }


def colours() -> list[Case]:
    """Return numbers on every scale, ends and numbers beyond them included, with their bytes."""
    rng = np.random.default_rng(3)
    cases = []
    for number, name in enumerate(("viridis", "blue-white-red", "grey", "rgb")):
        for low, high in ((0.0, 1.0), (-2.5, 7.0), (1e-8, 3e-8), (0.0, 255.0)):
            low = -high if name == "blue-white-red" else low
            scale = Scale.model_validate({"colours": name, "low": low, "high": high})
            shape = (3, 40, 3) if name == "rgb" else (3, 40)
            values = rng.uniform(low - 0.2, high + 0.2, shape).astype(np.float32)
            if high < 1:
                values = rng.uniform(low, high, shape).astype(np.float32)
            values.flat[:3] = low, high, (low + high) / 2
            if high == 255:
                values = np.clip(values, 0, 255).astype(np.uint8)
            grid = ImageGrid(tiles=values[None], scale=scale, units=(0.1 + number,))
            cases.append(
                {
                    "payload": json.loads(grid.to_json()),
                    "plain": scale.paint(values).ravel().tolist(),
                    "divided": grid.pixels().ravel().tolist(),
                }
            )
    return cases


def overlays() -> list[Case]:
    """Return maps over pictures of other sizes, larger and smaller, with their bars."""
    rng = np.random.default_rng(4)
    cases = []
    for values, picture in (((5, 7), (40, 30)), ((12, 3), (5, 9)), ((1, 1), (8, 8))):
        heatmap = Heatmap(
            values=rng.random(values).astype(np.float32),
            scale=Scale(colours="viridis", low=0, high=1),
            underlay=rng.integers(0, 256, (*picture, 3)).astype(np.uint8),
        )
        cases.append(
            {
                "payload": json.loads(heatmap.to_json()),
                "pixels": overlaid(heatmap).ravel().tolist(),
                "strip": bar_strip(heatmap).ravel().tolist(),
            }
        )
    return cases


def texts() -> list[Case]:
    """Return widths and lines of texts whose characters have widths of their own."""
    draw = random.Random(5)
    letters = "".join(map(chr, range(32, 127))) + "×·→学习率"
    made = ["".join(draw.choices(letters, k=draw.randint(1, 60))) for _ in range(60)]
    words = [" ".join("".join(draw.choices("abcmiW", k=5)) for _ in range(12)) for _ in range(9)]
    cases: list[Case] = [
        {"text": text, "width": text_width(text, 12), "bold": text_width(text, 12, bold=True)}
        for text in made
    ]
    return cases + [
        {"text": text, "width": text_width(text, 12), "lines": lines_of(text, 110, 12)}
        for text in words
    ]


def places() -> list[Case]:
    draw = random.Random(6)
    cases = []
    for _ in range(60):
        heights = [draw.uniform(0, 100) for _ in range(draw.randint(1, 9))]
        cases.append({"heights": heights, "apart": apart(heights, 12, 100, highest=5)})
    return cases


def drawn(name: str, payload: Payload, *, long: bool) -> Case:
    """Return a payload, with the texts of its drawing. `long`: they are cut or broken."""
    marks = leaves(payloads.drawing(payload).marks)
    return {
        "name": name,
        "payload": json.loads(payload.to_json()),
        "title": one_line(payload.title),
        "caption": one_line(payload.caption),
        "long": long,
        "texts": [one_line(mark.text) for mark in marks if isinstance(mark, Text) and mark.text],
    }


def graph_of(network: Architecture) -> Case:
    """Return the data of a diagram, with the texts of its block graph."""
    parts = main_path(items(network), network.input, network.num_classes)
    marks = [mark for part in parts for mark in leaves(part.marks)]
    counted = Counter(one_line(mark.text) for mark in marks if isinstance(mark, Text))
    return {"data": diagram_data(network), "texts": dict(counted)}


def names() -> list[Case]:
    """Return names of blocks that are drawn once."""
    many = (
        ["stage2.block2", "stage2.block3"],
        [f"block{i}" for i in range(2, 37)],
        ["inception4b", "inception4c", "inception4d", "inception4e"],
        ["a.b.c", "a.d.c"],
        ["block1.add", "block10.add", "block2.add", "block4.add"],
        ["one"],
        ["x", "x.y"],
    )
    return [{"paths": paths, "text": folded_names(paths)} for paths in many]


def groups() -> list[Case]:
    return [{"number": number, "colour": group(number)} for number in range(14, 40)]
