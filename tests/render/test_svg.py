"""The SVG writer: well-formed, the same bytes every time, hostile text escaped."""

import base64
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image as PilImage

from convscope.render.marks import (
    Box,
    Circle,
    Drawing,
    Group,
    Image,
    Line,
    Polygon,
    Text,
    bounds,
    moved,
)
from convscope.render.palette import COLOURS, group, literal
from convscope.render.png import MOST_PIXELS, png, zoom_of
from convscope.render.svg import svg, svg_for_page, svg_for_raster

HOSTILE = "</title><script>alert('1')</script>\x00\x08\ud800\"&"
PIXELS = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
MARKS = (
    Text(4, 20, HOSTILE, bold=True),
    Text(200, 40, "right", anchor="end", lang="en"),
    Box(0, 0, 10.125, 10, "conv", "conv-line", radius=4, dash="5 4", tooltip=HOSTILE),
    Circle(50, 50, 5, "#ff0000", opacity=0.5, tooltip="dot"),
    Polygon(((0, 0), (10, 0), (0, 10)), "pool", "pool-line"),
    Line(((0, 0), (40, 0), (40, 30)), arrow=True, dash="2 3"),
    Group((Image(60, 60, 70, 50, PIXELS, tooltip="pixels"),), tooltip=HOSTILE, css_class="spot"),
)
DRAWING = Drawing(240, 120, MARKS, title=HOSTILE, description=HOSTILE)


@pytest.mark.parametrize(
    "write", [svg, lambda drawing: svg_for_page(drawing, label=HOSTILE), svg_for_raster]
)
def test_is_well_formed_and_hostile_text_stays_text(write):
    text = write(DRAWING)
    root = ElementTree.fromstring(text)
    assert root.attrib["viewBox"] == "0 0 240 120"
    names = {element.tag.rsplit("}", 1)[1] for element in root.iter()}
    assert "script" not in names
    assert "<script" not in text


def test_colours_are_variables_with_a_light_value_for_programs_without_css():
    text = svg(DRAWING)
    assert 'fill="#d6e6fa"' in text
    assert ".f-conv{fill:var(--cs-conv)}" in text
    assert "prefers-color-scheme:dark" in text
    assert "--cs-norm" not in text  # not used
    for_raster = svg_for_raster(DRAWING)
    assert "var(" not in for_raster


def test_tooltips_are_titles():
    root = ElementTree.fromstring(svg(DRAWING))
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "dot" in titles
    assert "pixels" in titles


def test_the_same_bytes_in_two_processes():
    code = (
        "import hashlib, sys; from convscope.render.marks import *; "
        "from convscope.render.svg import svg; from convscope.render.png import png; "
        "d = Drawing(90, 40, (Box(1, 2, 3, 4, 'conv', 'join'), Text(5, 20, '卷积 x', bold=True))); "
        "print(hashlib.sha256(svg(d).encode() + png(d)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_pixels_stay_squares_of_the_same_colours():
    drawing = Drawing(70, 50, (Image(0, 0, 70, 50, PIXELS),))
    with PilImage.open(io.BytesIO(png(drawing))) as image:
        pixels = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(pixels, PIXELS.repeat(20, 0).repeat(20, 1))


def test_an_image_is_embedded_without_loss():
    data = re.search(r"base64,([^\"]+)", svg(DRAWING))
    with PilImage.open(io.BytesIO(base64.b64decode(data.group(1)))) as image:
        np.testing.assert_array_equal(np.asarray(image), PIXELS)


@pytest.mark.parametrize(("size", "zoom"), [((100, 50), 2), ((1500, 1000), 2), ((1500, 1001), 1)])
def test_png_has_the_stated_size(size, zoom):
    drawing = Drawing(*size, ())
    assert zoom_of(drawing) == zoom
    with PilImage.open(io.BytesIO(png(drawing))) as image:
        assert image.size == (size[0] * zoom, size[1] * zoom)


def test_a_picture_that_is_too_large_is_refused():
    from convscope.errors import InputError

    with pytest.raises(InputError, match="64,000,000"):
        png(Drawing(MOST_PIXELS, 1.1, ()))


def test_marks_are_moved_as_a_whole():
    before, after = bounds(MARKS), bounds(moved(MARKS, 3, -4))
    assert after == pytest.approx(
        (before.left + 3, before.top - 4, before.right + 3, before.bottom - 4)
    )


def test_unknown_colours_raise():
    with pytest.raises(KeyError):
        svg(Drawing(1, 1, (Box(0, 0, 1, 1, "mauve"),)))


def test_the_palette_is_literal_colours():
    assert all(re.fullmatch("#[0-9a-f]{6}", side) for pair in COLOURS.values() for side in pair)
    assert len({literal(group(number)) for number in range(200)}) > 190
