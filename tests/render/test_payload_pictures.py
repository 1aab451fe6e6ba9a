"""Pictures of payloads: every number in its colour and place, nothing too large."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PilImage

from convscope.errors import InputError
from convscope.payload import Box, Curves, Heatmap, ImageGrid, Scale, Scatter, Series, Sheet, Table
from convscope.render import payloads
from convscope.render.curves import MOST_POINTS, _thinned
from convscope.render.marks import Circle, Dots, Image, Line, Text, leaves
from convscope.render.plot import apart
from convscope.render.svg import svg_for_raster


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def pixels(payload):
    with PilImage.open(io.BytesIO(payload.png())) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def marks(payload, kind):
    return [mark for mark in leaves(payloads.drawing(payload).marks) if isinstance(mark, kind)]


def texts(payload):
    return [mark.text for mark in marks(payload, Text)]


def test_a_box_is_drawn_where_it_lies():
    values = np.zeros((8, 8), np.float32)
    scale = Scale(colours="viridis", low=0, high=1)
    bare = Heatmap(values=values, scale=scale)
    boxed = Heatmap(values=values, scale=scale, boxes=(Box(top=2, left=2, height=4, width=4),))
    changed = np.abs(pixels(bare) - pixels(boxed)).sum(2) > 0
    rows, columns = np.nonzero(changed)
    side = 2 * 24  # a number is a square of 24, twice as many pixels
    assert rows.max() - rows.min() == columns.max() - columns.min() == 4 * side - 1
    inside = slice(rows.min() + 12, rows.max() - 12), slice(columns.min() + 12, columns.max() - 12)
    assert not changed[inside].any()


def test_a_box_beyond_the_edge_is_clipped():
    values = np.zeros((8, 8), np.float32)
    scale = Scale(colours="viridis", low=0, high=1)
    boxed = Heatmap(values=values, scale=scale, boxes=(Box(top=-3, left=-3, height=40, width=40),))
    bare = Heatmap(values=values, scale=scale)
    assert np.array_equal(pixels(bare), pixels(boxed))


def test_an_underlay_keeps_its_pixels():
    picture = np.random.default_rng(0).integers(0, 256, (500, 700, 3)).astype(np.uint8)
    values = noise(7, 7)
    heatmap = Heatmap(values=values, scale=Scale.around(values), underlay=picture)
    under, over, bar = marks(heatmap, Image)
    assert np.array_equal(under.pixels, picture)
    assert (under.width, under.height) == (over.width, over.height) == (700, 500)
    assert over.x >= under.x + under.width
    assert bar.pixels.shape == (1, 256, 3)


def test_a_picture_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("convscope.render.png.MOST_PIXELS", 500_000)
    tall = noise(5, 300, 300)
    grid = ImageGrid(tiles=tall, scale=Scale.around(tall), columns=1)
    for payload in (grid, Sheet(items=(grid,))):
        with pytest.raises(InputError, match="npz"):
            payload.png()


def test_a_grid_holds_the_colours_of_its_numbers():
    tiles = np.array([[[-1.0]], [[1.0]]], np.float32)
    found = {
        tuple(colour)
        for colour in pixels(ImageGrid(tiles=tiles, scale=Scale.around(tiles))).reshape(-1, 3)
    }
    assert {(0x05, 0x30, 0x61), (0x67, 0x00, 0x1F)} <= found


def test_every_tile_stands_in_its_row_and_column():
    tiles = noise(5, 3, 3)
    grid = ImageGrid(tiles=tiles, scale=Scale.around(tiles), columns=2, labels=tuple("abcde"))
    images = marks(grid, Image)[:5]
    assert [(i.x > images[0].x, i.y) for i in images] == [
        (number % 2 == 1, images[number // 2 * 2].y) for number in range(5)
    ]
    for image, tile in zip(images, grid.pixels(), strict=True):
        assert np.array_equal(image.pixels, tile)
    for label, image in zip("abcde", images, strict=True):
        (text,) = [mark for mark in marks(grid, Text) if mark.text == label]
        assert text.x == image.x
        assert text.bounds().top >= image.y + image.height - 0.5


def test_points_of_a_curve_stand_at_their_values():
    curves = Curves(
        x_label="x", y_label="y", series=(Series(name="a", x=(0, 1, 2, 4), y=(0, 10, 0, 5)),)
    )
    (line,) = [mark for mark in marks(curves, Line) if mark.stroke == "series-0"]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = line.points
    assert x2 - x0 == pytest.approx(2 * (x1 - x0))
    assert x3 - x0 == pytest.approx(4 * (x1 - x0))
    assert y0 == y2
    assert y0 - y3 == pytest.approx((y0 - y1) / 2)


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis():
    fields = {"x_label": "lr", "y_label": "loss", "x_scale": "log"}
    with pytest.raises(ValueError, match="above 0"):
        Curves(series=(Series(name="a", x=(0.0, 1.0), y=(1.0, 2.0)),), **fields)
    curves = Curves(series=(Series(name="a", x=(1.0, 10.0, 100.0), y=(1.0, 2.0, 3.0)),), **fields)
    (line,) = [mark for mark in marks(curves, Line) if mark.stroke == "series-0"]
    (x0, _), (x1, _), (x2, _) = line.points
    assert x1 - x0 == pytest.approx(x2 - x1)


def test_a_gap_is_dashed_and_a_single_point_is_a_dot():
    series = Series(name="a", x=(1, 2, 3, 4), y=(1, 2, None, 1))
    curves = Curves(x_label="x", y_label="y", series=(series,))
    lines = [mark for mark in marks(curves, Line) if mark.stroke == "series-0"]
    assert [bool(line.dash) for line in lines] == [False, True]
    assert [dot.fill for dot in marks(curves, Circle) if dot.radius == 3] == ["series-0"]


def test_thinning_keeps_ends_and_extremes():
    values = np.random.default_rng(1).normal(size=50_000)
    points = list(enumerate(values.tolist()))
    thinned = _thinned(points)
    assert len(thinned) <= MOST_POINTS + 4
    assert thinned == sorted(thinned)
    assert {points[0], points[-1]} <= set(thinned)
    assert max(y for _, y in thinned) == values.max()
    assert min(y for _, y in thinned) == values.min()
    assert _thinned(points[:MOST_POINTS]) == points[:MOST_POINTS]


@pytest.mark.parametrize("channels", [1, 3])
def test_photos_have_no_colour_bar(channels):
    tiles = np.zeros((2, 4, 4, 3)[: 4 if channels == 3 else 3], np.uint8)
    photos = ImageGrid(tiles=tiles, scale=Scale.pixels(channels))
    assert "255" not in texts(photos)
    signal = photos.model_copy(
        update={"scale": photos.scale.model_copy(update={"label": "signal"})}
    )
    assert {"0", "255", "signal"} <= set(texts(signal))


def test_values_show_under_the_pointer_and_not_in_a_png():
    series = Series(name="loss <train>", x=(1, 2), y=(0.25, 0.5))
    curves = Curves(x_label="epoch", y_label="loss", series=(series,))
    assert "<title>1\nloss &lt;train&gt;: 0.25</title>" in curves.svg()
    values = np.array([[0.125, 2.0]], np.float32)
    heatmap = Heatmap(values=values, scale=Scale.spanning(values))
    assert "<title>row 0, column 1: 2</title>" in heatmap.svg()
    assert 'class="spot hover"' in curves.svg()
    for_raster = svg_for_raster(payloads.drawing(curves))
    assert "spot" not in for_raster
    assert "<title>1" not in for_raster


@given(st.lists(st.floats(0, 400), max_size=20))
def test_names_at_the_right_are_apart_and_beside_the_plot(heights):
    moved = apart(heights, 15, 400, highest=0)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    assert all(moved[b] - moved[a] >= 15 - 1e-6 for a, b in itertools.pairwise(order))
    assert all(0 - 1e-6 <= height <= 400 for height in moved)


def test_names_are_moved_as_little_as_possible():
    assert apart([100, 200, 300], 15, 400) == pytest.approx([100, 200, 300])
    assert apart([100, 101], 15, 400) == pytest.approx([93, 108])
    assert apart([101, 100, 300], 15, 400) == pytest.approx([108, 93, 300])
    assert apart([399, 398], 15, 400) == pytest.approx([400, 385])
    assert apart([1, 2], 15, 400, highest=0) == pytest.approx([0, 15])
    assert apart([], 15, 400) == []


def test_a_scatter_draws_every_point_and_names_the_groups():
    scatter = Scatter(
        x_label="a",
        y_label="b",
        points=noise(60, 2),
        groups=tuple([0, 1, 2] * 20),
        names=("x", "y", "z"),
    )
    assert sorted(len(dots.points) for dots in marks(scatter, Dots)) == [20, 20, 20]
    assert {"x", "y", "z"} <= set(texts(scatter))


def test_a_long_table_states_how_many_rows_are_not_shown():
    table = Table(columns=("a",), rows=tuple((i,) for i in range(1234)), caption="All.")
    assert any("1,034 more rows. All." in text for text in texts(table))


def test_cut_text_keeps_the_whole_text_as_tooltip():
    long = "a very long name of a class " * 20
    table = Table(columns=("a",), rows=((long,),))
    assert f"<title>{long.strip()}</title>" in table.svg()
    assert any(text.endswith("…") for text in texts(table))
