"""Texts of a drawing that overlap something or leave their room, by the widths of the font."""

import numpy as np

from convscope.render.marks import Box, Circle, Drawing, Image, Text, leaves


def touching(drawing: Drawing, *, lang: str = "en") -> list[str]:
    """Return the texts that touch another text or an image, or leave the drawing.

    Texts of several languages of one page stand in the same place: one of them is shown.
    """
    marks = leaves(drawing.marks)
    texts = [
        (mark.text, mark.bounds())
        for mark in marks
        if isinstance(mark, Text) and mark.text and mark.lang in ("", lang)
    ]
    images = [("image", mark.bounds()) for mark in marks if isinstance(mark, Image)]
    found = [
        f"{name!r} leaves the drawing"
        for name, (left, top, right, bottom) in texts
        if left < -0.1 or top < -0.1 or right > drawing.width + 0.1 or bottom > drawing.height + 0.1
    ]
    others = [*texts, *images]
    across, down = _common([box for _, box in texts], [box for _, box in others])
    for i, j in np.argwhere((across > 0.5) & (down > 0.5)):
        if i < j:  # each pair once
            found.append(f"{texts[i][0]!r} touches {others[j][0]!r}")
    return found


def _common(ones, others):
    """Return width and height of what each pair of boxes has in common, below 0 for a gap."""
    a = np.array(ones, float).reshape(-1, 1, 4)
    b = np.array(others, float).reshape(1, -1, 4)
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    return np.moveaxis(high - low, 2, 0)


def outside_its_box(drawing: Drawing) -> list[str]:
    """Return the texts that cross the edge of a filled box or circle: they lie in it, or beside."""
    marks = leaves(drawing.marks)
    shapes = [
        mark.bounds()
        for mark in marks
        if isinstance(mark, Box | Circle) and mark.fill != "none" and mark.opacity > 0.1
    ]
    texts = [mark for mark in marks if isinstance(mark, Text) and mark.text]
    boxes = []
    for mark in texts:
        left, top, right, bottom = mark.bounds()
        # of the letters
        boxes.append((left, top + 0.17 * mark.size, right, bottom - 0.07 * mark.size))
    across, down = _common(boxes, shapes)
    sizes = np.array(boxes, float).reshape(-1, 1, 4)
    width, height = sizes[..., 2] - sizes[..., 0], sizes[..., 3] - sizes[..., 1]
    inside = (across >= width - 0.5) & (down >= height - 0.5)
    crossing = np.argwhere((across > 0.5) & (down > 0.5) & ~inside)
    return [f"{texts[i].text!r} crosses the edge of its box" for i, _ in crossing]
