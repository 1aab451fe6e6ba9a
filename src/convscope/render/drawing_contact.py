"""A contact sheet: some images of each class, in rows beside the classes' names.

Every tile is square and holds the whole image: nothing is cut off, so that odd proportions show.
Small images are enlarged by whole numbers, never blurred.

Legend: H height, W width, 3 red, green, blue.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from convscope.render.drawing_page import FAINT, check_size, cut, encoded, page, write

TILE, GAP = 96, 6
NAMES = 150  # room for the names
BETWEEN = 14  # rows; twice as much between the columns of a long list
GROUND = "#f1f3f5"
MOST_ROWS = 200


class Row(NamedTuple):
    """One class: its name, a few words under it, and its images in one line or more.

    Attributes:
        lines: what belongs under each other, as an image and what augmentation makes of it.
        words: one for each line, where there is more than one.
    """

    name: str
    note: str
    lines: tuple[tuple[NDArray[np.uint8], ...], ...]
    words: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        return max(1, len(self.lines)) * (TILE + GAP) - GAP + BETWEEN


def contact_sheet(rows: Sequence[Row], *, title: str, caption: str = "") -> bytes:
    """A PNG file. At most 200 rows are drawn; the caption then says so.

    Raises:
        InputError: more than 64 million pixels.
    """
    shown = list(rows[:MOST_ROWS])
    if len(shown) < len(rows):
        caption = f"The first {MOST_ROWS} of {len(rows):,} classes. {caption}".strip()
    across = max((len(line) for row in shown for line in row.lines), default=0)
    width = NAMES + max(1, across) * (TILE + GAP) - GAP
    total = sum(row.height for row in shown)
    columns = max(1, min(len(shown), math.ceil(math.sqrt(total / width / 1.5))))
    piles = _piles(shown, columns)
    height = max((sum(row.height for row in pile) for pile in piles), default=BETWEEN) - BETWEEN
    step = width + 2 * BETWEEN
    size_WH = (max(1, len(piles) * step - 2 * BETWEEN), max(1, height))
    check_size(*size_WH, what=f"{len(shown)} classes")
    sheet = Image.new("RGB", size_WH, "#ffffff")
    for number, pile in enumerate(piles):
        y = 0
        for row in pile:
            _draw_row(sheet, row, (number * step, y))
            y += row.height
    return encoded(page(sheet, title=title, caption=caption, scale=None))


def _piles(rows: list[Row], columns: int) -> list[list[Row]]:
    """The rows in order, in columns of about one height."""
    each = -(-len(rows) // columns) if rows else 1
    return [rows[i : i + each] for i in range(0, len(rows), each)]


def _draw_row(sheet: Image.Image, row: Row, at: tuple[int, int]) -> None:
    x, y = at
    pen = ImageDraw.Draw(sheet)
    room = NAMES - 14
    write(pen, (x, y + 4), cut(row.name, room, size=15), size=15)
    write(pen, (x, y + 26), cut(row.note, room, size=12), size=12, fill=FAINT)
    for number, line in enumerate(row.lines):
        top = y + number * (TILE + GAP)
        if row.words:
            words = cut(row.words[number], room, size=12)
            write(pen, (x + room, top + TILE - 6), words, size=12, fill=FAINT, anchor="rs")
        for place, image_HW3 in enumerate(line):
            tile = _tile(image_HW3)
            sheet.paste(tile, (x + NAMES + place * (TILE + GAP), top), _rounded())


def _tile(image_HW3: NDArray[np.uint8]) -> Image.Image:
    """An image within a square, as large as it goes."""
    picture = Image.fromarray(np.ascontiguousarray(image_HW3))
    longest = max(picture.size)
    if longest <= TILE // 2:
        zoom = TILE // longest
        size = (picture.width * zoom, picture.height * zoom)
        picture = picture.resize(size, Image.Resampling.NEAREST)
    elif longest != TILE:
        size = tuple(max(1, round(side * TILE / longest)) for side in picture.size)  # type: ignore[assignment]
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    tile = Image.new("RGB", (TILE, TILE), GROUND)
    tile.paste(picture, ((TILE - picture.width) // 2, (TILE - picture.height) // 2))
    return tile


def _rounded() -> Image.Image:
    """The mask of a tile: corners that are a little round."""
    large = Image.new("L", (TILE * 4, TILE * 4), 0)
    ImageDraw.Draw(large).rounded_rectangle((0, 0, TILE * 4 - 1, TILE * 4 - 1), 16, fill=255)
    return large.resize((TILE, TILE), Image.Resampling.BOX)
