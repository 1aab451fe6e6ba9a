"""The data set of a run that is resumed: found again, unchanged or changed with permission."""

from pathlib import Path

from convscope import data as datasets
from convscope.data import DataSet
from convscope.errors import ConvscopeError, DataError, InputError
from convscope.training.run.files import DataRecord


def data_of(record: DataRecord, data: str | Path | DataSet | None) -> DataSet:
    """Open the data set of a run.

    Args:
        data: its new place; None for the place that is recorded.

    Raises:
        ConvscopeError: as `data.open`; says how to name another place.
    """
    if data is not None and not isinstance(data, str | Path):
        return data
    source = data if data is not None else record.source or record.name
    try:
        return datasets.open(source, options=record.options)
    except ConvscopeError as error:
        if data is not None:
            raise
        moved = "if the data have moved: --data NEW"
        fix = f"{error.fix}; or, {moved}" if error.fix else moved
        raise type(error)(
            error.given, expected=error.expected, fix=fix, where=error.where
        ) from error


def checked_record(record: DataRecord, data: DataSet, *, accept_changes: bool) -> DataRecord:
    """Return the record of the data on which a run continues.

    Raises:
        DataError: they changed, and that is not accepted.
        InputError: other classes.
    """
    source = datasets.source_of(data) or record.source
    place = {"source": source, "options": datasets.options_of(data)}
    fingerprint = data.fingerprint()
    if fingerprint == record.fingerprint:
        return record.model_copy(update=place)
    if tuple(data.classes) != record.classes:
        raise InputError(
            f"{data.name} has other classes than the run: {_names(tuple(data.classes))}",
            expected=_names(record.classes),
            fix="train in a new folder",
        )
    if not accept_changes:
        raise DataError(
            f"the data {data.name!r} changed: fingerprint {fingerprint[:16]}...",
            expected=f"{record.fingerprint[:16]}..., as when the run started",
            fix="restore the old data (--data NEW if they have moved), train in a new folder, or "
            "continue on the changed data with --accept-changed-data",
            where=source,
        )
    return record.model_copy(update={**place, "name": data.name, "fingerprint": fingerprint})


def _names(classes: tuple[str, ...]) -> str:
    shown = ", ".join(classes[:8])
    return f"{len(classes)} classes ({shown}{', ...' if len(classes) > 8 else ''})"
