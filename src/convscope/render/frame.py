"""Frame of a payload's picture: title above, colour bar and caption below."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from convscope.lang import label as label_of
from convscope.payload import Scale
from convscope.render.marks import Box, Drawing, Group, Image, Mark, Text, moved
from convscope.render.text import ASCENT, cut, one_line, text_width, wrapped

MARGIN = 20.0
TITLE, TEXT, SMALL = 16.0, 13.0, 12.0
LINE = 1.4  # ems from one line to the next
NARROWEST = 420.0  # so that captions can be read
USUAL_WIDTH = 1400.0  # text grows with pictures that are much wider
BAR = (256.0, 12.0)
READABLE = 1300.0  # width at which text can still be read where a README shrinks the picture


def framed(
    marks: Sequence[Mark],
    size: tuple[float, float],
    *,
    title: str,
    caption: str,
    scale: Scale | None = None,
    strip: NDArray[np.uint8] | None = None,
    times: int | None = None,
) -> Drawing:
    """Return a drawing of marks that fill `size` from (0, 0), with title and caption.

    Args:
        strip: the colours of the scale from low to high, where they are not its own.
        times: how much larger text is than usual; by default as much as the marks are wider.
    """
    times = times or max(1, round(size[0] / USUAL_WIDTH))
    margin = MARGIN * times
    width = max(size[0], NARROWEST * times)
    head = paragraph(label_of(title), width, TITLE * times)
    y = margin + height_of(head)
    parts = moved(head, margin, margin)
    y = math.ceil(y + (8 * times if head else 0))  # whole, so that pixels of images stay sharp
    parts += moved(marks, margin, y)
    y += size[1]
    if scale is not None:
        bar, height = colour_bar(scale, width, times, strip)
        parts += moved(bar, margin, y + 14 * times)
        y += 14 * times + height
    tail = paragraph(caption, width, TEXT * times, colour="muted")
    y += 10 * times if tail else 0
    parts += moved(tail, margin, y)
    y += height_of(tail)
    description = one_line(caption)
    return Drawing(width + 2 * margin, y + margin, tuple(parts), one_line(title), description)


def without_margin(drawing: Drawing, *, cut: float = MARGIN) -> Drawing:
    """Return the drawing of a payload without its margins, for a place among others."""
    marks = tuple(moved(drawing.marks, -cut, -cut))
    size = drawing.width - 2 * cut, drawing.height - 2 * cut
    return replace(drawing, width=size[0], height=size[1], marks=marks)


def paragraph(text: str, width: float, size: float, *, colour: str = "ink") -> list[Mark]:
    """Return lines of text that fit into a width, from (0, 0) downwards."""
    return [
        Text(0, ASCENT * size + LINE * size * number, line, size, colour=colour)
        for number, line in enumerate(wrapped(text, width, size))
    ]


def height_of(lines: Sequence[Mark]) -> float:
    """Return the height of a paragraph."""
    sizes = [line.size for line in lines if isinstance(line, Text)]
    return LINE * sum(sizes)


def shortened(mark: Text, width: float) -> Mark:
    """Return the text cut to a width, with the whole text as its tooltip where it was cut."""
    text = one_line(mark.text)
    shown = cut(text, width, mark.size, bold=mark.bold)
    return mark if shown == text else Group((replace(mark, text=shown),), tooltip=text)


def scale_strip(scale: Scale, *, num: int = 256) -> NDArray[np.uint8]:
    """Return the colours of a scale from low to high: (1, num, 3)."""
    ramp = np.linspace(scale.low, scale.high, num, dtype=np.float32)
    if scale.colours == "rgb":
        return scale.paint(np.stack([ramp] * 3, axis=1))[None]
    return scale.paint(ramp)[None]


def colour_bar(
    scale: Scale, width: float, times: int, strip: NDArray[np.uint8] | None = None
) -> tuple[list[Mark], float]:
    """Return the colours of a scale with its ends, zero and label, and their height."""
    across, down = BAR[0] * times, BAR[1] * times
    size = SMALL * times
    label = one_line(label_of(scale.label))
    beside = text_width(label, size) <= width - across - 12 * times
    above = [] if beside else paragraph(label, width, size, colour="muted")
    y = height_of(above)
    baseline = y + down + 3 * times + ASCENT * size
    low, high = f"{scale.low:.4g}", f"{scale.high:.4g}"
    marks: list[Mark] = [
        *above,
        Image(0, y, across, down, scale_strip(scale) if strip is None else strip),
        Box(0, y, across, down, stroke="frame", thick=times / 2),
        Text(0, baseline, low, size),
        Text(across, baseline, high, size, "end"),
    ]
    zero = across * -scale.low / (scale.high - scale.low)
    half = text_width("0", size) / 2 + 8 * times
    if text_width(low, size) + half < zero < across - text_width(high, size) - half:
        marks.append(Text(zero, baseline, "0", size, "middle"))
    if beside and label:
        at = across + 12 * times, y + down - 1.5 * times
        marks.append(Text(*at, label, size, colour="muted"))
    return marks, y + down + 3 * times + LINE * size
