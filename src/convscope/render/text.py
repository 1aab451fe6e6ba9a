"""Widths of text in the bundled fonts, and text fitted to a width.

The fonts have no kerning, so the width of a text is the sum of its characters' widths.
"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
FILES = tuple(
    str(FOLDER / name)
    for name in ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSansSC-Regular.otf")
)
# for viewers without the bundled fonts; the text keeps its width (SVG's textLength)
STACK = "'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',Helvetica,Arial,sans-serif"
ASCENT, DESCENT = 1.069, 0.293  # of Noto Sans, in ems
CHINESE = 0x2E80  # characters from here on are as wide as high
CLOSING = " ，。、；：？！）》”…"  # no line begins with these
SQUARE = 1.0  # ems of a Chinese character, and of one that no bundled font has


@cache
def _widths(face: str) -> dict[str, float]:
    text = (FOLDER / "widths.json").read_text(encoding="utf-8")
    faces: dict[str, dict[str, float]] = json.loads(text)
    return faces["chinese"] | faces[face]


def one_line(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return " ".join(text.split())


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line, in the unit of `size`."""
    widths = _widths("bold" if bold else "regular")
    return size * sum(widths.get(char, SQUARE) for char in text)


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return the text, shortened with an ellipsis where it is wider than `width`."""
    if text_width(text, size, bold=bold) <= width:
        return text
    room = width - text_width("…", size, bold=bold)
    kept = text[: _fitting(text, room, size, bold=bold)].rstrip()
    return kept + "…" if kept else ""


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return lines no wider than `width`; broken at spaces and between Chinese characters."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(one_line(text)):
        if line and text_width((line + piece).rstrip(), size, bold=bold) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while text_width(line.rstrip(), size, bold=bold) > width and len(line) > 1:
            kept = max(1, _fitting(line, width, size, bold=bold))  # a word wider than a line
            lines.append(line[:kept])
            line = line[kept:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _fitting(text: str, width: float, size: float, *, bold: bool) -> int:
    """Return how many of the first characters fit."""
    for number, char in enumerate(text):
        width -= text_width(char, size, bold=bold)
        if width < 0:
            return number
    return len(text)


def _pieces(text: str) -> list[str]:
    """Return the parts between which a line may be broken, spaces at their ends."""
    pieces = [""]
    for char in text:
        last = pieces[-1][-1:]
        wide = ord(char) >= CHINESE or (last and ord(last) >= CHINESE)
        if last == " " or (last and wide and char not in CLOSING):
            pieces.append("")
        pieces[-1] += char
    return [piece for piece in pieces if piece]
