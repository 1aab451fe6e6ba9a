"""Drawing of a kernel as columns that stand on a plane, and its cross-section."""

import math

import numpy as np
from numpy.typing import NDArray

from convscope.labs.pictures.marks import signed_colour, stacked
from convscope.labs.surface import Surface
from convscope.lang import label
from convscope.payload import Curves, Series
from convscope.render import payloads
from convscope.render.frame import without_margin
from convscope.render.marks import Drawing, Mark, Point, Polygon, Text

WIDTH, HEIGHT = 560.0, 380.0
TURN = math.radians(-35)
TILT = 0.5  # height of a unit of depth
TALL = 170.0  # pixels of the largest magnitude
FILL = 0.43  # half the side of a column in its cell
SHADES = {"top": 1.0, "left": 0.72, "right": 0.85}


def drawing(lab: Surface) -> Drawing:
    """Draw the surface, and the middle row as a curve."""
    return stacked([_columns(lab.name, lab.kernel), _section(lab)])


def _columns(name: str, kernel: NDArray[np.float64]) -> Drawing:
    """Draw each weight as a column, the farthest first; above the plane up, below it down."""
    rows, columns = kernel.shape
    unit = 0.66 * WIDTH / math.hypot(rows, columns)
    largest = float(np.abs(kernel).max()) or 1.0
    sine, cosine = math.sin(TURN), math.cos(TURN)

    def at(x: float, y: float, z: float) -> Point:
        across, depth = x * cosine - y * sine, x * sine + y * cosine
        low = HEIGHT / 2 + 50 + unit * TILT * depth
        return WIDTH / 2 + unit * across, low - TALL * z / largest

    places = [
        (x * sine + y * cosine, x, y, float(kernel[i, j]))
        for i, j in np.ndindex(rows, columns)
        for x, y in [(j - (columns - 1) / 2, i - (rows - 1) / 2)]
    ]
    marks: list[Mark] = [Text(0, 20, name, size=18, bold=True)]
    for _, x, y, value in sorted(places):
        low, high = min(0.0, value), max(0.0, value)
        colour = signed_colour(value, largest)
        near, left, right = x - FILL, x + FILL, y + FILL
        faces = {
            "left": ((near, y - FILL), (near, right)),
            "right": ((near, right), (left, right)),
        }
        for side, ((x0, y0), (x1, y1)) in faces.items():
            points = (at(x0, y0, low), at(x1, y1, low), at(x1, y1, high), at(x0, y0, high))
            marks.append(Polygon(points, fill=_shaded(colour, SHADES[side]), stroke="grid"))
        top = ((near, y - FILL), (left, y - FILL), (left, right), (near, right))
        marks.append(Polygon(tuple(at(a, b, high) for a, b in top), fill=colour, stroke="grid"))
    return Drawing(WIDTH, HEIGHT, tuple(marks))


def _shaded(colour: str, light: float) -> str:
    return "#" + "".join(f"{int(part * light):02x}" for part in bytes.fromhex(colour[1:]))


def _section(lab: Surface) -> Drawing:
    section = lab.section
    places = tuple(float(x) for x in np.arange(len(section)) - len(section) // 2)
    line = Series(name=lab.name, x=places, y=tuple(float(v) for v in section))
    curves = Curves(
        title=label("middle row"),
        x_label="pixels from the centre",
        y_label="weight",
        series=(line,),
    )
    return without_margin(payloads.drawing(curves))
