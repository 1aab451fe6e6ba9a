"""Widths of text in the bundled fonts, and text fitted to a width, in the language in use.

The fonts have no kerning, so the width of a text is the sum of its characters' widths.
"""

import json
from functools import cache
from pathlib import Path

from convscope.lang import translate

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
MOST_WRAPPED = 10_000  # characters; a page is shorter
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
    """Return the width of one line as it is drawn (translated), in the unit of `size`."""
    return _width(translate(text), size, bold=bold)


def _width(text: str, size: float, *, bold: bool = False) -> float:
    widths = _widths("bold" if bold else "regular")
    return size * sum(widths.get(char, SQUARE) for char in text)


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return the text, shortened with an ellipsis where it is wider than `width`."""
    text = translate(text)
    if not _is_wider(text, width, size, bold=bold):
        return text
    room = width - _width("…", size, bold=bold)
    kept = text[: _fitting(text, 0, room, size, bold=bold)].rstrip()
    return kept + "…" if kept else ""


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return lines no wider than `width`; broken at spaces and between Chinese characters.

    Of a text longer than MOST_WRAPPED, the beginning is kept, with an ellipsis.
    """
    text = translate(text)
    if len(text) > MOST_WRAPPED:
        text = text[:MOST_WRAPPED] + "…"
    lines: list[str] = []
    line = ""
    for piece in _pieces(one_line(text)):
        if line and _is_wider((line + piece).rstrip(), width, size, bold=bold):
            lines.append(line.rstrip())
            line = ""
        line += piece
        if _is_wider(line.rstrip(), width, size, bold=bold):  # a word wider than a line
            *parts, line = _broken(line, width, size, bold=bold)
            lines += parts
    return [*lines, line.rstrip()] if line.strip() else lines


def _broken(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    """Return the parts of a word that is wider than a line; the last one fits."""
    parts, begin, end = [], 0, len(word.rstrip())
    while end - begin > 1:
        kept = max(1, _fitting(word, begin, width, size, bold=bold))
        if begin + kept >= end:
            break
        parts.append(word[begin : begin + kept])
        begin += kept
    return [*parts, word[begin:]]


def _is_wider(text: str, width: float, size: float, *, bold: bool) -> bool:
    """Return whether a text is wider than `width`; reads no more of it than needed."""
    widths = _widths("bold" if bold else "regular")
    total = 0.0
    for char in text:
        total += widths.get(char, SQUARE)
        if size * total > width:
            return True
    return False


def _fitting(text: str, begin: int, width: float, size: float, *, bold: bool) -> int:
    """Return how many characters from `begin` on fit."""
    for number in range(begin, len(text)):
        width -= _width(text[number], size, bold=bold)
        if width < 0:
            return number - begin
    return len(text) - begin


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
