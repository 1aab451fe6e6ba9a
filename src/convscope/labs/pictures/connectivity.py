"""Drawings of the connectivity lab: connections of one unit, and the receptive field by depth."""

from convscope.labs.connectivity import KINDS, Connectivity, Kind, Link
from convscope.labs.pictures.marks import stacked, unit
from convscope.render.marks import Circle, Drawing, Line, Mark, Text
from convscope.render.palette import series
from convscope.text import counted

PANEL = 440.0  # width of one panel, between the middles of its outer units
ACROSS, DOWN, RADIUS = 62.0, 130.0, 17.0
HIGH = DOWN + 100  # from one kind to the next
LEGIBLE = 11.0  # radius from which a unit holds its name
NOTES: dict[Kind, str] = {
    "fully connected": "every connection has a weight of its own",
    "locally connected": "few connections, each with a weight of its own",
    "convolution": "few connections, one colour per weight: the same everywhere",
}
MOST_LAYERS, MOST_UNITS = 4, 48  # of the drawn receptive field
FIELD = 760.0  # width of the receptive field's input


class _Panel:
    """Places of the inputs and outputs of one kind of layer, the connections between them."""

    def __init__(self, links: tuple[Link, ...], left: float, top: float) -> None:
        self.links = links
        self.left, self.top = left, top
        self.inputs = max(link.input for link in links) + 1
        self.outputs = max(link.output for link in links) + 1
        self.across = min(ACROSS, PANEL / (self.inputs - 1))
        self.radius = min(RADIUS, 0.42 * self.across)

    def input(self, place: int) -> tuple[float, float]:
        return self.left + RADIUS + place * self.across, self.top + DOWN + RADIUS

    def output(self, place: int, stride: int) -> tuple[float, float]:
        return self.left + RADIUS + place * stride * self.across, self.top + RADIUS


def _panel(panel: _Panel, kind: Kind, *, view: str, stride: int) -> list[Mark]:
    """Draw one kind of layer; the connections of the middle unit are emphasised."""
    end = {"input": 0, "output": 1}[view]
    middle = (panel.inputs // 2, panel.outputs // 2)[end]
    strong = [link for link in panel.links if link[end] == middle]
    radius = panel.radius

    def line(link: Link, colour: str, thick: float) -> Line:
        ends = panel.input(link.input), panel.output(link.output, stride)
        return Line(ends, stroke=colour, thick=thick)

    marks: list[Mark] = [line(link, "grid", 1) for link in panel.links]
    shared = kind == "convolution"
    marks += [line(link, series(link.weight) if shared else "ink", 3) for link in strong]
    reached = {link[1 - end] for link in strong}
    for row, letter in ((0, "x"), (1, "s")):
        for place in range((panel.inputs, panel.outputs)[row]):
            fill = "paper"
            if row == end and place == middle:
                fill = "norm"
            elif row != end and place in reached:
                fill = "conv"
            at = panel.output(place, stride) if row else panel.input(place)
            name = f"{letter}{place + 1}" if radius >= LEGIBLE else ""
            marks += unit(*at, radius, name, fill=fill)
    return marks


def links_drawing(lab: Connectivity) -> Drawing:
    """Draw the three kinds: outputs that read one input (left), inputs of one output (right)."""
    second = 80 + PANEL + 2 * RADIUS
    layer = f"kernel {lab.kernel}, stride {lab.stride}"
    marks: list[Mark] = [
        Text(40, 30, "Outputs that read one input", size=17, bold=True),
        Text(second, 30, "Inputs that one output reads", size=17, bold=True),
        Text(40, 52, f"{layer}; one dimension is drawn", size=14, colour="muted"),
    ]
    for order, kind in enumerate(KINDS):
        top = 112 + order * HIGH
        links = lab.links(kind)
        weights = len({link.weight for link in links})
        connections = counted(len(links), "connection")
        words = f"{kind}: {connections}, {counted(weights, 'weight')}"
        marks.append(Text(40, top - 22, words, size=15))
        marks.append(Text(second, top - 22, NOTES[kind], size=15, colour="muted"))
        for left, view in ((40.0, "input"), (second, "output")):
            marks += _panel(_Panel(links, left, top), kind, view=view, stride=lab.stride)
    return Drawing(second + PANEL + 2 * RADIUS + 20, 112 + len(KINDS) * HIGH, tuple(marks))


def _units(lab: Connectivity, depth: int) -> list[int]:
    """Return the number of units of every layer, from the input up, below 3 units at the top."""
    units = [3]
    for _ in range(depth):
        units.append((units[-1] - 1) * lab.stride + lab.kernel)
    return units[::-1]


def field_depth(lab: Connectivity) -> int:
    """Return the deepest layer whose receptive field is narrow enough to be drawn."""
    depths = range(1, min(lab.depth, MOST_LAYERS) + 1)
    return max((depth for depth in depths if _units(lab, depth)[0] <= MOST_UNITS), default=1)


def field_drawing(lab: Connectivity) -> Drawing:
    """Draw the receptive field of one unit of the top layer, layer by layer."""
    depth = field_depth(lab)
    units = _units(lab, depth)
    across = min(52.0, FIELD / (units[0] - 1))
    radius = min(14.0, 0.42 * across)
    centres = [[float(place) for place in range(units[0])]]
    for num in units[1:]:  # a unit stands above the middle of the window that it reads
        below = centres[-1]
        firsts = [place * lab.stride for place in range(num)]
        centres.append([(below[i] + below[i + lab.kernel - 1]) / 2 for i in firsts])
    inside = [range(1, 2)]
    for _ in range(depth):
        above = inside[-1]
        first = above[0] * lab.stride
        inside.append(range(first, above[-1] * lab.stride + lab.kernel))
    inside.reverse()

    def at(layer: int, place: int) -> tuple[float, float]:
        return 30 + radius + centres[layer][place] * across, 90 + (depth - layer) * 84.0

    title = f"Receptive field of one unit of layer {depth}"
    words = f"kernel {lab.kernel}, stride {lab.stride}"
    if depth < lab.depth:
        words = f"{words}; the text output has all {lab.depth} layers"
    weak: list[Mark] = []
    strong: list[Mark] = []
    marks: list[Mark] = [
        Text(30, 30, title, size=17, bold=True),
        Text(30, 52, words, size=14, colour="muted"),
    ]
    right = 30 + 2 * radius + (units[0] - 1) * across + 20
    for layer in range(depth, -1, -1):
        for place in range(units[layer]):
            seen = place in inside[layer]
            for tap in range(lab.kernel) if layer else ():
                ends = at(layer, place), at(layer - 1, place * lab.stride + tap)
                colour, thick = ("series-0", 2.0) if seen else ("grid", 1.0)
                (strong if seen else weak).append(Line(ends, stroke=colour, thick=thick))
            fill = "conv" if seen else "paper"
            marks.append(Circle(*at(layer, place), radius, fill=fill, stroke="edge"))
        name = f"layer {layer}" if layer else "input"
        words = f"{name}: {counted(len(inside[layer]), 'unit')}"
        marks.append(Text(right, at(layer, 0)[1] + 5, words, size=15))
    return Drawing(right + 140, depth * 84 + 130, (*weak, *strong, *marks))


def drawing(lab: Connectivity) -> Drawing:
    """Draw the connections, and the growth of the receptive field."""
    return stacked([links_drawing(lab), field_drawing(lab)])
