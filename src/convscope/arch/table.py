"""The table of an architecture: one row for each layer or group of layers, and totals."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from convscope.arch.block import AnyBlock
from convscope.arch.fold import block_at
from convscope.arch.memory import inference_bytes, training_bytes
from convscope.arch.receptive_field import Field, receptive_fields
from convscope.arch.trace import Step, Trace
from convscope.display import Displayed
from convscope.errors import InputError
from convscope.layers.base import FLOAT_BYTES, nbytes
from convscope.shapes import Pair, Shape, Window
from convscope.text import aligned, counted

CONVENTION = (
    "parameters: trainable weights. "
    "MACs: multiply-accumulates of convolutions and linear layers for one image, without biases, "
    "normalisation and pooling; FLOPs are twice that. "
    "Connections: every use of a weight or a bias, as LeCun et al. 1998. "
    "Memory: float32 activations; inference is the peak, training is what the backward pass needs. "
    "Receptive field: pixels of the input, padding included."
)


class Sliding(NamedTuple):
    """Sizes of the window of a layer, as (height, width); padding is that at the start."""

    kernel: Pair
    stride: Pair
    padding: Pair
    groups: int


@dataclass(frozen=True)
class Row:
    """One row. Sizes, strides and starts are (height, width); a stride of None is uneven.

    Attributes:
        window: of a layer whose outputs read windows of its input; None for others and groups.
    """

    path: str
    type: str
    output_shape: Shape
    parameters: int
    macs: int
    connections: int
    activation_bytes: int
    training_bytes: int
    field_size: Pair
    field_stride: tuple[int | None, int | None]
    field_start: Pair
    auxiliary: bool
    window: Sliding | None


@dataclass(frozen=True)
class Totals:
    """Sums over the main network; those of auxiliary heads are separate."""

    layers: int
    parameters: int
    macs: int
    connections: int
    auxiliary_parameters: int
    auxiliary_macs: int
    weight_bytes: int
    inference_bytes: int
    training_bytes: int


@dataclass(frozen=True, repr=False)
class LayerTable(Displayed):
    """Rows, totals, and the conventions of the numbers."""

    rows: tuple[Row, ...]
    totals: Totals
    batch_size: int
    convention: str = CONVENTION

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON; shapes become lists."""
        return vars(self) | {
            "rows": [
                vars(row)
                | {
                    "output_shape": list(row.output_shape),
                    "window": row.window and row.window._asdict(),
                }
                for row in self.rows
            ],
            "totals": dict(vars(self.totals)),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def __str__(self) -> str:
        """Return the table as aligned lines."""
        head = ("layer", "type", "output", "parameters", "MACs", "receptive field")
        total = ("total", "", "", f"{self.totals.parameters:,}", f"{self.totals.macs:,}", "")
        rows = [
            (
                row.path,
                row.type,
                str(row.output_shape),
                f"{row.parameters:,}",
                f"{row.macs:,}",
                by(row.field_size),
            )
            for row in self.rows
        ]
        return aligned([head, *rows, total], numeric=range(3, 6))

    def __repr__(self) -> str:
        rows = counted(len(self.rows), "row")
        return (
            f"LayerTable({rows}, {self.totals.parameters:,} parameters, {self.totals.macs:,} MACs)"
        )

    def to_markdown(self) -> str:
        """Return a Markdown table for a README or a report."""
        lines = [
            "| layer | type | output | parameters | MACs | receptive field |",
            "|---|---|---|---:|---:|---:|",
        ]
        lines += [
            f"| {row.path} | {row.type} | {row.output_shape} | {row.parameters:,} "
            f"| {row.macs:,} | {by(row.field_size)} |"
            for row in self.rows
        ]
        total = self.totals
        lines.append(f"| **total** | | | **{total.parameters:,}** | **{total.macs:,}** | |")
        return "\n".join(lines) + "\n"


def by(size: Pair) -> str:
    """(5, 5) -> "5", (3, 7) -> "3x7"."""
    return str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"


def table(block: AnyBlock, trace: Trace, *, depth: int | None, batch_size: int) -> LayerTable:
    """Group a trace into rows by the first `depth` names of the paths."""
    if depth is not None and depth < 1:
        raise InputError(f"a depth of {depth}", expected="1 or more")
    if batch_size < 1:
        raise InputError(f"a batch size of {batch_size}", expected="1 or more")
    fields, kept = receptive_fields(trace), training_bytes(trace)
    groups: dict[str, list[Step]] = {}
    for step in trace.steps:
        groups.setdefault(_shortened(step.path, depth), []).append(step)
    rows = tuple(
        _row(block, path, steps, fields, kept, batch_size) for path, steps in groups.items()
    )
    return LayerTable(rows, _totals(trace, kept, batch_size), batch_size)


def _shortened(path: str, depth: int | None) -> str:
    return path if depth is None else ".".join(path.split(".")[:depth])


def _row(
    block: AnyBlock,
    path: str,
    steps: list[Step],
    fields: dict[int, Field],
    kept: dict[int, int],
    batch_size: int,
) -> Row:
    # an auxiliary head at the end of a group is not the output of the group
    last = next((step for step in reversed(steps) if not step.auxiliary), steps[-1])
    field = fields[last.output]
    return Row(
        path=path,
        type=block_at(block, path).type,
        output_shape=last.output_shape,
        parameters=sum(step.parameters for step in steps),
        macs=sum(step.macs for step in steps),
        connections=sum(step.connections for step in steps),
        activation_bytes=batch_size * nbytes(last.output_shape),
        training_bytes=batch_size * sum(kept[step.output] for step in steps),
        field_size=(field.rows.size, field.cols.size),
        field_stride=(field.rows.stride, field.cols.stride),
        field_start=(field.rows.start, field.cols.start),
        auxiliary=all(step.auxiliary for step in steps),
        window=_window(steps[0]) if len(steps) == 1 else None,
    )


def _window(step: Step) -> Sliding | None:
    if step.layer is None or step.layer.role not in ("convolution", "pooling"):
        return None
    match step.layer.reach(step.input_shapes[0]):
        case (Window() as rows, Window() as cols):
            return Sliding(
                (rows.kernel, cols.kernel),
                (rows.stride, cols.stride),
                (rows.padding, cols.padding),
                step.layer.num_groups(),
            )
        case _:
            return None


def _totals(trace: Trace, kept: dict[int, int], batch_size: int) -> Totals:
    main = [step for step in trace.steps if not step.auxiliary]
    heads = [step for step in trace.steps if step.auxiliary]
    parameters = sum(step.parameters for step in main)
    auxiliary = sum(step.parameters for step in heads)
    return Totals(
        layers=sum(step.layer is not None for step in main),
        parameters=parameters,
        macs=sum(step.macs for step in main),
        connections=sum(step.connections for step in main),
        auxiliary_parameters=auxiliary,
        auxiliary_macs=sum(step.macs for step in heads),
        weight_bytes=FLOAT_BYTES * (parameters + auxiliary),
        inference_bytes=batch_size * inference_bytes(trace),
        training_bytes=batch_size * sum(kept.values()),
    )
