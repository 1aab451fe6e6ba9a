"""Texts of a drawing that overlap something or leave their room, by the widths of the font."""

import itertools

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
    pairs = [*itertools.combinations(texts, 2), *itertools.product(texts, images)]
    for (name, a), (other, b) in pairs:
        across = min(a.right, b.right) - max(a.left, b.left)
        down = min(a.bottom, b.bottom) - max(a.top, b.top)
        if across > 0.5 and down > 0.5:
            found.append(f"{name!r} touches {other!r}")
    return found


def outside_its_box(drawing: Drawing) -> list[str]:
    """Return the texts that cross the edge of a filled box or circle: they lie in it, or beside."""
    marks = leaves(drawing.marks)
    shapes = [
        mark.bounds()
        for mark in marks
        if isinstance(mark, Box | Circle) and mark.fill != "none" and mark.opacity > 0.1
    ]
    found = []
    for mark in marks:
        if not isinstance(mark, Text) or not mark.text:
            continue
        left, top, right, bottom = mark.bounds()
        top, bottom = top + 0.17 * mark.size, bottom - 0.07 * mark.size  # of the letters
        for box in shapes:
            across = min(right, box.right) - max(left, box.left)
            down = min(bottom, box.bottom) - max(top, box.top)
            inside = across >= right - left - 0.5 and down >= bottom - top - 0.5
            if across > 0.5 and down > 0.5 and not inside:
                found.append(f"{mark.text!r} crosses the edge of its box")
    return found
