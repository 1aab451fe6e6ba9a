"""Who is connected with whom: fully connected, locally connected, convolution.

The same input and the same number of outputs three times: how many connections, how many
different numbers (parameters), and how often each is used. Then how far the outputs see when
layers are stacked.

    python -m convscope.labs.connectivity --input 28x28x1 --kernel 5 --maps 6

Legend: C channels, H height, W width, K output channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

from convscope.errors import InputError
from convscope.labs import drawing, terminal
from convscope.labs.drawing import Canvas
from convscope.layers import Conv2d, Layer, Linear, LocallyConnected2d
from convscope.shapes import CHW, Features, Window, window_output

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console

Kind = Literal["fully connected", "locally connected", "convolution"]
KINDS: tuple[Kind, ...] = ("fully connected", "locally connected", "convolution")

MAX_DEPTH = 20


class Count(NamedTuple):
    """One way to connect, counted.

    Attributes:
        parameters: different numbers to learn, biases included.
        connections: uses of a weight or a bias for one image.
        sharing: how often each parameter is used, on average.
        inputs_seen: inputs that one output sees (the output's view).
        outputs_reached: outputs that an input in the middle goes into (the input's view).
    """

    kind: Kind
    parameters: int
    connections: int
    sharing: float
    inputs_seen: int
    outputs_reached: int


class Link(NamedTuple):
    """A line from an input to an output; equal weights have equal numbers."""

    input: int
    output: int
    weight: int


class Sight(NamedTuple):
    """How far one output sees after some layers."""

    depth: int
    field: int
    step: int  # how far apart two neighbours see


@final
@dataclass(frozen=True)
class Connectivity:
    """The three ways on one input.

    Args:
        input: (C, H, W).
        maps: channels of the output.
        kernel, stride, padding: of the two that look locally.
        depth: layers stacked for the receptive field.
    """

    input: CHW
    maps: int = 6
    kernel: int = 5
    stride: int = 1
    padding: int = 0
    depth: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= MAX_DEPTH:
            raise InputError(f"depth {self.depth}", expected=f"1 to {MAX_DEPTH}")
        _ = self.output  # raises where the window does not fit

    @property
    def output(self) -> CHW:
        """The shape that all three give."""
        shape = self._convolution().output_shape(self.input)
        assert isinstance(shape, CHW)
        return shape

    def _convolution(self) -> Conv2d:
        return Conv2d(self.maps, self.kernel, stride=self.stride, padding=self.padding)

    def counts(self) -> tuple[Count, ...]:
        """Connections, parameters and sharing, from the layers themselves."""
        flat, output = Features(self.input.numel), self.output
        local = LocallyConnected2d(self.maps, self.kernel, stride=self.stride, padding=self.padding)
        window = self.kernel**2 * self.input.channels
        reached = self._reached()
        found: tuple[tuple[Kind, Layer, Any, int, int], ...] = (
            ("fully connected", Linear(output.numel), flat, flat.numel, output.numel),
            ("locally connected", local, self.input, window, reached),
            ("convolution", self._convolution(), self.input, window, reached),
        )
        return tuple(
            Count(
                kind,
                layer.parameters(shape),
                layer.connections(shape),
                layer.connections(shape) / layer.parameters(shape),
                seen,
                out,
            )
            for kind, layer, shape, seen, out in found
        )

    def _reached(self) -> int:
        """Outputs that the number in the middle of the input goes into."""
        _, height, width = self.input
        along = [
            sum(
                0 <= middle - place * self.stride + self.padding < self.kernel
                for place in range(places)
            )
            for middle, places in zip((height // 2, width // 2), self.output[1:], strict=True)
        ]
        return along[0] * along[1] * self.maps

    def sights(self) -> tuple[Sight, ...]:
        """The receptive field, layer after layer: r + (kernel - 1) * step; step * stride."""
        found, field, step = [Sight(0, 1, 1)], 1, 1
        for depth in range(1, self.depth + 1):
            field += (self.kernel - 1) * step
            step *= self.stride
            found.append(Sight(depth, field, step))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        return {
            "lab": "connectivity",
            "input": self.input,
            "output": self.output,
            "kernel": self.kernel,
            "stride": self.stride,
            "padding": self.padding,
            "counts": [count._asdict() for count in self.counts()],
            "receptive_field": [sight._asdict() for sight in self.sights()],
            "one_dimension": {kind: [link._asdict() for link in links(kind)] for kind in KINDS},
        }


def links(kind: Kind, *, units: int = 7, kernel: int = 3) -> tuple[Link, ...]:
    """The lines between `units` inputs and as many outputs, in one dimension.

    The window is centred, and what would lie outside is left away.
    """
    window = Window(kernel, 1, kernel // 2)
    outputs = window_output(units, window)
    found = []
    for output in range(outputs):
        for tap in range(kernel):
            source = output - window.padding + tap
            if kind != "fully connected" and 0 <= source < units:
                weight = tap if kind == "convolution" else output * kernel + tap
                found.append(Link(source, output, weight))
        if kind == "fully connected":
            found += [Link(source, output, output * units + source) for source in range(units)]
    return tuple(found)


ACROSS, DOWN, RADIUS = 62, 150, 17


def _panel(canvas: Canvas, left: int, top: int, kind: Kind, *, view: str, units: int) -> None:
    """One kind from one side; the chosen unit's lines are strong."""
    middle = units // 2
    ends = {"input": 0, "output": 1}
    found = links(kind, units=units)
    palette = drawing.SERIES if kind == "convolution" else (drawing.INK,)
    strong = [link for link in found if link[ends[view]] == middle]

    def place(unit: int, row: int) -> tuple[float, float]:
        return left + unit * ACROSS + RADIUS, top + (1 - row) * DOWN + RADIUS

    for link in found:
        canvas.line([place(link.input, 0), place(link.output, 1)], colour=drawing.LINE, width=1)
    for link in strong:
        colour = palette[link.weight % len(palette)]
        canvas.line([place(link.input, 0), place(link.output, 1)], colour=colour, width=4)
    reached = {link[1 - ends[view]] for link in strong}
    for row, letter in ((0, "x"), (1, "s")):
        for unit in range(units):
            chosen = unit == middle and row == ends[view]
            touched = unit in reached and row != ends[view]
            fill = drawing.AMBER if chosen else drawing.PAPER
            fill = drawing.mix(drawing.BLUE, 0.3) if touched else fill
            x, y = place(unit, row)
            canvas.dot(x, y, RADIUS, fill=fill)
            canvas.text(x, y, f"{letter}{unit + 1}", size=13, anchor="mm")


def links_picture(*, units: int = 7) -> "Image":
    """All three, from the input's view on the left and the output's on the right."""
    width = units * ACROSS
    canvas = Canvas(2 * width + 120, 3 * (DOWN + 110) + 40)
    canvas.text(40, 16, "from the input: where does one x go?", size=17)
    canvas.text(80 + width, 16, "from the output: what does one s see?", size=17)
    notes = {
        "fully connected": "every line is a weight of its own",
        "locally connected": "few lines, each with a weight of its own",
        "convolution": "few lines, and the same three weights everywhere: one colour each",
    }
    for order, kind in enumerate(KINDS):
        top = 90 + order * (DOWN + 110)
        number = len({link.weight for link in links(kind, units=units)})
        words = f"{kind}: {len(links(kind, units=units))} connections, {number} weights"
        canvas.text(40, top - 40, words)
        canvas.text(80 + width, top - 40, notes[kind], colour=drawing.QUIET)
        _panel(canvas, 40, top, kind, view="input", units=units)
        _panel(canvas, 80 + width, top, kind, view="output", units=units)
    return canvas.image


def field_picture(*, depth: int = 4, kernel: int = 3) -> "Image":
    """What one unit of the top layer sees, layer under layer."""
    units = depth * (kernel - 1) + 5
    across, down, radius = 52, 84, 14
    canvas = Canvas(units * across + 260, depth * down + 110)
    canvas.text(30, 14, f"why deep? one unit of layer {depth} sees more, layer by layer", size=17)

    def place(unit: int, layer: int) -> tuple[float, float]:
        return 40 + unit * across, 70 + (depth - layer) * down

    middle = units // 2
    for layer in range(depth, -1, -1):
        reach = (depth - layer) * (kernel // 2)
        for unit in range(units):
            for tap in range(-(kernel // 2), kernel // 2 + 1) if layer else ():
                below = unit + tap
                if 0 <= below < units:
                    inside = abs(unit - middle) <= reach
                    ends = [place(unit, layer), place(below, layer - 1)]
                    colour, width = (drawing.BLUE, 2) if inside else (drawing.LINE, 1)
                    canvas.line(ends, colour=colour, width=width)
    for layer in range(depth + 1):
        reach = (depth - layer) * (kernel // 2)
        for unit in range(units):
            inside = abs(unit - middle) <= reach
            fill = drawing.mix(drawing.BLUE, 0.3) if inside else drawing.PAPER
            canvas.dot(*place(unit, layer), radius, fill=fill)
        name = "input" if layer == 0 else f"layer {layer}"
        x, y = place(units, layer)
        canvas.text(x, y, f"{name}: {2 * reach + 1} seen", size=15, anchor="lm")
    return canvas.image


def picture(lab: Connectivity) -> "Image":
    """Lines between units, and how the receptive field grows."""
    return drawing.stack([links_picture(), field_picture(depth=min(lab.depth, 4))])


def _print(lab: Connectivity, console: "Console") -> None:
    from rich.table import Table

    console.print(f"{lab.input} -> {lab.output} (channels x height x width), three ways")
    view = Table(box=None, header_style="bold", pad_edge=False)
    view.add_column("", no_wrap=True)
    for name in ("parameters", "connections", "each used", "one output sees", "one input reaches"):
        view.add_column(name, justify="right")
    for count in lab.counts():
        view.add_row(
            count.kind,
            f"{count.parameters:,}",
            f"{count.connections:,}",
            f"{count.sharing:,.1f} x",
            f"{count.inputs_seen:,}",
            f"{count.outputs_reached:,}",
        )
    console.print(view)
    console.print(f"\nreceptive field with kernel {lab.kernel}, stride {lab.stride} stacked:")
    for sight in lab.sights()[1:]:
        console.print(
            f"  layer {sight.depth}: {sight.field} x {sight.field}, {sight.step} apart",
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Count and draw the three ways."""
    parser = terminal.parser(
        "connectivity", "Fully connected, locally connected, convolution: who sees whom."
    )
    parser.add_argument("--input", default="28x28x1", metavar="HxWxC")
    parser.add_argument("--maps", default=6, type=int, help="channels of the output")
    parser.add_argument("--kernel", default=5, type=int)
    parser.add_argument("--stride", default=1, type=int)
    parser.add_argument("--padding", default=0, type=int)
    parser.add_argument("--depth", default=5, type=int, help="layers of the receptive field")
    options = parser.parse_args(arguments)
    size = terminal.numbers(options.input, "input")
    if len(size) not in (2, 3):
        raise InputError(f"input {options.input!r}", expected="HEIGHTxWIDTHxCHANNELS, as 28x28x1")
    lab = Connectivity(
        CHW(size[2] if len(size) == 3 else 1, size[0], size[1]),
        options.maps,
        options.kernel,
        options.stride,
        options.padding,
        options.depth,
    )
    terminal.show(
        options,
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        picture=lambda: picture(lab),
    )


if __name__ == "__main__":
    terminal.run(main)
