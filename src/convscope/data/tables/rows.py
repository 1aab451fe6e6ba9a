"""Rows of a table file: CSV with any usual separator, JSON or JSON Lines, in UTF-8 or UTF-16."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from convscope.data.folder.split_names import split_of_name
from convscope.data.tables.locate import JSON_SUFFIXES
from convscope.errors import ConvscopeError, FormatError
from convscope.io.csv_text import SEPARATORS, read_rows
from convscope.io.text_file import read_text
from convscope.text import printable

MAX_BYTES = 1 << 26
MAX_JSON_BYTES = 1 << 25  # Python's objects take up to 20 times as much
MAX_ROWS = 2_000_000
FILE, LABEL, SPLIT = "file", "label", "split"  # headers of JSON without field names
COCO = ("images", "annotations", "categories")


class Table(NamedTuple):
    """Cells of a file as texts.

    Attributes:
        lines: number of each row in the file, from 1, for messages.
        has_header: whether the first row names the columns; None if it may be data.
    """

    rows: list[list[str]]
    lines: list[int]
    has_header: bool | None


def read_table(path: Path) -> Table:
    """Read the rows of a table file.

    Raises:
        FormatError: too large, not text, invalid JSON or CSV, or without rows.
    """
    is_json = path.suffix.lower() in JSON_SUFFIXES
    text = read_text(path, most=MAX_JSON_BYTES if is_json else MAX_BYTES)
    if is_json:
        table = _from_json(text, path.suffix.lower() != ".json", str(path))
    else:
        separators = ("\t",) if path.suffix.lower() == ".tsv" else (*SEPARATORS, " ")
        rows, lines = read_rows(text, separators=separators, most=MAX_ROWS, where=str(path))
        table = Table(rows, lines, None)
    if len(table.rows) <= (table.has_header is True):
        raise FormatError("no rows", expected="a row for each image: file, label", where=str(path))
    return table


def _from_json(text: str, is_lines: bool, where: str) -> Table:
    try:
        if is_lines:
            value: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            value = json.loads(text)
        return _tabulated(_records(value, where), where)
    except ConvscopeError:
        raise
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise FormatError(f"invalid JSON: {printable(reason, 200)}", where=where) from None


def _records(value: Any, where: str) -> list[dict[str, Any]]:
    """Return one record per image from the usual shapes of JSON."""
    if isinstance(value, dict) and sum(key in value for key in COCO) > 1:
        raise FormatError(
            "annotations of objects (COCO): several labels per image",
            expected="one class for each image",
            fix='write a CSV file with the columns "file" and "label"',
            where=where,
        )
    if isinstance(value, dict) and set(value) == {"labels"}:
        value = value["labels"]
    if isinstance(value, list) and all(isinstance(x, list) and len(x) == 2 for x in value):
        return [{FILE: file, LABEL: label} for file, label in value]
    if isinstance(value, list) and all(isinstance(record, dict) for record in value):
        return value
    if not isinstance(value, dict) or not value:
        raise FormatError(
            "neither records nor a label for each file",
            expected='[{"file": "a.jpg", "label": "cat"}, ...] or {"a.jpg": "cat", ...}',
            where=where,
        )
    parts = list(value.values())
    if all(split_of_name(key) is not None for key in value):
        return [
            record | {SPLIT: split}
            for split, part in value.items()
            for record in _records(part, where)
        ]
    if all(isinstance(part, list) for part in parts):
        if _is_columns(value) and len({len(part) for part in parts}) == 1:
            return [dict(zip(value, cells, strict=True)) for cells in zip(*parts, strict=True)]
        return [{FILE: file, LABEL: label} for label, files in value.items() for file in files]
    if all(isinstance(part, dict) for part in parts):
        if _is_columns(value):  # as pandas writes it
            keys = list(parts[0])
            return [{name: part.get(key) for name, part in value.items()} for key in keys]
        return [{FILE: file} | record for file, record in value.items()]
    return [{FILE: file, LABEL: label} for file, label in value.items()]


def _is_columns(value: dict[str, Any]) -> bool:
    """Return whether keys are names of columns, not of files or classes."""
    from convscope.data.tables.columns import is_known

    return sum(is_known(key) for key in value) > 1


def _tabulated(records: list[dict[str, Any]], where: str) -> Table:
    header = list(dict.fromkeys(key for record in records for key in record))
    rows = [header, *([_cell(record.get(key), where) for key in header] for record in records)]
    return Table(rows, list(range(len(rows))), True)


def _cell(value: Any, where: str) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list | dict):
        raise FormatError(
            f"a list or an object where a label is expected: {printable(str(value), 80)}",
            expected="one class for each image",
            fix="several labels per image are not supported; choose one",
            where=where,
        )
    return "" if value is None else str(value)
