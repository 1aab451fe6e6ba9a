"""Data set whose labels are in a table: a CSV, TSV, JSON or JSON Lines file beside the images."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.arrays.class_names import numbered
from convscope.data.arrays.roles import role_of
from convscope.data.dataset import SPLITS
from convscope.data.folder.dataset import FolderFiles, FolderSet
from convscope.data.folder.divide import divide
from convscope.data.folder.hold_out import Labelled
from convscope.data.folder.split_names import ALL, split_of_name
from convscope.data.names import check_class_names
from convscope.data.options import DataOptions
from convscope.data.tables.columns import Columns, choose_columns, one_hot_label
from convscope.data.tables.locate import Finder, tables_of
from convscope.data.tables.rows import Table, read_table
from convscope.errors import DataError
from convscope.text import counted, listed, printable

NUMBER = re.compile(r"-?[0-9]{1,9}(\.0*)?")
MARKS = re.compile(r"\s*[|,;]\s*")
ONE_LABEL = "convscope trains classifiers with one label per image; choose one"


class Row(NamedTuple):
    """An image with its label and split, the line of the file, and the name there."""

    path: str
    label: str
    split: str
    line: int
    name: str


@dataclass(frozen=True)
class Labelling:
    """Content of a table: rows whose images exist, and what does not fit.

    Attributes:
        missing: names without an image.
        unnamed: images beside the named ones that have no row.
    """

    root: Path
    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    unnamed: tuple[str, ...]
    notes: tuple[str, ...]


def open_table(path: Path, options: DataOptions = DataOptions()) -> FolderSet:
    """Open a table of labels as a data set: finds the images, but opens none.

    Raises:
        DataError: the columns, names, labels or splits are not certain.
        FormatError: the file is damaged or too large.
    """
    source = Path(os.path.abspath(path))
    tables, opening = [source], []
    if source.is_dir():
        tables = tables_of(source)
        opening = [f"labels from {listed(table.name for table in tables)}"]
        source = tables[0] if len(tables) == 1 else source
    labelling = read_labellings(tables)
    by_split: dict[str, list[Row]] = {}
    for row in labelling.rows:
        by_split.setdefault(row.split, []).append(row)
    labels = _labels(by_split, str(path), least=1 if options.partial else 2)
    classes, indices, note = numbered(
        labels, options.class_names, str(path), partial=options.partial
    )
    notes = [*opening, *labelling.notes, *([note] if note else [])]
    splits: dict[str, Labelled] = {
        name: tuple((row.path, label) for row, label in zip(rows, labels, strict=True))
        for name, rows in by_split.items()
        for labels in [indices[name].tolist()]
    }
    division = divide(labelling.root, splits, group_by=options.group_by)
    notes += () if options.partial else division.notes  # an evaluation says which images it uses
    ordered = {name: division.splits[name] for name in SPLITS if name in division.splits}
    return FolderSet(
        name=printable(tables[0].parent.name) or source.stem,
        source=source,
        classes=classes,
        notes=tuple(notes),
        made_of=division.disk_splits,
        options=options,
        is_divided=ALL in by_split,
        files={
            name: FolderFiles(labelling.root, [path for path, _ in images])
            for name, images in ordered.items()
        },
        labels={
            name: torch.tensor([label for _, label in images], dtype=torch.int64)
            for name, images in ordered.items()
        },
    )


def read_labellings(tables: list[Path]) -> Labelling:
    """Read the tables of a data set and find their images.

    Args:
        tables: in one folder; of several, the name of each states its split.

    Raises:
        DataError: the columns, names, labels or splits are not certain; most images are missing.
        FormatError: a file is damaged or too large.
    """
    finder = Finder(tables[0].parent)
    notes: list[str] = []
    rows: list[Row] = []
    missing: list[str] = []
    named: set[str] = set()
    for table in tables:
        split = role_of(table.stem).split
        default = split if len(tables) > 1 else ALL
        for row in _read(table, finder, split, notes, may_lack_labels=len(tables) > 1):
            named.add(row.path or row.name)
            if not row.path:
                missing.append(row.name)
            elif row.label:
                rows.append(row if row.split != ALL else row._replace(split=default))
    where = str(tables[0] if len(tables) == 1 else tables[0].parent)
    rows = list(_distinct(rows, notes, where))
    _check_multi_label({row.label for row in rows}, where)
    unnamed = finder.unnamed(named)
    if unnamed:
        notes.append(
            f"{len(unnamed):,} images beside the named ones have no row: left out "
            f"({listed(unnamed)})"
        )
    return Labelling(finder.root, tuple(rows), tuple(missing), tuple(unnamed), tuple(notes))


def _read(
    path: Path, finder: Finder, split: str, notes: list[str], *, may_lack_labels: bool
) -> list[Row]:
    """Return all rows of a table, with an empty path for a missing image.

    Args:
        split: stated by the table's name; decides between images of the same name.
        may_lack_labels: leave a table of the test split without labels out, with a note.
    """
    where = str(path)
    table = read_table(path)
    try:
        columns = choose_columns(table, finder.is_name, where)
    except DataError as error:
        if split != "test" or not may_lack_labels:
            raise
        notes.append(f"{printable(path.name)} is left out: {error.given}")
        return []
    notes += [columns.note] if columns.note else []
    rows = [
        row._replace(path=finder.find(row.name, row.split if row.split != ALL else split) or "")
        for row in _rows(table, columns, where)
    ]
    unlabelled = sum(not row.label for row in rows)
    if unlabelled:
        notes.append(f"{unlabelled:,} of {len(rows):,} rows have no label: left out")
    missing = [row.name for row in rows if not row.path]
    if missing:
        counts = f"{len(missing):,} of {len(rows):,} named images are missing: {listed(missing)}"
        if 2 * len(missing) >= len(rows):
            raise DataError(
                counts,
                expected=f"paths from {finder.root}",
                fix="move the table to the images, or correct the names",
                where=where,
            )
        notes.append(f"{counts}: left out")
    return rows


def _rows(table: Table, columns: Columns, where: str) -> Iterator[Row]:
    """Yield every row, still without the path of its image.

    Raises:
        DataError: rows with too few cells, several classes, or an unknown split.
    """
    begin = 1 if columns.has_header else 0
    width = max(columns.image, columns.label, columns.split or 0, *columns.one_hot) + 1
    titles = [table.rows[0][n] for n in columns.one_hot]
    pairs = list(zip(table.rows[begin:], table.lines[begin:], strict=True))
    bad = [line for row, line in pairs if len(row) < width or not row[columns.image]]
    if bad:
        raise DataError(
            f"{len(bad):,} of {len(pairs):,} rows have too few cells or no file name; the first "
            f"is in line {bad[0]:,}",
            expected=f"{width} cells or more",
            where=where,
        )
    has_splits = columns.split is not None and any(row[columns.split] for row, _ in pairs)
    for row, line in pairs:
        label: str | None = row[columns.label]
        if columns.one_hot:
            label = one_hot_label([row[n] for n in columns.one_hot], titles)
        if label is None:
            raise DataError(
                f"line {line:,}: not exactly one class is 1",
                expected="one class per image",
                fix=ONE_LABEL,
                where=where,
            )
        split = split_of_name(row[columns.split or 0]) if has_splits else ALL
        if split is None:
            raise DataError(
                f"line {line:,}: the split {printable(row[columns.split or 0], 80)!r}",
                expected="train, val or test",
                where=where,
            )
        yield Row("", label, split, line, row[columns.image])


def _distinct(rows: list[Row], notes: list[str], where: str) -> Iterator[Row]:
    """Yield each image once; refuse images with two labels or splits."""
    first: dict[str, Row] = {}
    conflicts = [
        (other, row) for row in rows if (other := first.setdefault(row.path, row))[1:3] != row[1:3]
    ]
    if conflicts:
        one, two = conflicts[0]
        what = "label" if one.label != two.label else "split"
        values = [printable(str(getattr(row, what)), 80) for row in (one, two)]
        raise DataError(
            f"{len(conflicts):,} rows give an image another {what}: {printable(one.path, 200)} is "
            f"{values[0]} in line {one.line:,} and {values[1]} in line {two.line:,}",
            expected="one label and one split for each image",
            fix=ONE_LABEL if what == "label" else "remove one of the rows",
            where=where,
        )
    if len(first) < len(rows):
        notes.append(f"{len(rows) - len(first):,} rows repeat an image: counted once")
    yield from first.values()


def _check_multi_label(labels: set[str], where: str) -> None:
    """Refuse labels such as `cat|dog`, all of whose parts are labels elsewhere too."""
    parts = {label: MARKS.split(label) for label in labels if MARKS.search(label)}
    counts = Counter(part for pieces in parts.values() for part in set(pieces))
    counts.update(labels)
    several = [
        label
        for label, pieces in parts.items()
        # a comma may belong to a name: "tench, Tinca tinca"
        for shared in [sum(counts[part] > 1 for part in pieces)]
        if shared == len(pieces) or (shared and ("|" in label or ";" in label))
    ]
    if several:
        raise DataError(
            f"{len(several):,} of {len(labels):,} labels name several classes: {listed(several)}",
            expected="one class per image",
            fix=ONE_LABEL,
            where=where,
        )


def _labels(by_split: dict[str, list[Row]], where: str, *, least: int) -> dict[str, NDArray[Any]]:
    """Return the labels of every split: numbers if all are, else texts.

    Raises:
        DataError: labels that cannot be class names, or fewer than `least`.
    """
    labels = {row.label for rows in by_split.values() for row in rows}
    check_class_names(sorted(labels), where)
    if len(labels) < least:
        raise DataError(
            f"{counted(len(labels), 'label')}: {listed(labels) or 'no labelled images'}",
            expected="two or more classes" if least > 1 else "a label for each image",
            where=where,
        )
    are_numbers = all(NUMBER.fullmatch(label) for label in labels)
    return {
        name: np.array([int(float(row.label)) if are_numbers else row.label for row in rows])
        for name, rows in by_split.items()
    }
