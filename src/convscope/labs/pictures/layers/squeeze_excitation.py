"""Drawing of squeeze-and-excitation: the image, and each channel with its mean and its factor."""

import numpy as np
from numpy.typing import NDArray

from convscope.labs.layers.squeeze_excitation import SqueezeExcitation
from convscope.labs.numbers import number
from convscope.labs.pictures.marks import centred, stacked
from convscope.lang import label
from convscope.render.marks import Box, Circle, Drawing, Line, Mark, Text

MAP, ROW = 56.0, 66.0
MEAN, HIDDEN, GATE, SCALED = 80.0, 300.0, 400.0, 560.0  # left ends of the columns
BAR = 70.0


def drawing(lab: SqueezeExcitation) -> Drawing:
    """Draw the image above, and one row for each channel."""
    image: list[Mark] = [Text(0, 14, label("image"), size=15, bold=True)]
    image += _grey(lab.image, 0, 24, 96, 1.0)
    return stacked([Drawing(96, 120, tuple(image)), _channels(lab)])


def _channels(lab: SqueezeExcitation) -> Drawing:
    top, height = 30.0, ROW * lab.channels
    heads = (("map", 0), ("mean", MEAN), ("hidden", HIDDEN - 30), ("factor", GATE))
    marks: list[Mark] = [Text(x, 16, label(name), size=15, bold=True) for name, x in heads]
    marks.append(Text(SCALED, 16, label("scaled"), size=15, bold=True))
    largest = float(lab.maps.max()) or 1.0

    def middle(place: int, count: int) -> float:
        return top + height * (place + 0.5) / count

    for channel in range(lab.channels):
        y = middle(channel, lab.channels)
        hidden = channel // lab.reduction
        at = middle(hidden, lab.hidden)
        marks.append(Line(((MEAN + BAR + 60, y), (HIDDEN, at)), stroke="series-0", thick=1.5))
        marks.append(Line(((HIDDEN, at), (GATE - 8, y)), stroke="series-0", thick=1.5))
        marks += _grey(lab.maps[channel], 0, y - MAP / 2, MAP, largest)
        marks += _bar(MEAN, y, float(lab.squeezed[channel]), "frame")
        marks += _bar(GATE, y, float(lab.gates[channel]), "series-0")
        marks += _grey(lab.scaled[channel], SCALED, y - MAP / 2, MAP, largest)
    for unit, value in enumerate(lab.excited):
        y = middle(unit, lab.hidden)
        marks.append(Circle(HIDDEN, y, 24, fill="paper", stroke="series-0", thick=2))
        marks.append(centred(HIDDEN, y, number(round(float(value), 2)), size=13))
    return Drawing(SCALED + MAP + 10, top + height + 6, tuple(marks))


def _bar(x: float, y: float, share: float, fill: str) -> list[Mark]:
    box = Box(x, y - 7, max(1.0, BAR * share), 14, fill=fill, stroke=fill)
    return [box, Text(x + BAR * share + 6, y + 5, number(round(share, 3)), size=13)]


def _grey(
    values: NDArray[np.float64], x: float, y: float, side: float, largest: float
) -> list[Mark]:
    """Return pixels from black to white."""
    cell = side / len(values)
    marks: list[Mark] = []
    for (row, column), value in np.ndenumerate(values):
        level = round(255 * min(1.0, max(0.0, float(value) / largest)))
        fill = f"#{level:02x}{level:02x}{level:02x}"
        marks.append(Box(x + column * cell, y + row * cell, cell, cell, fill=fill, stroke=fill))
    return marks
