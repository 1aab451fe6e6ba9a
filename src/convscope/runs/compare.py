"""Runs side by side: the settings that differ, and what each reached."""

from collections.abc import Sequence
from typing import Any

from convscope.errors import InputError
from convscope.payload import Table
from convscope.runs.record import RunRecord
from convscope.runs.table import elapsed, epochs, share, when
from convscope.text import counted, printable, setting_text

MOST_COLUMNS = 24


def compared(runs: Sequence[RunRecord]) -> Table:
    """Return a table with a column for each run.

    Raises:
        InputError: fewer than two runs, or more than fit a table.
    """
    if not 2 <= len(runs) <= MOST_COLUMNS:
        raise InputError(
            f"{counted(len(runs), 'run')} to compare",
            expected=f"2 to {MOST_COLUMNS}",
            fix="name them: convscope runs --compare runs/a runs/b",
        )
    rows = [
        ("architecture", *(run.architecture for run in runs)),
        ("data", *(run.data for run in runs)),
        *_settings(runs),
        *_precisions(runs),
        ("state", *(run.state for run in runs)),
        ("epochs", *map(epochs, runs)),
        ("parameters", *(_number(run.parameters) for run in runs)),
        ("validation accuracy", *(share(run.validation_accuracy) for run in runs)),
        ("validation loss", *(_loss(run.validation_loss) for run in runs)),
        ("test accuracy", *(share(run.test_accuracy) for run in runs)),
        ("time", *(elapsed(run.time_s) if run.time_s else "" for run in runs)),
        ("date", *(when(run.changed) for run in runs)),
    ]
    shown = tuple(row for row in rows if any(row[1:]))
    same = len({name for run in runs for name in run.settings}) - len(_settings(runs))
    caption = f"{same} settings of the recipes are the same in all." if same else ""
    return Table(columns=("", *(run.name for run in runs)), rows=shown, caption=caption)


def _settings(runs: Sequence[RunRecord]) -> list[tuple[str, ...]]:
    """Return the settings that differ, in the order of the recipe.

    A run whose recipe cannot be read has empty cells.
    """
    readable = [run for run in runs if run.settings]
    names = dict.fromkeys(name for run in readable for name in run.settings if name != "epochs")
    return [
        (name, *(_text(run.settings.get(name)) if run.settings else "" for run in runs))
        for name in names
        if len({_text(run.settings.get(name)) for run in readable}) > 1
    ]


def _precisions(runs: Sequence[RunRecord]) -> list[tuple[str, ...]]:
    """Return what the runs compute in, if one of them chose it by measurement."""
    if not any(run.settings.get("precision") == "auto" for run in runs):
        return []
    return [("precision in use", *(run.precision for run in runs))]


def _text(value: Any) -> str:
    return printable(setting_text(value), 200)


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _loss(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
