"""Pictures of payloads: every number in its colour and place, nothing too large."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PilImage
from rich.console import Console
from scipy.spatial import KDTree

from convscope.errors import InputError
from convscope.payload import (
    Box as MapBox,
)
from convscope.payload import (
    Curves,
    Heatmap,
    ImageGrid,
    LegendEntry,
    Marker,
    Scale,
    Scatter,
    Series,
    Sheet,
    Table,
)
from convscope.payload.colour_scales import table
from convscope.render import payloads
from convscope.render.frame import MARGIN, READABLE
from convscope.render.kinds import multiples
from convscope.render.kinds.curves import MOST_POINTS, thinned
from convscope.render.kinds.multiples import MOST_TOGETHER
from convscope.render.marks import Box, Circle, Dots, Image, Line, Text, leaves
from convscope.render.palette import COLOURS, NUM_LINES, ink_on
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
    boxed = Heatmap(values=values, scale=scale, boxes=(MapBox(top=2, left=2, height=4, width=4),))
    changed = np.abs(pixels(bare) - pixels(boxed)).sum(2) > 0
    rows, columns = np.nonzero(changed)
    side = 2 * 24  # a number is a square of 24, twice as many pixels
    assert rows.max() - rows.min() == columns.max() - columns.min() == 4 * side - 1
    inside = slice(rows.min() + 12, rows.max() - 12), slice(columns.min() + 12, columns.max() - 12)
    assert not changed[inside].any()


def test_a_box_beyond_the_edge_is_clipped():
    values = np.zeros((8, 8), np.float32)
    scale = Scale(colours="viridis", low=0, high=1)
    boxed = Heatmap(
        values=values, scale=scale, boxes=(MapBox(top=-3, left=-3, height=40, width=40),)
    )
    bare = Heatmap(values=values, scale=scale)
    assert np.array_equal(pixels(bare), pixels(boxed))


def test_an_underlay_keeps_its_pixels():
    picture = np.random.default_rng(0).integers(0, 256, (500, 700, 3)).astype(np.uint8)
    values = noise(7, 7)
    heatmap = Heatmap(values=values, scale=Scale.around(values), underlay=picture)
    under, over, bar = marks(heatmap, Image)
    assert under.pixels.shape == (429, 600, 3)
    assert (under.width, under.height) == (over.width, over.height) == (400, 286)
    assert over.x >= under.x + under.width
    assert bar.pixels.shape == (16, 256, 3)
    over_only, _ = marks(heatmap.model_copy(update={"beside": False}), Image)
    assert np.array_equal(over_only.pixels, over.pixels)


@pytest.mark.parametrize("colours", ["viridis", "blue-white-red"])
def test_every_colour_of_an_overlay_is_on_its_bar(colours):
    """The bar has the value along and the grey level of the picture down."""
    generator = np.random.default_rng(1)
    picture = generator.integers(0, 256, (70, 90, 3)).astype(np.uint8)
    picture[:20], picture[20:40] = 0, 255
    values = generator.normal(size=(7, 9)).astype(np.float32)
    reach = float(np.abs(values).max())
    scale = Scale(colours=colours, low=-reach, high=reach, label="signal")
    _, over, bar = marks(Heatmap(values=values, scale=scale, underlay=picture), Image)
    colours_used = np.unique(over.pixels.reshape(-1, 3), axis=0).astype(np.int16)
    colours_shown = np.unique(bar.pixels.reshape(-1, 3), axis=0).astype(np.int16)
    # half a step between two grey levels of the bar
    assert KDTree(colours_shown).query(colours_used[::16], p=np.inf)[0].max() <= 5


def test_a_very_large_picture_is_not_embedded_whole():
    picture = np.zeros((3000, 4000, 3), np.uint8)
    values = noise(7, 7)
    heatmap = Heatmap(values=values, scale=Scale.around(values), underlay=picture)
    under, over, _ = marks(heatmap, Image)
    assert under.pixels.shape == over.pixels.shape == (450, 600, 3)


def test_tiles_with_units_reach_the_end_of_the_scale_each():
    tiles = np.stack([np.eye(3), 0.01 * np.eye(3)]).astype(np.float32)
    scale = Scale(colours="viridis", low=0, high=1, label="share")
    grid = ImageGrid(tiles=tiles, scale=scale, units=(1.0, 0.01))
    first, second = grid.pixels()
    assert np.array_equal(first, second)
    with pytest.raises(ValueError, match="units"):
        ImageGrid(tiles=tiles, scale=scale, units=(1.0,))


def test_the_picture_and_the_legend_of_a_grid_are_drawn():
    tiles = np.zeros((1, 70, 70, 3), np.uint8)
    grid = ImageGrid(
        tiles=tiles,
        scale=Scale(colours="rgb", low=0, high=255),
        picture=np.full((140, 140, 3), 7, np.uint8),
        legend=(LegendEntry(colour="#0072b2", name="cat: 3"),),
    )
    picture, tile = marks(grid, Image)
    assert (picture.width, picture.height) == (tile.width, tile.height)
    assert picture.x + picture.width < tile.x
    assert "cat: 3" in texts(grid)
    assert "#0072b2" in [box.fill for box in marks(grid, Box)]
    console = Console(file=io.StringIO(), width=100)
    console.print(grid)
    assert "cat: 3" in console.file.getvalue()


@pytest.mark.parametrize(
    ("side", "size"),
    [((140, 140), (400, 400)), ((100, 200), (400, 200)), ((200, 100), (200, 400))],
)
def test_a_signal_has_the_proportions_of_its_picture(side, size):
    """A network that resizes photos to a square distorts them; the drawing does not."""
    tiles = np.zeros((1, 80, 80, 3), np.float32)
    scale = Scale(colours="rgb", low=-1, high=1, label="signal")
    picture = np.zeros((*side, 3), np.uint8)
    beside, tile, _ = marks(ImageGrid(tiles=tiles, scale=scale, picture=picture), Image)
    assert (beside.width, beside.height) == (tile.width, tile.height) == size


@pytest.mark.parametrize(("num", "columns"), [(1, 1), (6, 3), (16, 4), (32, 8), (64, 8), (7, 4)])
def test_a_grid_has_few_empty_places(num, columns):
    tiles = np.zeros((num, 2, 2), np.float32)
    assert ImageGrid(tiles=tiles, scale=Scale.spanning(tiles)).num_columns == columns


def test_a_long_table_is_folded_into_blocks_that_hold_every_row():
    table = Table(columns=("row",), rows=tuple((i,) for i in range(100)))
    cells = [mark for mark in marks(table, Text) if mark.text.isdigit()]
    assert sorted(int(cell.text) for cell in cells) == list(range(100))
    assert texts(table).count("row") == 3
    drawing = payloads.drawing(table)
    assert drawing.height < 1000


def test_a_wide_drawing_alone_in_its_row_does_not_push_the_others_apart():
    small = ImageGrid(tiles=np.zeros((1, 4, 4), np.uint8), scale=Scale.pixels(1))
    names = tuple(f"a long name of a column {i}" for i in range(9))
    wide = Table(columns=names, rows=(tuple(range(9)),))
    first, second = marks(Sheet(items=(small, small, wide), columns=2), Image)
    assert payloads.drawing(wide).width > 2 * payloads.drawing(small).width
    assert second.x - first.x == payloads.drawing(small).width


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
    kept = thinned(points, MOST_POINTS)
    assert len(kept) <= MOST_POINTS + 4
    assert kept == sorted(kept)
    assert {points[0], points[-1]} <= set(kept)
    assert max(y for _, y in kept) == values.max()
    assert min(y for _, y in kept) == values.min()
    assert thinned(points[:MOST_POINTS], MOST_POINTS) == points[:MOST_POINTS]


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


def test_points_have_no_line_and_steps_have_corners():
    points = Series(name="each", x=(0, 1, 3), y=(1.0, 3.0, 2.0), style="points")
    steps = Series(name="best", x=(0, 1, 3), y=(1.0, 3.0, 3.0), style="steps")
    curves = Curves(x_label="trial", y_label="accuracy", series=(points, steps))
    (dots,) = marks(curves, Dots)
    assert dots.fill == "series-0"
    assert len(dots.points) == 3
    assert [
        mark for mark in marks(curves, Line) if mark.stroke == "series-0" and not mark.dash
    ] == []
    (line,) = [m for m in marks(curves, Line) if m.stroke == "series-1" and not m.dash]
    assert len(line.points) == 5
    for (x0, y0), (x1, y1) in itertools.pairwise(line.points):
        assert x0 == x1 or y0 == y1
    assert line.points[::2][0][1] > line.points[::2][1][1] == line.points[::2][2][1]


@pytest.mark.parametrize("x", [1e-6, 0.003, 10.0])
def test_a_marker_stands_at_its_place_and_its_name_above_the_plot(x):
    series = Series(name="a", x=(1e-6, 1e-3, 10.0), y=(3.0, 2.0, 4.0))
    fields = {"x_label": "learning rate", "y_label": "loss", "x_scale": "log"}
    marker = Marker(x=x, label=f"suggested: {x:g}")
    curves = Curves(series=(series,), markers=(marker,), **fields)
    (line,) = [m for m in marks(curves, Line) if m.stroke == "ink" and m.dash]
    (curve,) = [m for m in marks(curves, Line) if m.stroke == "series-0" and not m.dash]
    (x0, _), _, (x1, _) = curve.points
    share = np.log(x / 1e-6) / np.log(1e7)
    assert line.points[0][0] == pytest.approx(x0 + share * (x1 - x0))
    (name,) = [m for m in marks(curves, Text) if m.text == marker.label]
    assert name.bounds().bottom <= line.points[0][1] + 1
    with pytest.raises(ValueError, match="markers above 0"):
        Curves(series=(series,), markers=(Marker(x=0, label="a"),), **fields)


def many(number, **more):
    x = tuple(float(i) for i in range(9))
    y = np.random.default_rng(number).random((number, 9))
    lines = (Series(name=f"layer {i}", x=x, y=tuple(y[i].tolist())) for i in range(number))
    return Curves(x_label="step", y_label="value", series=tuple(lines), **more)


@pytest.mark.parametrize("number", [MOST_TOGETHER, MOST_TOGETHER + 1, 8, 9, 64])
def test_more_lines_than_colours_are_small_multiples_with_the_same_axes(number):
    curves = many(number)
    assert multiples.needed(curves) == (number > MOST_TOGETHER)
    lines = [m for m in marks(curves, Line) if m.stroke.startswith("series-") and not m.dash]
    assert len(lines) == number
    colours = {mark.stroke for mark in lines}
    assert len(colours) == (1 if number > MOST_TOGETHER else number)
    starts = {mark.points[0] for mark in lines}
    assert len(starts) == number
    if number > MOST_TOGETHER:  # the same height of every chart for the same value
        heights = [mark.points[0][1] for mark in lines]
        values = [series.y[0] for series in curves.series]
        first = [i for i in range(number) if lines[i].points[0][1] < heights[0] + 110][:4]
        slope = np.polyfit([values[i] for i in first], [heights[i] for i in first], 1)
        assert np.allclose(
            np.polyval(slope, [values[i] for i in first]), [heights[i] for i in first]
        )
    assert {f"layer {i}" for i in range(number)} <= set(texts(curves))


# Machado, Oliveira and Fernandes 2009: what each kind of colour vision sees, in linear RGB
VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(colour):
    """Linear RGB of #rrggbb."""
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2's contrast ratio of two colours."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def distances(colours, vision):
    """CIE 1976 differences of all pairs, as a kind of colour vision sees them."""
    from skimage.color import xyz2lab

    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    seen = np.clip([np.asarray(VISIONS[vision]) @ linear(colour) for colour in colours], 0, 1)
    lab = xyz2lab((seen @ np.array(to_xyz).T)[None])[0]
    return [np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)]


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISIONS)
def test_lines_of_one_chart_are_told_apart_with_every_colour_vision(vision, side):
    colours = [COLOURS[f"series-{number}"][side] for number in range(NUM_LINES)]
    assert min(distances(colours, vision)) >= 10


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_text_is_readable_on_paper_and_on_boxes(side):
    paper = COLOURS["paper"][side]
    texts = ["ink", "muted", "correct", "wrong", *(f"series-{i}" for i in range(NUM_LINES))]
    assert {name: contrast(COLOURS[name][side], paper) >= 4.5 for name in texts} == dict.fromkeys(
        texts, True
    )
    fills = [name.removesuffix("-line") for name in COLOURS if name.endswith("-line")]
    pairs = [(text, fill) for text in ("ink", "muted") for fill in [*fills, "shade"]]
    low = [pair for pair in pairs if contrast(*(COLOURS[name][side] for name in pair)) < 4.5]
    assert low == []


def test_text_is_readable_on_every_colour():
    levels = (0, 32, 64, 96, 128, 160, 192, 224, 255)
    colours = [*itertools.product(levels, repeat=3), *map(tuple, table("viridis").tolist())]
    worst = min(contrast(ink_on(*rgb), "#" + bytes(rgb).hex()) for rgb in colours)
    assert worst >= 4.5


def test_colours_that_differ_in_red_and_green_only_are_noticed():
    assert min(distances(["#d55e00", "#b07a00"], "deuteranopia")) < 10


def test_a_sheet_is_no_wider_than_can_be_read():
    square = ImageGrid(tiles=noise(9, 100, 100), scale=Scale.pixels(1), columns=3)
    width = payloads.drawing(square).width
    sheet = payloads.drawing(Sheet(items=(square,) * 4, columns=4))
    assert width * 4 > READABLE >= sheet.width == width * 2
    names = tuple(f"a long name of a column {i}" for i in range(5))
    table = Table(columns=names, rows=(tuple(range(5)),) * 150)
    assert payloads.drawing(table).width < READABLE


def test_the_last_tick_label_of_small_multiples_stays_inside():
    lines = tuple(Series(name=f"{i}", x=(0.0, 250.0), y=(0.0, float(i))) for i in range(8))
    curves = Curves(title="t", x_label="step", y_label="loss", series=lines)
    drawing = payloads.drawing(curves)
    ends = [mark.x + mark.width / 2 for mark in drawing.marks if getattr(mark, "text", "") == "250"]
    assert len(ends) == 4
    assert max(ends) <= drawing.width - MARGIN
