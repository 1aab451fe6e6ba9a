"""The table of a module: rows, totals, notes, and its text in the language in use."""

import json
from dataclasses import asdict, dataclass

from convscope.display import Displayed
from convscope.lang import label, translate
from convscope.text import aligned, byte_size, counted

Shapes = tuple[tuple[int, ...], ...]
HEAD = ("layer", "type", "output", "parameters", "MACs", "saved", "receptive field")
CONVENTION = (
    "MACs: multiply-accumulates of convolutions and linear layers for the whole input, without "
    "biases, normalisation and pooling; FLOPs are twice that. "
    "Saved: bytes that the backward pass needs, counted where they are first kept. "
    "Receptive field: pixels of the input, padding included; empty where it is not known."
)


@dataclass(frozen=True)
class ModuleRow:
    """One call of a module that holds no others, or that computes beside them.

    Attributes:
        path: its name in `named_modules`; "(type)" for a module that is not registered.
        call: 1, or 2, 3 ... where a module is used again; parameters stand at the first.
        parameters, frozen: of the module itself, shared ones at their first module.
        macs: multiply-accumulates of convolutions and linear layers.
        products: multiply-accumulates of other matrix products, as in attention.
        activation_bytes: of the outputs; 0 for a module that works in place.
        saved_bytes: kept for the backward pass, without weights.
        field_size: (height, width); None where it is not known.
    """

    path: str
    type: str
    call: int
    input_shapes: Shapes
    output_shapes: Shapes
    parameters: int
    frozen: int
    macs: int
    products: int
    activation_bytes: int
    saved_bytes: int
    field_size: tuple[int, int] | None


@dataclass(frozen=True)
class ModuleTotals:
    """Sums; parameters are those of the whole module, whether they were used or not."""

    parameters: int
    frozen: int
    weight_bytes: int
    buffer_bytes: int
    macs: int
    products: int
    activation_bytes: int
    saved_bytes: int


@dataclass(frozen=True, repr=False)
class ModuleTable(Displayed):
    """Rows in the order of the run, totals, and notes on what is not known."""

    rows: tuple[ModuleRow, ...]
    totals: ModuleTotals
    batch_size: int
    notes: tuple[str, ...] = ()
    convention: str = CONVENTION

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        plain: dict[str, object] = json.loads(json.dumps(asdict(self)))
        return plain

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def cells(self) -> list[tuple[str, ...]]:
        """Return the rows as texts, in the order of `HEAD`."""
        return [
            (
                row.path if row.call == 1 else f"{row.path} (#{row.call})",
                row.type,
                ", ".join(map(_shape, row.output_shapes)),
                f"{row.parameters:,}",
                f"{row.macs:,}",
                byte_size(row.saved_bytes) if row.saved_bytes else "",
                "" if row.field_size is None else f"{row.field_size[0]}x{row.field_size[1]}",
            )
            for row in self.rows
        ]

    def total(self) -> tuple[str, ...]:
        """Return the last row as texts."""
        total = self.totals
        numbers = (f"{total.parameters:,}", f"{total.macs:,}", byte_size(total.saved_bytes))
        return (label("total"), "", "", *numbers, "")

    def facts(self) -> list[str]:
        """Return the sentences below the table, in English."""
        total = self.totals
        facts = [
            f"parameters: {total.parameters - total.frozen:,} trainable, {total.frozen:,} frozen",
            f"memory: weights {byte_size(total.weight_bytes)}, buffers "
            f"{byte_size(total.buffer_bytes)}, outputs {byte_size(total.activation_bytes)}, saved "
            f"for the backward pass {byte_size(total.saved_bytes)}",
        ]
        if total.products:
            facts.append(f"MACs of other matrix products, as attention: {total.products:,}")
        return [*facts, *self.notes]

    def __str__(self) -> str:
        """Return the table as aligned lines, and the facts below it."""
        head = tuple(map(label, HEAD))
        lines = aligned([head, *self.cells(), self.total()], numeric=range(3, 7))
        return "\n".join([lines.rstrip("\n"), *map(translate, self.facts())])

    def __repr__(self) -> str:
        rows = counted(len(self.rows), "row")
        return (
            f"ModuleTable({rows}, {self.totals.parameters:,} parameters, {self.totals.macs:,} MACs)"
        )

    def to_markdown(self) -> str:
        """Return a Markdown table for a README or a report, and the facts as a list."""
        rows = [tuple(map(label, HEAD)), ("---", "---", "---", *["---:"] * 4)]
        rows += [tuple(cell.replace("|", "\\|") for cell in row) for row in self.cells()]
        rows.append(tuple(f"**{cell}**" if cell else "" for cell in self.total()))
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*lines, "", *(f"- {translate(fact)}" for fact in self.facts())]) + "\n"


def _shape(shape: tuple[int, ...]) -> str:
    """Return a shape without the batch, as in the tables of architectures."""
    return "x".join(map(str, shape[1:])) if len(shape) > 1 else str(tuple(shape))
