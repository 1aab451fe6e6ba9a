"""Drawing of the receptive field: layers from the side with the cone of one unit, and the plane."""

from collections.abc import Sequence

from convscope.labs.layers.receptive_field import ReceptiveField
from convscope.labs.pictures.bars import bars
from convscope.labs.pictures.marks import abreast, stacked
from convscope.lang import label
from convscope.render.marks import Box, Circle, Drawing, Mark, Polygon, Text

WIDE, ROW, TOP, NAME = 520.0, 56.0, 44.0, 90.0
PLANE = 220.0
MARGIN = 2  # units beside the field
MOST_SHADES = 64  # side of a field whose pixels are drawn


def drawing(labs: Sequence[ReceptiveField], channels: int) -> Drawing:
    """Draw each stack, and the weights of all of them as bars."""
    side = max(lab.fields[-1].field for lab in labs) + 2 * MARGIN
    parts = [abreast([_side_view(lab, side), _plane(lab, side)], gap=40) for lab in labs]
    rows = [(lab.name, float(lab.weights(channels))) for lab in labs]
    named = max(len(name) for name, _ in rows) * 8.0
    costs = bars(f"{label('weights')}, C = {channels}", rows)
    return stacked([*parts, Drawing(costs.width + named, costs.height, costs.marks)])


def _side_view(lab: ReceptiveField, side: int) -> Drawing:
    """Draw the units that one unit of the last layer reads, in every layer below."""
    step = (WIDE - NAME) / side
    radius = min(9.0, 0.36 * step)
    last = lab.fields[-1].field
    start = NAME + step * (side - last) / 2
    depth = len(lab.layers)
    intervals = _intervals(lab)
    marks: list[Mark] = [Text(0, 18, lab.name, size=16, bold=True)]

    def at(layer: int, place: float) -> tuple[float, float]:
        """Return the middle of a unit: `place` counts from the left end of the cone."""
        field = lab.fields[layer]
        across = place * field.jump + field.field / 2
        return start + step * across, TOP + ROW * (depth - layer)

    left = [at(layer, 0) for layer in range(depth + 1)]
    right = [at(layer, count - 1) for layer, count in enumerate(intervals)]
    cone = [(x - radius - 2, y) for x, y in left] + [(x + radius + 2, y) for x, y in right[::-1]]
    marks.append(Polygon(tuple(cone), fill="conv"))
    for layer, count in enumerate(intervals):
        name = label("input") if layer == 0 else str(lab.layers[layer - 1])
        marks.append(Text(0, at(layer, 0)[1] + 5, name, size=14, colour="muted"))
        marks += [
            Circle(*at(layer, place), radius, fill="series-0", stroke="edge")
            for place in range(count)
        ]
    return Drawing(WIDE, TOP + ROW * depth + 20, tuple(marks))


def _intervals(lab: ReceptiveField) -> list[int]:
    """Return how many units of each layer the unit at the top reads, from the input up."""
    counts = [1]
    for layer in reversed(lab.layers):
        counts.append((counts[-1] - 1) * layer.stride + layer.dilation * (layer.kernel - 1) + 1)
    return counts[::-1]


def _plane(lab: ReceptiveField, side: int) -> Drawing:
    """Draw the field in the plane; the shade is the number of paths from a pixel to the unit."""
    paths = lab.paths()
    cell = PLANE / side
    first = (side - len(paths)) / 2 * cell
    field = lab.fields[-1]
    marks: list[Mark] = [
        Text(0, 18, f"{field.field} x {field.field}", size=16, bold=True),
        Box(0, 30, PLANE, PLANE, fill="paper", stroke="edge"),
    ]
    most = float(paths.max()) ** 2
    if len(paths) <= MOST_SHADES:
        for row, down in enumerate(paths):
            for column, across in enumerate(paths):
                share = float(down * across) / most
                if share > 0:
                    fill = _shade(share)
                    box = (first + column * cell, 30 + first + row * cell, cell, cell)
                    marks.append(Box(*box, fill=fill, stroke=fill))
    else:
        marks.append(Box(first, 30 + first, len(paths) * cell, len(paths) * cell, fill="series-0"))
    return Drawing(PLANE, 30 + PLANE, tuple(marks))


def _shade(share: float) -> str:
    """Return white to blue; the square root keeps the edges of the field in view."""
    strength = 0.2 + 0.8 * float(share) ** 0.5
    parts = (255 + (end - 255) * strength for end in (0, 114, 178))
    return "#" + "".join(f"{round(part):02x}" for part in parts)
