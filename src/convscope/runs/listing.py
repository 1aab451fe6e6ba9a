"""`convscope.runs`: the runs of folders, as a list that can be shown, compared and plotted."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, final, overload

from convscope.display import Displayed
from convscope.errors import InputError, unknown_name
from convscope.payload import Sheet, Table
from convscope.runs.find import find_runs
from convscope.runs.record import RunRecord, read_run

Sort = Literal["date", "name", "accuracy"]
SORTS: dict[str, Callable[[RunRecord], Any]] = {
    "date": lambda run: (run.changed is not None, run.changed),
    "accuracy": lambda run: (run.validation_accuracy is not None, run.validation_accuracy),
}
"""Keys, of which the largest is first; by name the order is that in which runs are found."""


@final
class RunList(Sequence[RunRecord], Displayed):
    """Runs on disk, as they were when they were read.

    runs[0], runs["runs/lenet5-mnist-1"], runs[:5].compare(), runs.curves().save("curves.svg")
    """

    def __init__(self, runs: Iterable[RunRecord] = ()) -> None:
        self._runs = tuple(runs)

    @overload
    def __getitem__(self, key: int | str) -> RunRecord: ...
    @overload
    def __getitem__(self, key: slice) -> "RunList": ...
    def __getitem__(self, key: int | str | slice) -> "RunRecord | RunList":
        """Return a run by its place or its name, or a part of the list."""
        if isinstance(key, slice):
            return RunList(self._runs[key])
        if isinstance(key, int):
            return self._runs[key]
        for run in self._runs:
            if key in (run.name, run.folder.name):
                return run
        raise unknown_name("run", key, [run.name for run in self._runs])

    def __len__(self) -> int:
        return len(self._runs)

    def sorted(self, key: Sort) -> "RunList":
        """Return the runs newest first, by name, or with the highest accuracy first.

        Raises:
            InputError: another key.
        """
        if key == "name":
            return RunList(self._runs)
        if key not in SORTS:
            raise unknown_name("sort key", key, ["name", *SORTS])
        known = [run for run in self._runs if SORTS[key](run)[0]]
        others = [run for run in self._runs if not SORTS[key](run)[0]]
        return RunList([*sorted(known, key=SORTS[key], reverse=True), *others])

    def table(self) -> Table:
        """Return a row for each run."""
        from convscope.runs.table import table

        return table(self)

    def compare(self, *names: str) -> Table:
        """Return the settings that differ and the results of the runs, side by side.

        Args:
            names: of the runs; by default all of the list.
        """
        from convscope.runs.compare import compared

        return compared([self[name] for name in names] or self)

    def curves(self) -> Sheet:
        """Return the curves of training and validation."""
        from convscope.runs.curves import curves

        return curves(self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return plain data for JSON."""
        return [run.to_dict() for run in self]

    def __repr__(self) -> str:
        return f"RunList({len(self):,} runs)" if len(self) != 1 else "RunList(1 run)"

    def __str__(self) -> str:
        """Return the table as aligned lines."""
        from convscope.runs.table import HEAD, NUMERIC, row
        from convscope.text import aligned

        return aligned([HEAD, *map(row, self)], numeric=NUMERIC)


def runs(*folders: Path | str) -> RunList:
    """Return the runs at and below folders, in the order of the folders and of their names.

    Args:
        folders: run folders, folders of runs, sweeps; by default runs/ and sweeps/.

    Raises:
        InputError: no such folder.
        DataError: a folder cannot be searched.
    """
    for folder in folders:
        if not isinstance(folder, str | Path):
            raise InputError(
                f"a folder given as {type(folder).__name__}", expected="a path, as runs/"
            )
    records = [read_run(folder) for folder in find_runs(*folders)]
    return RunList(records)
