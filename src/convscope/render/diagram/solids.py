"""Volumes in perspective: height and width of feature maps, channels as thickness.

Sizes are drawn on a root scale, so that 7x7 is visible beside 224x224; the true sizes are
written at each volume.
"""

from dataclasses import dataclass

from convscope.render.marks import Line, Mark, Point, Polygon
from convscope.shapes import CHW, Pair, Shape

TALLEST = 150.0
VISIBLE_DEPTH = 0.42  # drawn length of a side that points away, as a part of its length
ALONG, UP = 0.78, 0.6  # direction of the side that points away
MOST_SLABS = 8


@dataclass(frozen=True)
class Solid:
    """A volume whose front reaches from (0, -height/2) to (thickness, height/2).

    `fill`: a literal colour in place of that of the palette.
    """

    colour: str
    thickness: float
    height: float
    depth: float
    slabs: int
    fill: str = ""

    @property
    def width(self) -> float:
        return self.thickness + self.depth * ALONG

    @property
    def top(self) -> float:
        """The highest point, above the middle line."""
        return -self.height / 2 - self.depth * UP

    def side(self, u: float, v: float) -> Point:
        """Return a point of the right face: u of its depth, v of its height from the top."""
        return (
            self.thickness + u * self.depth * ALONG,
            -self.height / 2 + v * self.height - u * self.depth * UP,
        )


def solid(colour: str, shape: Shape, times: int, largest: int) -> Solid:
    """Return the volume of feature maps, or the bar of a vector.

    Args:
        largest: the side of the largest feature maps of the diagram.
    """
    slabs = min(times, MOST_SLABS)
    if not isinstance(shape, CHW):
        height = max(12.0, min(TALLEST, 12 + 2.1 * shape.features**0.5))
        return Solid(colour, 9.0 * slabs, height, 0.0, slabs)
    high, wide = (max(9.0, TALLEST * (side / largest) ** 0.5) for side in shape[1:])
    thick = min(56.0, 3 + 1.7 * shape.channels**0.5)
    if slabs > 3:
        thick = max(4.0, thick * 3 / slabs)
    return Solid(colour, thick * slabs, high, wide * VISIBLE_DEPTH, slabs)


def faces(volume: Solid) -> list[Mark]:
    """Return front, top and right side, with lines between the slabs."""
    low, high = volume.height / 2, -volume.height / 2
    dx, dy, t = volume.depth * ALONG, volume.depth * UP, volume.thickness
    outline = f"{volume.colour}-line"
    fill = volume.fill or volume.colour
    front = ((0, high), (t, high), (t, low), (0, low))
    marks: list[Mark] = [Polygon(front, fill, outline)]
    if volume.depth:
        top = ((0, high), (dx, high - dy), (t + dx, high - dy), (t, high))
        side = ((t, high), (t + dx, high - dy), (t + dx, low - dy), (t, low))
        marks.append(Polygon(top, fill, outline, opacity=0.45))
        marks.append(Polygon(side, fill, outline, opacity=0.7))
    for slab in range(1, volume.slabs):
        x = t * slab / volume.slabs
        marks.append(Line(((x + dx, high - dy), (x, high), (x, low))))
    return marks


def window(volume: Solid, kernel: Pair, shape: CHW) -> tuple[list[Mark], list[Point]]:
    """Return the window of one unit of the next layer on the right face, and its outer corners."""
    tall = min(1.0, max(kernel[0] / shape.height, 6 / volume.height))
    deep = min(1.0, max(kernel[1] / shape.width, 5 / max(volume.depth, 5)))
    u0, u1, v0, v1 = 0.5 - deep / 2, 0.5 + deep / 2, 0.5 - tall / 2, 0.5 + tall / 2
    corners = (volume.side(u0, v0), volume.side(u1, v0), volume.side(u1, v1), volume.side(u0, v1))
    return [Polygon(corners, "none", "ink")], [volume.side(u1, v0), volume.side(u1, v1)]
