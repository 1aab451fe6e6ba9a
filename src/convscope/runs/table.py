"""Runs as a table: a row for each run."""

from collections.abc import Sequence
from datetime import datetime

from convscope.evaluate.metrics import percent
from convscope.lang import label, translate
from convscope.payload import Table
from convscope.runs.record import RunRecord

HEAD = (
    "run",
    "architecture",
    "data",
    "state",
    "epochs",
    "validation",
    "test",
    "time",
    "date",
    "recipe",
)
NUMERIC = range(4, 8)
STATE = HEAD.index("state")


def table(runs: Sequence[RunRecord]) -> Table:
    """Return the runs as a payload; the column of test accuracies only if a run has one."""
    kept = columns(runs)
    rows = tuple(tuple(row(run)[i] for i in kept) for run in runs)
    return Table(columns=tuple(HEAD[i] for i in kept), rows=rows)


def columns(runs: Sequence[RunRecord]) -> list[int]:
    """Return the columns that are shown: test accuracies only if a run has one."""
    is_tested = any(run.test_accuracy is not None for run in runs)
    return [i for i, name in enumerate(HEAD) if name != "test" or is_tested]


def row(run: RunRecord) -> tuple[str, ...]:
    """Return the cells of a run, for HEAD."""
    state = f"{run.state}: {run.message}" if run.message else run.state
    return (
        run.name,
        run.architecture,
        run.data,
        state[:1000],
        epochs(run),
        share(run.validation_accuracy),
        share(run.test_accuracy),
        elapsed(run.time_s) if run.time_s else "",
        when(run.changed),
        run.recipe,
    )


def shown(run: RunRecord) -> tuple[str, ...]:
    """Return the cells of a run with its state in the language in use."""
    state = label(run.state)
    text = f"{state}: {translate(run.message)}" if run.message else state
    return tuple(text[:1000] if i == STATE else cell for i, cell in enumerate(row(run)))


def epochs(run: RunRecord) -> str:
    """Return the epochs of a run, done and planned; empty for one that cannot be read."""
    return "" if run.state == "damaged" else f"{run.epochs_done}/{run.epochs}"


def share(value: float | None) -> str:
    """Return a share as a percentage; empty for None."""
    return "" if value is None else percent(value)


def elapsed(seconds: float) -> str:
    """Return a duration: 7 s, 12 min 30 s, 3 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def when(date: datetime | None) -> str:
    """Return a date in local time."""
    return "" if date is None else f"{date.astimezone():%Y-%m-%d %H:%M}"
