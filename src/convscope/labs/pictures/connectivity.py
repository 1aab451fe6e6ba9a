"""Drawings of the connectivity lab: connections of one unit, and the receptive field by depth."""

from convscope.labs.connectivity import KINDS, Connectivity, Kind, links
from convscope.labs.pictures.marks import stacked, unit
from convscope.render.marks import Circle, Drawing, Line, Mark, Text
from convscope.render.palette import series

ACROSS, DOWN, RADIUS = 62.0, 150.0, 17.0
PANEL = DOWN + 110
NOTES: dict[Kind, str] = {
    "fully connected": "every connection has a weight of its own",
    "locally connected": "few connections, each with a weight of its own",
    "convolution": "few connections with the same weights everywhere: one colour per weight",
}
MOST_LAYERS = 4


def _panel(
    kind: Kind, left: float, top: float, *, view: str, units: int, kernel: int
) -> list[Mark]:
    """Draw one kind of layer; the connections of the middle unit are emphasised."""
    middle, end = units // 2, {"input": 0, "output": 1}[view]
    connections = links(kind, units=units, kernel=kernel)

    def position(place: int, row: int) -> tuple[float, float]:
        return left + place * ACROSS + RADIUS, top + (1 - row) * DOWN + RADIUS

    def line(input: int, output: int, colour: str, thick: float) -> Line:
        return Line((position(input, 0), position(output, 1)), stroke=colour, thick=thick)

    marks: list[Mark] = [line(link.input, link.output, "grid", 1) for link in connections]
    strong = [link for link in connections if link[end] == middle]
    for link in strong:
        colour = series(link.weight) if kind == "convolution" else "ink"
        marks.append(line(link.input, link.output, colour, 3.5))
    reached = {link[1 - end] for link in strong}
    for row, letter in ((0, "x"), (1, "s")):
        for place in range(units):
            fill = "paper"
            if row == end and place == middle:
                fill = "norm"
            elif row != end and place in reached:
                fill = "conv"
            marks += unit(*position(place, row), RADIUS, f"{letter}{place + 1}", fill=fill)
    return marks


def links_drawing(*, kernel: int = 3) -> Drawing:
    """Draw the three kinds: outputs that read one input (left), inputs of one output (right)."""
    units = max(7, 2 * kernel - 1)
    width = units * ACROSS
    marks: list[Mark] = [
        Text(40, 30, "Outputs that read one input", size=17, bold=True),
        Text(80 + width, 30, "Inputs that one output reads", size=17, bold=True),
    ]
    for order, kind in enumerate(KINDS):
        top = 90 + order * PANEL
        connections = links(kind, units=units, kernel=kernel)
        weights = len({link.weight for link in connections})
        words = f"{kind}: {len(connections)} connections, {weights} weights"
        marks.append(Text(40, top - 26, words, size=15))
        marks.append(Text(80 + width, top - 26, NOTES[kind], size=15, colour="muted"))
        marks += _panel(kind, 40, top, view="input", units=units, kernel=kernel)
        marks += _panel(kind, 80 + width, top, view="output", units=units, kernel=kernel)
    return Drawing(max(2 * width, width + 560) + 120, len(KINDS) * PANEL + 40, tuple(marks))


def field_drawing(*, depth: int, kernel: int = 3) -> Drawing:
    """Draw the receptive field of one unit of the top layer, layer by layer."""
    half = kernel // 2
    units = depth * (kernel - 1) + 5
    across, down, radius = 52.0, 84.0, 14.0

    def position(place: int, layer: int) -> tuple[float, float]:
        return 40 + place * across, 76 + (depth - layer) * down

    title = f"Receptive field of one unit of layer {depth}, by depth"
    lines: list[Mark] = []
    units_marks: list[Mark] = [Text(30, 30, title, size=17, bold=True)]
    for layer in range(depth, -1, -1):
        reach = (depth - layer) * half
        for place in range(units):
            inside = abs(place - units // 2) <= reach
            for below in range(max(0, place - half), min(units, place + half + 1)) if layer else ():
                ends = (position(place, layer), position(below, layer - 1))
                colour, thick = ("series-0", 2.0) if inside else ("grid", 1.0)
                lines.append(Line(ends, stroke=colour, thick=thick))
            fill = "conv" if inside else "paper"
            units_marks.append(Circle(*position(place, layer), radius, fill=fill, stroke="edge"))
        name = "input" if layer == 0 else f"layer {layer}"
        x, y = position(units, layer)
        seen = 2 * reach + 1
        words = f"{name}: {seen} unit{'s' * (seen > 1)}"
        units_marks.append(Text(x, y + 5, words, size=15))
    return Drawing(units * across + 200, depth * down + 120, (*lines, *units_marks))


def drawing(lab: Connectivity) -> Drawing:
    """Draw the connections, and the growth of the receptive field."""
    kernel = lab.kernel if lab.kernel % 2 else lab.kernel + 1  # a centred window is odd
    depth = min(lab.depth, MOST_LAYERS)
    return stacked([links_drawing(kernel=kernel), field_drawing(depth=depth, kernel=kernel)])
