"""Compare the tables that the papers print with our numbers, row by row."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from convscope.arch import Architecture, Step
from convscope.errors import InputError
from convscope.shapes import CHW
from convscope.zoo import PUBLICATIONS
from convscope.zoo.publication import Printed

Verdict = Literal["agrees", "differs"]
TABLES = {name: rows for paper in PUBLICATIONS for name, rows in paper.printed.items()}


@dataclass(frozen=True)
class Compared:
    """A printed number and ours, in the same unit."""

    table: str
    row: str
    quantity: str
    printed: str
    ours: int
    shown: str
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class PaperTable:
    """The known printed numbers of an architecture's paper, compared."""

    architecture: str
    rows: tuple[Compared, ...]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    def to_markdown(self) -> str:
        lines = [
            "| table | row | quantity | printed | ours | |",
            "|---|---|---|---:|---:|---|",
        ]
        lines += [
            f"| {row.table} | {row.row} | {row.quantity} | {row.printed} | {row.shown} "
            f"| {row.verdict}{': ' + row.why if row.why else ''} |"
            for row in self.rows
        ]
        return "\n".join(lines) + "\n"


def paper_table(architecture: Architecture) -> PaperTable:
    """Compare the numbers that the paper prints with those that its description gives.

    Raises:
        InputError: no printed numbers are known for it.
    """
    printed = TABLES.get(architecture.name, ())
    if not printed:
        raise InputError(
            f"no printed table is known for {architecture.name}",
            expected=f"one of {', '.join(sorted(TABLES))}",
        )
    return PaperTable(architecture.name, tuple(_compared(architecture, row) for row in printed))


def _compared(architecture: Architecture, row: Printed) -> Compared:
    steps = [
        step
        for step in architecture.trace.steps
        if not step.auxiliary and (not row.paths or _under(step.path, row.paths))
    ]
    ours = _measured(steps, row.quantity)
    agrees = abs(ours / row.unit - row.value) <= row.tolerance
    shown = f"{ours:,}" if row.unit == 1 else f"{ours / row.unit:,.{row.digits}f}{row.suffix}"
    return Compared(
        table=row.table,
        row=row.row,
        quantity=row.quantity,
        printed=row.printed,
        ours=ours,
        shown=shown,
        verdict="agrees" if agrees else "differs",
        why=row.why,
    )


def _under(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == prefix or path.startswith(prefix + ".") for prefix in prefixes)


def _measured(steps: Sequence[Step], quantity: str) -> int:
    of_step: dict[str, Callable[[Step], int]] = {
        "parameters": lambda step: step.parameters,
        "weights": _weights,
        "MACs": lambda step: step.macs,
        "connections": lambda step: step.connections,
        "units": lambda step: step.output_shape.numel if step.macs else 0,
    }
    return sum(map(of_step[quantity], steps))


def _weights(step: Step) -> int:
    """Return the parameters without biases: a kernel is used once at each output position."""
    shape = step.output_shape
    return step.macs // (shape.height * shape.width if isinstance(shape, CHW) else 1)
