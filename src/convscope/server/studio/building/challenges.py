"""Challenges that check themselves: on the network as it is built, or on the runs of the workspace.

A challenge is a row of `CHALLENGES`: the images it is for, and goals that are computed. Titles and
hints are texts of the page, by the challenge's id; goals are, by their key.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, cast

from convscope.arch import AnyBlock, LayerTable, children
from convscope.arch.draft import Checked, check_draft, read_draft
from convscope.arch.receptive_field import receptive_fields
from convscope.arch.table import Row, table
from convscope.layers.base import Role
from convscope.record import Record
from convscope.runs.record import RunRecord
from convscope.shapes import CHW


class Goal(Record):
    """One thing that a solution has.

    Attributes:
        key: of its text in the page.
        value, target: numbers of that text; a value of None is not known yet.
    """

    key: str
    value: float | None
    target: float
    reached: bool


class Result(Record):
    """State of one challenge.

    Attributes:
        run: the run that solved it, of a challenge that needs one.
    """

    id: str
    input: tuple[int, int, int]
    num_classes: int
    trained: bool
    goals: tuple[Goal, ...]
    solved: bool
    run: str = ""


class Results(Record):
    """State of all challenges, in their order."""

    challenges: tuple[Result, ...]


class Built(NamedTuple):
    """The network that is open, with its table."""

    checked: Checked
    table: LayerTable

    @property
    def windows(self) -> list[Row]:
        """Rows of layers that slide a window: convolutions and pooling."""
        return [row for row in self.table.rows if row.window is not None]

    def count(self, role: Role) -> int:
        """Return the number of layers of a role."""
        return sum(step.layer.role == role for step in self.checked.trace.steps if step.layer)

    def joins(self, parts: set[str]) -> int:
        """Return the number of compositions that join branches of these names."""
        joins = [step.operation for step in self.checked.trace.steps if not step.layer]
        return sum({*children(cast(AnyBlock, join))} == parts for join in joins)


class Accuracy(NamedTuple):
    """Accuracy for a run to reach on a data set, with fewer parameters than a limit."""

    data: str
    share: float
    parameters: int


class Challenge(NamedTuple):
    """A challenge.

    Attributes:
        goals: of the network, besides that it fits.
        accuracy: of a run, for a challenge that training solves.
    """

    id: str
    input: CHW
    num_classes: int
    goals: Callable[[Built], Iterable[Goal]]
    accuracy: Accuracy | None = None


def at_most(key: str, value: float, target: float) -> Goal:
    return Goal(key=key, value=value, target=target, reached=value <= target)


def at_least(key: str, value: float, target: float) -> Goal:
    return Goal(key=key, value=value, target=target, reached=value >= target)


def equal(key: str, value: float, target: float) -> Goal:
    return Goal(key=key, value=value, target=target, reached=value == target)


def _field(built: Built) -> int:
    """Return the receptive field of the last layer with a window, along the smaller side."""
    return min(built.windows[-1].field_size) if built.windows else 1


def _largest_kernel(built: Built) -> int:
    return max((max(row.window.kernel) for row in built.windows if row.window), default=0)


def _parameters(limit: int) -> Callable[[Built], Iterable[Goal]]:
    return lambda built: [at_most("parameters", built.table.totals.parameters, limit - 1)]


def _field_of_three(built: Built) -> Iterable[Goal]:
    yield equal("windows", len(built.windows), 3)
    yield at_most("kernel", _largest_kernel(built), 7)
    yield equal("field", _field(built), 32)


def _small_kernels(built: Built) -> Iterable[Goal]:
    yield at_most("kernel", _largest_kernel(built), 3)
    yield at_least("field", _field(built), 7)
    last = built.windows[-1].output_shape if built.windows else built.checked.draft.input
    yield equal("height", last[1] if len(last) == 3 else 1, 32)
    yield at_least("channels", last[0], 32)
    weights = sum(row.parameters for row in built.windows)
    yield at_most("weights", weights, 7 * 7 * 32 * 32 - 1)


def _scales(built: Built) -> Iterable[Goal]:
    fields = receptive_fields(built.checked.trace)
    different = 0
    for step in built.checked.trace.steps:
        stacks = not step.layer and step.output_shape[0] == sum(s[0] for s in step.input_shapes)
        if stacks:
            sizes = {fields[tensor].rows.size for tensor in step.inputs}
            different = max(different, len(sizes))
    yield at_least("scales", different, 3)
    yield at_most("parameters", built.table.totals.parameters, 50_000)


def _deep(built: Built) -> Iterable[Goal]:
    yield at_least("convolutions", built.count("convolution"), 20)
    yield at_least("shortcuts", built.joins({"body", "shortcut"}), 8)
    yield at_most("parameters", built.table.totals.parameters, 300_000)


def _cheap(built: Built) -> Iterable[Goal]:
    yield at_least("convolutions", built.count("convolution"), 6)
    last = built.windows[-1].output_shape if built.windows else (0,)
    yield at_least("channels", last[0], 64)
    yield at_most("macs", built.table.totals.macs, 1_500_000)


def _dilated(built: Built) -> Iterable[Goal]:
    last = built.windows[-1].output_shape if built.windows else (0, 0, 0)
    yield equal("height", last[1] if len(last) == 3 else 1, 64)
    yield at_most("windows", len(built.windows), 6)
    yield at_most("kernel", _largest_kernel(built), 3)
    yield at_least("field", _field(built), 100)


def _no_linear(built: Built) -> Iterable[Goal]:
    yield equal("linear", built.count("linear"), 0)
    yield at_least("convolutions", built.count("convolution"), 4)
    yield at_most("parameters", built.table.totals.parameters, 50_000)


def _memory(built: Built) -> Iterable[Goal]:
    yield at_least("parametersLeast", built.table.totals.parameters, 100_000)
    yield at_least("convolutions", built.count("convolution"), 4)
    yield at_most("training", built.table.totals.training_bytes / 1024, 512)


DIGITS, PHOTOS, LARGER = CHW(1, 28, 28), CHW(3, 32, 32), CHW(3, 64, 64)

CHALLENGES: tuple[Challenge, ...] = (
    Challenge("field", LARGER, 10, _field_of_three),
    Challenge("kernels", CHW(32, 32, 32), 10, _small_kernels),
    Challenge("linear", PHOTOS, 10, _no_linear),
    Challenge("scales", PHOTOS, 10, _scales),
    Challenge("deep", PHOTOS, 10, _deep),
    Challenge("cheap", PHOTOS, 10, _cheap),
    Challenge("dilated", LARGER, 10, _dilated),
    Challenge("memory", LARGER, 10, _memory),
    Challenge("mnist", DIGITS, 10, _parameters(20_000), Accuracy("mnist", 0.98, 20_000)),
    Challenge("cifar", PHOTOS, 10, _parameters(100_000), Accuracy("cifar10", 0.70, 100_000)),
)
"""All challenges, in the order of the page."""


def results(text: str, runs: Iterable[tuple[str, RunRecord]]) -> Results:
    """Return the state of all challenges for a network and the runs of the workspace.

    Raises:
        FormatError, ArchitectureError: the text is no draft.
    """
    checked = check_draft(read_draft(text))
    layers = table(checked.draft.block, checked.trace, depth=None, batch_size=1)
    built, records = Built(checked, layers), tuple(runs)
    return Results(challenges=tuple(result(each, built, records) for each in CHALLENGES))


def result(
    challenge: Challenge, built: Built, runs: tuple[tuple[str, RunRecord], ...] = ()
) -> Result:
    """Return the state of one challenge."""
    draft = built.checked.draft
    same = draft.input == challenge.input and draft.num_classes == challenge.num_classes
    goals = [
        Goal(key="input", value=None, target=0, reached=same),
        Goal(key="fits", value=None, target=0, reached=built.checked.fits),
        *challenge.goals(built),
    ]
    solved = all(goal.reached for goal in goals)
    run = ""
    if challenge.accuracy is not None:
        best, run = _best(challenge.accuracy, runs)
        target = challenge.accuracy.share
        reached = best is not None and best >= target
        goals.append(Goal(key="accuracy", value=best, target=target, reached=reached))
        solved = reached  # the run's own network counts, not the one that is open
    return Result(
        id=challenge.id,
        input=challenge.input,
        num_classes=challenge.num_classes,
        trained=challenge.accuracy is not None,
        goals=tuple(goals),
        solved=solved,
        run=run if solved else "",
    )


def _best(accuracy: Accuracy, runs: tuple[tuple[str, RunRecord], ...]) -> tuple[float | None, str]:
    """Return the highest accuracy of a run with few enough parameters, and its id."""
    best: tuple[float | None, str] = (None, "")
    for key, run in runs:
        small = run.parameters is not None and run.parameters < accuracy.parameters
        share = run.test_accuracy if run.test_accuracy is not None else run.validation_accuracy
        if run.data == accuracy.data and small and share is not None:
            best = max(best, (share, key), key=lambda pair: pair[0] or 0.0)
    return best
