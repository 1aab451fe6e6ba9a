"""Comparison of networks: parameters, cost, memory, depth and receptive field."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from convscope.arch.architecture import Architecture, Result
from convscope.arch.block import AnyBlock
from convscope.arch.receptive_field import receptive_fields
from convscope.arch.table import by, table
from convscope.arch.trace import Step, Trace, trace
from convscope.display import Displayed
from convscope.errors import InputError
from convscope.shapes import CHW, Pair, Shape, Whole
from convscope.text import aligned, byte_size

CONVENTION = (
    "parameters: trainable weights, without auxiliary heads. "
    "MACs: multiply-accumulates of convolutions and linear layers for one image; FLOPs are "
    "twice that. "
    "Memory: float32 activations of one image; inference is the peak, training is what the "
    "backward pass needs. "
    "Depth: convolutions and linear layers on the longest path. "
    "Receptive field: pixels of the input that one unit of the last feature maps can see, "
    "padding included."
)


@dataclass(frozen=True)
class Measured:
    """Size, cost and reach of a network or a block. The receptive field is (height, width)."""

    name: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    macs: int
    weight_bytes: int
    inference_bytes: int
    training_bytes: int
    depth: int
    receptive_field: Pair
    published: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Comparison(Displayed):
    """Several networks in numbers; ratios are relative to the first."""

    entries: tuple[Measured, ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    convention: str = CONVENTION

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "title": self.title,
            "entries": [vars(entry) for entry in self.entries],
            "notes": self.notes,
            "convention": self.convention,
        }

    def to_json(self) -> str:
        """Return the JSON form; shapes are lists."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the header, then a row for each quantity with a cell for each network."""
        table = [
            ("", *(entry.name for entry in self.entries)),
            ("input", *(str(entry.input_shape) for entry in self.entries)),
            ("output", *(str(entry.output_shape) for entry in self.entries)),
            ("parameters", *self._numbers([entry.parameters for entry in self.entries])),
            ("MACs", *self._numbers([entry.macs for entry in self.entries])),
            ("memory, weights", *(byte_size(entry.weight_bytes) for entry in self.entries)),
            ("memory, inference", *(byte_size(entry.inference_bytes) for entry in self.entries)),
            ("memory, training", *(byte_size(entry.training_bytes) for entry in self.entries)),
            ("depth", *(f"{entry.depth:,}" for entry in self.entries)),
            ("receptive field", *(by(entry.receptive_field) for entry in self.entries)),
        ]
        if any(entry.published for entry in self.entries):
            errors = ("; ".join(entry.published) or "-" for entry in self.entries)
            table.append(("published error", *errors))
        return table

    def _numbers(self, values: list[int]) -> list[str]:
        """Return each number with its ratio to the first."""
        first = values[0]
        cells = [f"{first:,}"]
        for value in values[1:]:
            times = f" (x {_ratio(value / first)})" if first and value != first else ""
            cells.append(f"{value:,}{times}")
        return cells

    def __str__(self) -> str:
        """Return the table as aligned lines, and the notes."""
        title = [self.title] if self.title else []
        rows = aligned(self.rows(), numeric=range(1, len(self.entries) + 1))
        return "\n".join([*title, rows, *(f"- {note}" for note in self.notes)])

    def __repr__(self) -> str:
        return f"Comparison({', '.join(entry.name for entry in self.entries)})"

    def to_markdown(self) -> str:
        """Return a Markdown table with one column for each network."""
        header, *rows = self.rows()
        lines = [f"**{self.title}**", ""] if self.title else []
        lines.append("| " + " | ".join(header) + " |")
        lines.append("|---|" + "---:|" * len(self.entries))
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines += ["", *(f"- {note}" for note in self.notes)] if self.notes else []
        return "\n".join(lines) + "\n"


def compare_architectures(*architectures: Architecture) -> Comparison:
    """Return a comparison of architectures.

    Raises:
        InputError: fewer than two.
    """
    if len(architectures) < 2:
        raise InputError(
            "name at least two architectures",
            fix="convscope compare lenet5 lenet5_1998",
        )
    return Comparison(tuple(map(measure_architecture, architectures)))


def measure_architecture(architecture: Architecture) -> Measured:
    """Return the numbers of an architecture."""
    plain = architecture.plainest_result
    errors = (_error(plain),) if plain is not None else ()
    return _measured(architecture.name, architecture.block, architecture.trace, errors)


def _error(result: Result) -> str:
    kind, error = ("top-1", result.top1) if result.top5 is None else ("top-5", result.top5)
    return f"{result.data} {kind} {error:g} % ({result.protocol})"


def measure_block(name: str, block: AnyBlock, input_shape: Shape) -> Measured:
    """Return the numbers of any block on an input of that shape.

    Raises:
        ArchitectureError: the input does not fit.
    """
    return _measured(name, block, trace(block, input_shape), ())


def _measured(name: str, block: AnyBlock, steps: Trace, published: Sequence[str]) -> Measured:
    totals = table(block, steps, depth=None, batch_size=1).totals
    return Measured(
        name=name,
        input_shape=steps.input_shape,
        output_shape=steps.output_shape,
        parameters=totals.parameters,
        macs=totals.macs,
        weight_bytes=4 * totals.parameters,
        inference_bytes=totals.inference_bytes,
        training_bytes=totals.training_bytes,
        depth=depth(steps),
        receptive_field=field(steps),
        published=tuple(published),
    )


def depth(steps: Trace) -> int:
    """Return the number of convolutions and linear layers on the longest path."""
    deepest = {0: 0}
    for step in steps.steps:
        before = max(deepest[tensor] for tensor in step.inputs)
        deepest[step.output] = before + (step.macs > 0)
    return deepest[steps.output]


def field(steps: Trace) -> Pair:
    """Return the receptive field of the last feature maps, or of the output without them.

    Global pooling and flattening after them see the whole image in every network.
    """
    fields = receptive_fields(steps)
    gathers = (step.inputs[0] for step in steps.steps if not step.auxiliary and _gathers(step))
    last = fields[next(gathers, steps.output) or steps.output]
    return last.rows.size, last.cols.size


def _gathers(step: Step) -> bool:
    """Return whether a step without weights reduces many positions to one."""
    if step.macs or step.layer is None:
        return False
    whole = isinstance(step.layer.reach(step.input_shapes[0]), Whole)
    return (whole or _places(step.input_shapes[0]) > 1) and _places(step.output_shape) == 1


def _places(shape: Shape) -> int:
    return shape.height * shape.width if isinstance(shape, CHW) else 1


def _ratio(value: float) -> str:
    """Return a ratio with 3 significant digits: 1/163,276, 0.0214, 1.39, 28.4, 222,000."""
    if value < 0.01:
        return f"1/{1 / value:,.0f}" if value else "0"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
