"""Drawing of a separable convolution: weights as areas at one scale, and bars."""

from convscope.labs.layers.separable import Separable
from convscope.labs.pictures.bars import bars
from convscope.labs.pictures.marks import stacked
from convscope.lang import label
from convscope.render.marks import Box, Drawing, Mark, Text

WIDE, TALL, GAP = 640.0, 320.0, 60.0


def drawing(lab: Separable) -> Drawing:
    """Draw the three layers as areas, then their weights and multiply-accumulates."""
    costs = lab.costs()
    weights = [(label(cost.part), float(cost.weights)) for cost in costs]
    macs = [(label(cost.part), float(cost.macs)) for cost in costs]
    return stacked([_areas(lab), bars(label("weights"), weights), bars("MACs", macs)])


def _areas(lab: Separable) -> Drawing:
    """Draw O x C kernels of K x K, C of them, and O x C single weights."""
    outputs, channels, kernel = lab.outputs, lab.channels, lab.kernel
    unit = min((WIDE - GAP) / (2 * channels * kernel), TALL / (outputs * kernel), 14.0)
    right = channels * kernel * unit + GAP
    thick = max(2.0, kernel * unit)
    below = 30 + thick + 40
    size = f"{kernel} x {kernel}"
    boxes = (
        (0.0, 30.0, channels * kernel * unit, outputs * kernel * unit, "standard", size),
        (right, 30.0, channels * kernel * unit, thick, "depthwise", size),
        (right, below, max(2.0, channels * unit), max(2.0, outputs * unit), "pointwise", "1 x 1"),
    )
    marks: list[Mark] = []
    for x, y, width, height, part, window in boxes:
        marks.append(Text(x, y - 10, f"{label(part)} {window}", size=15, bold=True))
        marks.append(Box(x, y, width, height, fill="conv", stroke="conv-line"))
    high = max(30 + outputs * kernel * unit, below + outputs * unit)
    return Drawing(max(WIDE, right + channels * kernel * unit), high + 10, tuple(marks))
