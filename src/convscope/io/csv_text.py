"""Rows of CSV text: read with any usual separator, written as spreadsheets read them."""

import csv
import io
from collections.abc import Iterable, Sequence

from convscope.errors import FormatError
from convscope.text import csv_cell, printable

SEPARATORS = ("\t", ",", ";", "|")
SAMPLE = 100  # rows that decide on the separator
SAMPLE_LETTERS = 1 << 16


def csv_line(row: Iterable[str]) -> str:
    """Return a row as a spreadsheet reads it (RFC 4180), without formulas and line end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([csv_cell(printable(cell)) for cell in row])
    return line.getvalue()


def read_rows(
    text: str, *, separators: Sequence[str] = SEPARATORS, most: int, where: str
) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not empty, without blanks around cells, and their line numbers.

    Args:
        separators: of which the one is used that divides most of the first rows into the same
            number of cells. Several blanks in a row are one.

    Raises:
        FormatError: more than `most` rows, or not CSV.
    """
    separator = separators[0] if len(separators) == 1 else _separator(text, separators)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator == " "
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if separator == " ":
                cells = [cell for cell in cells if cell]
            if len(rows) > most:
                raise FormatError(f"more than {most:,} rows", where=where)
            if any(cells):
                rows.append(cells)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise FormatError(f"line {reader.line_num:,}: {error}", where=where) from None
    return rows, lines


def _separator(text: str, separators: Sequence[str]) -> str:
    best, agreeing = ",", 0
    sample = text[:SAMPLE_LETTERS].splitlines()[:SAMPLE]
    for separator in separators:
        counts = [len(row) for row in csv.reader(sample, delimiter=separator) if row]
        same = counts.count(counts[0]) if counts and counts[0] > 1 else 0
        if same > agreeing:
            best, agreeing = separator, same
    return best
