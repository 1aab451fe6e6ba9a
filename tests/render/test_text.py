"""Widths of text, against the font files themselves and against the pixels drawn."""

import io

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from convscope.render.marks import Drawing, Text
from convscope.render.png import png
from convscope.render.text import FILES, FOLDER, cut, text_width, wrapped

TEXTS = ["conv1: 5 x 5, AVA To.", "学习率与批大小", "鸬鹚 0.123 → 10⁻³", "ffi fl [-0.5]"]


@pytest.mark.parametrize(("face", "bold"), [("Regular", False), ("Bold", True)])
def test_widths_are_those_of_the_font_files(face, bold):
    font = TTFont(FOLDER / f"NotoSans-{face}.ttf")
    for code, glyph in font.getBestCmap().items():
        expected = font["hmtx"][glyph][0] / font["head"].unitsPerEm
        assert text_width(chr(code), 1.0, bold=bold) == pytest.approx(expected, abs=1e-4)


def test_widths_of_chinese_are_those_of_the_font_file():
    font = TTFont(FILES[2])
    for code, glyph in font.getBestCmap().items():
        assert text_width(chr(code), 1.0) == pytest.approx(font["hmtx"][glyph][0] / 1000, abs=1e-4)


def test_the_fonts_hold_chinese_greek_and_signs():
    known = {code for file in FILES for code in TTFont(file).getBestCmap()}
    chinese = {ord(char) for char in "卷积池化全连接特征图感受野鹦鹉鲟獾鸬鹚，。、；：？！（）《》"}
    assert chinese <= known
    assert {ord(char) for char in "αβγδεσμθ×·±≤≥≈∑√∂∇→←↑↓…–—−²³⁻"} <= known


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_drawn_within_its_bounds(text, bold):
    mark = Text(20, 40, text, size=20, bold=bold)
    drawing = Drawing(mark.width + 40, 70, (mark,))
    with Image.open(io.BytesIO(png(drawing))) as image:
        dark = np.argwhere(np.asarray(image.convert("L")) < 128) / 2
    box = mark.bounds()
    assert box.left - 1 <= dark[:, 1].min()
    assert dark[:, 1].max() <= box.right + 1
    assert dark[:, 1].max() > box.right - 6  # and not much narrower
    assert box.top <= dark[:, 0].min()
    assert dark[:, 0].max() <= box.bottom


@given(st.text(alphabet="ab iW中文，。x", max_size=60), st.floats(5, 300))
def test_wrapped_lines_fit_and_nothing_is_lost(text, width):
    lines = wrapped(text, width, 12)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(text_width(line, 12) <= width or len(line) == 1 for line in lines)


@given(st.text(max_size=30), st.floats(0, 200))
def test_a_cut_text_fits(text, width):
    shown = cut(text, width, 12)
    assert text_width(shown, 12) <= width or shown == ""
    assert shown == text or shown in ("",) or shown.endswith("…")


class _Counted(str):
    """A text that counts how many of its characters are read."""

    def __iter__(self):
        for char in super().__iter__():
            self.read = getattr(self, "read", 0) + 1
            yield char


def test_a_long_text_is_read_no_further_than_needed():
    name = _Counted("x" * 1_000_000)
    assert len(cut(name, 100, 12)) < 30
    assert name.read < 30
    lines = wrapped("x" * 1_000_000, 100, 12)
    assert sum(map(len, lines)) == 10_001
    assert lines[-1].endswith("…")
