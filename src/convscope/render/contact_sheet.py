"""Contact sheets: some images of each class, in rows beside the classes' names.

Every tile is a square that holds the whole image, so that odd proportions show. Small images are
enlarged by whole numbers, as squares.

Axes: H height, W width, 3 red, green, blue.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.render.frame import LINE, SMALL, framed, shortened
from convscope.render.marks import Box, Drawing, Image, Mark, Text
from convscope.render.text import ASCENT, wrapped

TILE, GAP = 96, 6
NAMES = 180.0  # room for the names
NAME, NAME_LINES = 14.0, 2
BETWEEN = 14  # rows; twice as much between the columns of a long list
MOST_ROWS = 200


class Row(NamedTuple):
    """One class: its name, a note under it, and its images in one line or more.

    Attributes:
        lines: lines under each other, such as the originals and their augmentations.
        line_names: one for each line, if there are several.
    """

    name: str
    note: str
    lines: tuple[tuple[NDArray[np.uint8], ...], ...]
    line_names: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        return max(1, len(self.lines)) * (TILE + GAP) - GAP + BETWEEN


def contact_sheet(rows: Sequence[Row], *, title: str, caption: str = "") -> Drawing:
    """Return a drawing of at most 200 rows; the caption states how many there are."""
    shown = list(rows[:MOST_ROWS])
    if len(shown) < len(rows):
        caption = f"The first {MOST_ROWS} of {len(rows):,} classes. {caption}".strip()
    across = max((len(line) for row in shown for line in row.lines), default=0)
    width = NAMES + max(1, across) * (TILE + GAP) - GAP
    total = sum(row.height for row in shown)
    columns = max(1, min(len(shown), math.ceil(math.sqrt(total / width / 1.5))))
    each = max(1, -(-len(shown) // columns))
    piles = [shown[i : i + each] for i in range(0, len(shown), each)]
    height = max((sum(row.height for row in pile) for pile in piles), default=BETWEEN) - BETWEEN
    step = width + 2 * BETWEEN
    marks: list[Mark] = []
    for number, pile in enumerate(piles):
        y = 0.0
        for row in pile:
            marks += _row(row, number * step, y)
            y += row.height
    size = max(1, len(piles)) * step - 2 * BETWEEN, max(1, height)
    return framed(marks, size, title=title, caption=caption)


def _row(row: Row, x: float, y: float) -> list[Mark]:
    room = NAMES - 14
    names = wrapped(row.name, room, NAME)
    if len(names) > NAME_LINES:
        names = [*names[: NAME_LINES - 1], " ".join(names[NAME_LINES - 1 :])]
    lines = [Text(x, 0, name, NAME) for name in names]
    marks: list[Mark] = []
    for text in [*lines, Text(x, 0, row.note, SMALL, colour="muted")]:
        y_text = y + ASCENT * text.size + LINE * sum(t.size for t in lines[: len(marks)])
        marks.append(shortened(replace(text, y=y_text), room))
    for number, line in enumerate(row.lines):
        top = y + number * (TILE + GAP)
        if row.line_names:
            text = Text(x + room, top + TILE - 6, row.line_names[number], SMALL, "end")
            marks.append(shortened(text, room))
        for column, image_HW3 in enumerate(line):
            marks += _tile(image_HW3, x + NAMES + column * (TILE + GAP), top)
    return marks


def _tile(image_HW3: NDArray[np.uint8], x: float, y: float) -> list[Mark]:
    """Return an image within a square, as large as possible."""
    longest = max(image_HW3.shape[:2])
    small = longest <= TILE // 2
    zoom = TILE // longest if small else TILE / longest
    height, width = (side * zoom for side in image_HW3.shape[:2])
    at = x + (TILE - width) / 2, y + (TILE - height) / 2
    return [
        Box(x, y, TILE, TILE, fill="shade"),
        Image(*at, width, height, _reduced(image_HW3), smooth=not small),
    ]


def _reduced(image_HW3: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the image at no more than twice the size of a tile."""
    from PIL import Image as PilImage

    longest = max(image_HW3.shape[:2])
    if longest <= 2 * TILE:
        return image_HW3
    size = [max(1, round(side * 2 * TILE / longest)) for side in image_HW3.shape[1::-1]]
    picture = PilImage.fromarray(np.ascontiguousarray(image_HW3))
    return np.asarray(
        picture.resize((size[0], size[1]), PilImage.Resampling.LANCZOS, reducing_gap=3.0)
    )
