"""List of corrections: a CSV file with a row for each image whose label was looked at."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from convscope.errors import FormatError
from convscope.io import storage
from convscope.io.csv_text import csv_line, read_rows
from convscope.io.text_file import read_text
from convscope.text import listed, printable

Action = Literal["relabel", "remove", "keep", ""]
"""relabel: `new_label` is right. remove: leave the image out. keep: the label is right."""

COLUMNS = ("image", "split", "index", "digest", "label", "action", "new_label")
MAX_ROWS = 2_000_000
MAX_BYTES = 1 << 28


class Correction(NamedTuple):
    """A decision about the label of an image.

    Attributes:
        image: its file relative to the data, or "shard:member"; empty for data without files.
        split, number: its place in the data set; the column is named index.
        digest: see `identity`.
        label: name of the class in the data.
        new_label: name of the right class; for `relabel` only.
        line: in the list, from 1; 0 for one that was not read.
    """

    image: str
    split: str
    number: int
    digest: str
    label: str
    action: Action
    new_label: str = ""
    line: int = 0

    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of COLUMNS."""
        return (
            self.image,
            self.split,
            str(self.number),
            self.digest,
            self.label,
            self.action,
            self.new_label,
        )


def write_corrections(
    path: Path,
    corrections: Iterable[Correction],
    *,
    further: Sequence[str] = (),
    cells: Iterable[Sequence[str]] | None = None,
) -> None:
    """Write a list of corrections.

    Args:
        further: names of columns behind COLUMNS.
        cells: their cells, for each row.

    Raises:
        StorageError: the file cannot be written.
    """
    rows = list(corrections)
    more = [()] * len(rows) if cells is None else cells
    with storage.writing(path) as add:
        add(f"{csv_line((*COLUMNS, *further))}\r\n".encode())
        for row, extra in zip(rows, more, strict=True):
            line = csv_line((*row.cells(), *extra))
            add(f"{line}\r\n".encode(errors="backslashreplace"))


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a list of corrections; further columns are ignored, and columns may be in any order.

    Raises:
        FormatError: not CSV, columns that are missing, an unknown action, or a damaged number;
            `where` names the line.
    """
    rows, lines = read_rows(read_text(path, most=MAX_BYTES), most=MAX_ROWS, where=str(path))
    head = [cell.lower() for cell in rows[0]] if rows else []
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise FormatError(
            f"columns that are missing: {', '.join(missing)}",
            expected=f"a first row with {', '.join(COLUMNS)}",
            fix="write the list with `convscope data doubts`, or in the studio",
            where=str(path),
        )
    places = [head.index(name) for name in COLUMNS]
    corrections = []
    for row, line in zip(rows[1:], lines[1:], strict=True):
        cells = [row[place] if place < len(row) else "" for place in places]
        corrections.append(_correction(cells, line, f"{path}, line {line:,}"))
    _check_once(corrections, str(path))
    return tuple(corrections)


def _correction(cells: Sequence[str], line: int, where: str) -> Correction:
    image, split, index, digest, label, action, new_label = map(_plain, cells)
    action = action.lower()
    if action not in get_args(Action):
        raise FormatError(
            f"the action {printable(action, 80)!r}",
            expected="relabel, remove, keep, or nothing",
            where=where,
        )
    if not index.isdecimal() or len(index) > 12:
        raise FormatError(f"the index {printable(index, 80)!r}", expected="0 or more", where=where)
    if action in ("relabel", "remove") and not digest:
        raise FormatError(
            "no digest of the image", expected="the one that the list was written with", where=where
        )
    if action == "relabel" and not new_label:
        raise FormatError("no new_label", expected="the name of the right class", where=where)
    known: Action = action  # type: ignore[assignment]
    return Correction(image, split, int(index), digest.lower(), label, known, new_label, line)


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that protects spreadsheets from formulas."""
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@")) else cell


def _check_once(corrections: Sequence[Correction], where: str) -> None:
    first: dict[tuple[str, str, int], Correction] = {}
    for row in corrections:
        key = (row.image, "" if row.image else row.split, 0 if row.image else row.number)
        other = first.setdefault(key, row)
        if other is not row:
            name = row.image or f"{row.split}[{row.number}]"
            raise FormatError(
                f"two rows for {listed([name])}: lines {other.line:,} and {row.line:,}",
                expected="one row for each image",
                where=where,
            )
