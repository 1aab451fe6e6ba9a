"""Answers about a draft: figures of every block that was reached, and what does not fit."""

from collections.abc import Callable, Mapping
from typing import Any

from convscope.arch.draft import Checked, Problem, check_draft, fixes, read_draft
from convscope.arch.table import Row, table
from convscope.layers import Layer
from convscope.record import Record
from convscope.shapes import Shape

MOST_PROBLEMS = 20
MOST_FIXED = 3  # problems for which fixes are tried
MOST_BATCH = 65_536

Translate = Callable[[str], str]


class DraftBody(Record):
    """A network that is being built.

    Attributes:
        architecture: its JSON form, as text.
    """

    architecture: str
    batch_size: int = 1


class Figures(Record):
    """Figures of one operation.

    Attributes:
        label: as in a drawing: `3×3 conv, 64, /2`.
        field: height and width of the receptive field; `field_stride` None where it is uneven.
    """

    path: str
    type: str
    label: str
    shape: tuple[int, ...]
    parameters: int
    macs: int
    activation_bytes: int
    training_bytes: int
    field: tuple[int, int]
    field_stride: tuple[int | None, int | None]
    auxiliary: bool


class Sums(Record):
    """Sums over the operations that were reached; those of auxiliary heads are separate."""

    layers: int
    parameters: int
    macs: int
    auxiliary_parameters: int
    weight_bytes: int
    inference_bytes: int
    training_bytes: int


class Clash(Record):
    """A block that does not fit.

    Attributes:
        path: "" for the output of the network.
        stage: form, empty, input, join or output.
        inputs: shapes of its inputs or branches, by name.
    """

    path: str
    stage: str
    sentence: str
    expected: str
    fix: str
    inputs: dict[str, tuple[int, ...]]


class CheckedDraft(Record):
    """Figures and problems of a draft.

    Attributes:
        shapes: the output of each block that was reached, by path.
        output: shape of the last one.
    """

    fits: bool
    rows: tuple[Figures, ...]
    shapes: dict[str, tuple[int, ...]]
    output: tuple[int, ...]
    field: tuple[int, int]
    totals: Sums
    problems: tuple[Clash, ...]
    convention: str


class Fixed(Record):
    """A fix that was tried.

    Attributes:
        kind, values: the text of its button, which the page writes in its language.
        changes: of the draft, as data.
        solves: whether the whole network fits after it.
    """

    path: str
    kind: str
    values: dict[str, str]
    changes: tuple[dict[str, Any], ...]
    solves: bool


class Fixes(Record):
    """Fixes of the first problems of a draft."""

    fixes: tuple[Fixed, ...]


def checked_draft(body: DraftBody, translate: Translate) -> CheckedDraft:
    """Return figures and problems of a draft. Raises FormatError, ArchitectureError."""
    checked = check_draft(read_draft(body.architecture))
    batch_size = min(max(1, body.batch_size), MOST_BATCH)
    layers = table(checked.draft.block, checked.trace, depth=None, batch_size=batch_size)
    labels = _labels(checked)
    totals = vars(layers.totals)
    return CheckedDraft(
        fits=checked.fits,
        rows=tuple(_figures(row, labels) for row in layers.rows),
        shapes={path: tuple(shape) for path, shape in checked.shapes.items()},
        output=tuple(checked.trace.output_shape),
        field=layers.rows[-1].field_size if layers.rows else (1, 1),
        totals=Sums(**{name: totals[name] for name in Sums.model_fields}),
        problems=tuple(_clash(each, translate) for each in checked.problems[:MOST_PROBLEMS]),
        convention=translate(layers.convention),
    )


def tried_fixes(body: DraftBody) -> Fixes:
    """Return fixes of the first problems. Raises FormatError, ArchitectureError."""
    checked = check_draft(read_draft(body.architecture))
    every = [fix for problem in checked.problems[:MOST_FIXED] for fix in fixes(checked, problem)]
    return Fixes(
        fixes=tuple(
            Fixed(
                path=fix.path,
                kind=fix.kind,
                values=dict(fix.values),
                changes=tuple(change.to_dict() for change in fix.changes),
                solves=fix.solves,
            )
            for fix in every
        )
    )


def _labels(checked: Checked) -> Mapping[str, str]:
    return {
        step.path: step.operation.label(step.input_shapes[0])
        for step in checked.trace.steps
        if isinstance(step.operation, Layer)
    }


def _figures(row: Row, labels: Mapping[str, str]) -> Figures:
    return Figures(
        path=row.path,
        type=row.type,
        label=labels.get(row.path, ""),
        shape=tuple(row.output_shape),
        parameters=row.parameters,
        macs=row.macs,
        activation_bytes=row.activation_bytes,
        training_bytes=row.training_bytes,
        field=row.field_size,
        field_stride=row.field_stride,
        auxiliary=row.auxiliary,
    )


def _clash(problem: Problem, translate: Translate) -> Clash:
    shapes: Mapping[str, Shape] = problem.inputs
    return Clash(
        path=problem.path,
        stage=problem.stage,
        sentence=translate(problem.error.given),
        expected=translate(problem.error.expected),
        fix=translate(problem.error.fix),
        inputs={name: tuple(shape) for name, shape in shapes.items()},
    )
