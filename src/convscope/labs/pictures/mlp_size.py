"""Drawing of the MLP size lab: two squares whose areas are the numbers of parameters."""

import math

from convscope.labs.pictures.marks import stacked
from convscope.labs.shapes.mlp_size import Count, MLPSize
from convscope.lang import label
from convscope.render.marks import Box, Drawing, Mark, Text

SIDE = 360.0  # pixels of the larger square
COLUMN = 440.0


def drawing(lab: MLPSize) -> Drawing:
    """Draw the parameters of both layers as areas on one scale."""
    counts = (lab.fully_connected(), lab.convolution())
    most = max(count.parameters for count in counts)
    marks: list[Mark] = []
    for order, count in enumerate(counts):
        marks += _square(order, count, most)
    return stacked([Drawing(2 * COLUMN, SIDE + 60, tuple(marks))])


def _square(order: int, count: Count, most: int) -> list[Mark]:
    side = max(1.0, SIDE * math.sqrt(count.parameters / most))
    x = order * COLUMN
    words = f"{label(count.kind)}: {count.parameters:,}"
    return [
        Text(x, 18, words, size=16, bold=True),
        Text(x, 40, f"{count.size_bytes / 1e6:,.4g} MB", size=14, colour="muted"),
        Box(x, 60 + SIDE - side, side, side, fill=f"series-{order}"),
    ]
