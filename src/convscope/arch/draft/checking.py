"""Trace of a draft as far as it goes, and everything that does not fit."""

from collections.abc import Mapping
from typing import NamedTuple

from convscope.arch.architecture import output_problems
from convscope.arch.block import AnyBlock, Composition
from convscope.arch.draft.reading import Draft
from convscope.arch.fold import Place, flow, join_path
from convscope.arch.limits import LIMITS, Limits
from convscope.arch.trace import Trace, Tracer
from convscope.errors import ArchitectureError
from convscope.layers import Layer
from convscope.shapes import Shape


class Problem(NamedTuple):
    """A block that does not fit.

    Attributes:
        path: of the block; "" for the output of the network.
        error: given, expected and fix; its `where` is not used.
        stage: whether the block cannot be read, its input does not fit, its branches do not fit
            together, or the output is not one logit for each class.
        inputs: shapes of its inputs; of a composition those of its branches, by their names.
    """

    path: str
    error: ArchitectureError
    stage: str
    inputs: Mapping[str, Shape]


class Checked(NamedTuple):
    """A draft, the operations that were reached, and the problems.

    Attributes:
        trace: the operations in order; its output is that of the last one that was reached.
        problems: in the order in which the network runs; none if the network fits.
        shapes: the output of each block that was reached, by path; "" is the network's.
    """

    draft: Draft
    trace: Trace
    problems: tuple[Problem, ...]
    shapes: Mapping[str, Shape]

    @property
    def fits(self) -> bool:
        return not self.problems


def check_draft(draft: Draft, *, limits: Limits = LIMITS) -> Checked:
    """Follow the shapes through a draft; a block that does not fit ends its branch only."""
    walker = _Walker(draft, limits)
    try:
        output = flow(draft.block, 0, walker)
    except ArchitectureError as error:  # of `enter`: too deep, or a head inside a head
        output = None
        walker.add(error.where, error, "input")
    tracer = walker.tracer
    reached = output if output is not None else len(tracer.shapes) - 1
    trace = Trace(
        draft.input, tuple(tracer.steps), reached, tracer.shapes[reached], tuple(tracer.heads)
    )
    if output is not None and not walker.problems:
        for wrong in output_problems(trace, draft.num_classes):
            walker.add(wrong.where, wrong, "output", {"": _shape_at(trace, wrong.where)})
    return Checked(draft, trace, tuple(walker.problems), _shapes(draft.block, trace))


def _shape_at(trace: Trace, path: str) -> Shape:
    return next((head.shape for head in trace.heads if head.path == path), trace.output_shape)


def _shapes(block: AnyBlock, trace: Trace) -> dict[str, Shape]:
    """Return the output shape of each block that was reached, by path."""
    shapes: dict[str, Shape] = {step.path: step.output_shape for step in trace.steps}

    def walk(block: AnyBlock, path: str, x: Shape | None) -> Shape | None:
        if not isinstance(block, Composition):
            return shapes.get(path)
        output = x
        for name, part in block.parts.items():
            result = walk(part, join_path(path, name), output if block.flow == "sequence" else x)
            output = result if block.flow == "sequence" else output
        if block.flow == "branches":
            return shapes.get(path)
        if output is not None:
            shapes[path] = output
        return output

    walk(block, "", trace.input_shape)
    return shapes


class _Walker:
    """Walks a draft. A tensor that was not reached is None."""

    def __init__(self, draft: Draft, limits: Limits) -> None:
        self.draft = draft
        self.tracer = Tracer(limits, draft.input)
        self.problems: list[Problem] = []

    def add(
        self,
        path: str,
        error: ArchitectureError,
        stage: str,
        inputs: Mapping[str, Shape] | None = None,
    ) -> None:
        self.problems.append(Problem(path, error, stage, inputs or {}))

    def enter(self, block: AnyBlock, place: Place) -> None:
        self.tracer.enter(block, place)
        unread = self.draft.unreadable.get(place.path)
        if unread is not None:
            self.add(place.path, unread, "form")
        elif isinstance(block, Composition) and not block.parts:
            error = ArchitectureError(
                "it holds no block", expected="at least one named block", fix="drag a block into it"
            )
            self.add(place.path, error, "empty")

    def layer(self, layer: Layer, place: Place, x: int | None) -> int | None:
        if x is None or place.path in self.draft.unreadable:
            return None
        try:
            return self.tracer.layer(layer, place, x)
        except ArchitectureError as error:
            self.add(place.path, error, "input", {"": self.tracer.shapes[x]})
            return None

    def join(self, block: Composition, place: Place, ends: Mapping[str, int | None]) -> int | None:
        known = {name: end for name, end in ends.items() if end is not None}
        if not ends or len(known) < len(ends) or place.path in self.draft.unreadable:
            return None
        try:
            return self.tracer.join(block, place, known)
        except ArchitectureError as error:
            shapes = {name: self.tracer.shapes[end] for name, end in known.items()}
            self.add(place.path, error, "join", shapes)
            return None

    def side(self, block: Composition, place: Place, ends: Mapping[str, int | None]) -> None:
        known = {name: end for name, end in ends.items() if end is not None}
        if len(known) == len(ends):
            self.tracer.side(block, place, known)
