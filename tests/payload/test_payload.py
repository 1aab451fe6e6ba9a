"""Payloads: JSON of today and of before the redesign, checks, and arrays."""

import base64
import json
from pathlib import Path

import numpy as np
import pydantic
import pytest

from convscope.errors import FormatError
from convscope.payload import (
    Curves,
    Heatmap,
    ImageGrid,
    Scale,
    Scatter,
    Series,
    Sheet,
    Table,
    from_json,
)

HOSTILE = "<img src=x onerror=alert(1)>"


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def heatmap(**changes):
    values = noise(4, 6)
    return Heatmap(title=HOSTILE, values=values, scale=Scale.around(values), **changes)


def grid(**changes):
    values = noise(5, 3, 3)
    fields = {"tiles": values, "scale": Scale.spanning(values, label="weight")} | changes
    return ImageGrid(title=HOSTILE, **fields)


def curves(**changes):
    series = (
        Series(name=HOSTILE, x=(1, 2, 3), y=(0.5, None, 0.1)),
        Series(name="b", x=(1,), y=(1,)),
    )
    return Curves(
        **({"title": HOSTILE, "x_label": "epoch", "y_label": "loss", "series": series} | changes)
    )


def table():
    return Table(title=HOSTILE, columns=("a", HOSTILE), rows=((HOSTILE, 1), (None, 2.5)))


def scatter(**changes):
    fields = {
        "points": noise(6, 2),
        "groups": (0, 1, 2, 0, 1, 2),
        "names": (HOSTILE, "b", "国"),
        "thumbnails": np.zeros((2, 5, 4, 3), np.uint8),
        "pictured": (1, 4),
    }
    return Scatter(title=HOSTILE, x_label="first", y_label=HOSTILE, **(fields | changes))


def sheet(**changes):
    fields = {"items": (heatmap(), grid(), curves(), table(), scatter()), "columns": 2}
    return Sheet(title=HOSTILE, caption=HOSTILE, **(fields | changes))


def test_json_written_before_the_redesign_opens_and_is_written_again():
    text = (Path(__file__).parent / "before_redesign.json").read_text(encoding="utf-8")
    for fields in json.loads(text).values():
        payload = from_json(json.dumps(fields))
        assert holds(json.loads(payload.to_json()), fields)


def holds(new, old):
    """Whether all values of older data are in newer data, which may have more fields."""
    if isinstance(old, dict):
        return all(name in new and holds(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return new == old


@pytest.mark.parametrize("make", [heatmap, grid, curves, table, scatter, sheet])
def test_cannot_be_changed(make):
    with pytest.raises(pydantic.ValidationError):
        make().title = "other"


def test_arrays_hold_the_numbers():
    assert np.array_equal(heatmap().arrays()["values"], heatmap().values)
    assert set(heatmap(underlay=np.zeros((4, 3, 3), np.uint8)).arrays()) == {"values", "underlay"}
    line = curves().arrays()[HOSTILE]
    assert line.shape == (3, 2)
    assert np.isnan(line[1, 1])
    assert table().arrays()["a"].dtype.kind == "U"
    assert table().arrays()[HOSTILE].tolist() == [1, 2.5]
    assert set(scatter().arrays()) == {"points", "groups", "thumbnails"}
    names = set(sheet().arrays())
    assert {"0/values", "1/tiles", "4/points"} <= names


@pytest.mark.parametrize(
    "changes",
    [
        {"points": noise(5, 2)},
        {"points": noise(6, 3)},
        {"groups": (0, 1, 2, 0, 1, 3)},
        {"groups": (0, 1, 2, 0, 1, -1)},
        {"pictured": (1, 6)},
        {"pictured": (1,)},
        {"thumbnails": None},
        {"thumbnails": np.zeros((2, 5, 4), np.uint8)},
        {"thumbnails": np.zeros((2, 5, 4, 3), np.float32)},
    ],
)
def test_refuses_scatters(changes):
    with pytest.raises(pydantic.ValidationError):
        scatter(**changes)


def test_a_sheet_holds_no_sheet():
    with pytest.raises(pydantic.ValidationError):
        Sheet(items=(sheet(),))
    with pytest.raises(pydantic.ValidationError):
        Sheet(items=())
    with pytest.raises(FormatError):
        from_json('{"kind": "sheet", "items": [{"kind": "sheet", "items": []}]}')


def test_arrays_are_copied_and_read_only():
    values = noise(2, 2)
    mine = Heatmap(values=values, scale=Scale.around(values))
    before = mine.values.copy()
    values[:] = 0
    assert np.array_equal(mine.values, before)
    with pytest.raises(ValueError, match="read-only"):
        mine.values[0, 0] = 1


def test_pixels_show_the_numbers():
    values = np.array([[-2.0, 0.0, 2.0]], np.float32)
    pixels = Heatmap(values=values, scale=Scale.around(values)).pixels()
    assert pixels.tolist() == [[[0x05, 0x30, 0x61], [255, 255, 255], [0x67, 0x00, 0x1F]]]


def test_rgb_is_grey_at_the_middle_of_its_scale():
    tiles = np.zeros((1, 1, 1, 3), np.float32)
    assert ImageGrid(tiles=tiles, scale=Scale(colours="rgb", low=-1, high=1)).pixels().max() == 128


def test_a_constant_map_has_a_scale():
    assert Scale.spanning(np.ones(3, np.float32)).high > 1
    assert Scale.around(np.zeros(3, np.float32)).high == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"tiles": np.array([[[np.nan]]])},
        {"tiles": np.array([[[np.inf]]])},
        {"tiles": np.array([[[1e300]]])},
        {"tiles": np.zeros((0, 2, 2))},
        {"tiles": np.zeros((2, 2))},
        {"tiles": np.zeros((1, 2, 2, 3))},
        {"tiles": np.zeros((4097, 1, 1))},
        {"tiles": np.array([[["a"]]])},
        {"labels": ("one",)},
        {"columns": 0},
        {"scale": Scale(colours="rgb", low=0, high=1)},
    ],
)
def test_refuses_grids(fields):
    with pytest.raises(pydantic.ValidationError):
        grid(**fields)


def test_refuses_arrays_that_are_too_large():
    with pytest.raises(pydantic.ValidationError, match="64 MiB"):
        grid(tiles=np.broadcast_to(np.float32(0), (1, 5000, 5000)))


@pytest.mark.parametrize(
    "scale", [("viridis", 1, 1), ("viridis", 2, 1), ("blue-white-red", -1, 2), ("jet", 0, 1)]
)
def test_refuses_scales(scale):
    colours, low, high = scale
    with pytest.raises(pydantic.ValidationError):
        Scale(colours=colours, low=low, high=high)


def test_refuses_other_payloads():
    with pytest.raises(pydantic.ValidationError):
        Table(columns=("a", "b"), rows=((1,),))
    with pytest.raises(pydantic.ValidationError):
        Series(name="a", x=(1, 2), y=(1,))
    with pytest.raises(pydantic.ValidationError, match="above 0"):
        curves(y_scale="log", series=(Series(name="a", x=(1,), y=(0,)),))
    with pytest.raises(pydantic.ValidationError):
        heatmap(underlay=np.zeros((2, 2), np.uint8))


def changed(**array):
    fields = json.loads(grid().to_json())
    fields["tiles"] |= array
    return json.dumps(fields)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"kind": "cake"}',
        '{"kind": "table", "columns": ["a"], "rows": [], "more": 1}',
        changed(shape=[5, 3, 300_000_000]),
        changed(shape=[10**30]),
        changed(shape=[-1, 3, 3]),
        changed(shape=[5, 3, 4]),
        changed(shape=[True, 3, 3]),
        changed(shape="5"),
        changed(dtype="object"),
        changed(dtype="float64"),
        changed(base64="!" * 240),
        changed(base64=7),
        changed(base64=base64.b64encode(np.full(45, np.nan, "<f4").tobytes()).decode()),
        changed(extra=1),
    ],
)
def test_hostile_json_is_refused(text):
    with pytest.raises(FormatError):
        from_json(text, where="payload.json")
