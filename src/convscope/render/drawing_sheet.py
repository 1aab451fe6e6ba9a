"""Several payloads as one picture, with Pillow."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from convscope.render.drawing_page import (
    FAINT,
    LINE,
    MARGIN,
    NARROWEST,
    PAPER,
    check_size,
    wrapped,
    write,
)


def sheet_picture(
    pictures: Sequence[Image.Image], *, columns: int, title: str, caption: str
) -> Image.Image:
    """Pictures in rows, each row as high as its highest; words above and below."""
    rows = [pictures[i : i + columns] for i in range(0, len(pictures), columns)]
    across = [max(row[i].width for row in rows if i < len(row)) for i in range(len(rows[0]))]
    width = max(sum(across), NARROWEST)
    head = wrapped(title, width - 2 * MARGIN, size=18)
    lines = wrapped(caption, width - 2 * MARGIN)
    top = MARGIN // 2 + 26 * len(head) if head else 0
    bottom = top + sum(max(picture.height for picture in row) for row in rows)
    height = bottom + LINE * len(lines) + (MARGIN if lines else 0)
    check_size(width, height, what=f"{len(pictures)} pictures")
    made = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(made)
    for i, line in enumerate(head):
        write(pen, (MARGIN, MARGIN // 2 + 26 * i), line, size=18)
    y = top
    for row in rows:
        for picture, x in zip(row, _starts(across), strict=False):
            made.paste(picture, (x, y))
        y += max(picture.height for picture in row)
    for i, line in enumerate(lines):
        write(pen, (MARGIN, bottom + LINE * i), line, fill=FAINT)
    return made


def _starts(widths: Sequence[int]) -> list[int]:
    return [sum(widths[:i]) for i in range(len(widths))]
