"""Foreign text (names of files, labels, keys of JSON, lines of servers) made safe to print.

Everything that comes from outside goes to a terminal, a table or a message through `printable`.
"""

import codecs
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

MOST_PRINTED = 2_000
"""Characters of one part of an error message."""

MOST_LABEL = 200
"""Characters of a class name, in model files."""

UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def printable(text: str, limit: int | None = None) -> str:
    """Return a text as one line of plain text.

    Control and formatting characters (which could move the cursor or reverse the text) and
    invalid UTF-8 bytes are escaped.

    Args:
        limit: longest result in characters; of a longer text the beginning and the end are kept,
            with the number of omitted characters between them.
    """
    if limit is None or len(text) <= limit:
        if text.isprintable():
            return text
        plain = _escaped(text)
        if limit is None or len(plain) <= limit:
            return plain
    note = f" ... ({len(text):,} characters) ... "
    room = max(limit - len(note), 0)
    end = room // 3
    head = _escaped(text[:room])[: room - end]
    return head + note + (_escaped(text[-end:])[-end:] if end else "")


def _escaped(text: str) -> str:
    return "".join(c if _is_plain(c) else _escape(c) for c in text)


def _is_plain(c: str) -> bool:
    return c.isprintable() or unicodedata.category(c) not in UNPRINTABLE


def _escape(c: str) -> str:
    if "\udc80" <= c <= "\udcff":  # Python's surrogate for an invalid byte
        return f"\\x{ord(c) - 0xDC00:02x}"
    return c.encode("unicode_escape", "surrogatepass").decode("ascii")


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return the first few names, printable, and how many there are."""
    texts = list(names)
    shown = ", ".join(map(printable, texts[:most]))
    return f"{shown}, ... ({len(texts):,} in all)" if len(texts) > most else shown


def counted(num: int, noun: str) -> str:
    """Return a number with its noun: "1 image", "1,200 images"."""
    return f"{num:,} {noun}{'s' * (num != 1)}"


def aligned(rows: Sequence[Sequence[str]], *, numeric: Collection[int] = ()) -> str:
    """Return rows of cells as lines of aligned columns.

    Args:
        numeric: columns that stand to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number in numeric else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def setting_text(value: Any) -> str:
    """Return a setting of a JSON record as text: yes, 0.1, 1, 2, AdamW(weight_decay=0.1)."""
    if isinstance(value, Mapping):
        kind = value.get("type", "")
        inner = ", ".join(f"{key}={setting_text(v)}" for key, v in value.items() if key != "type")
        return f"{kind}({inner})" if kind else inner
    if isinstance(value, list | tuple):
        return ", ".join(map(setting_text, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def byte_size(num_bytes: int) -> str:
    """Return a number of bytes in decimal units: 999 B, 1.5 kB, 170.1 MB, 12 GB."""
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if num_bytes >= 999.95 * 1000 ** (power - 1) and num_bytes >= 1000:
            return f"{f'{num_bytes / 1000**power:,.1f}'.removesuffix('.0')} {unit}"
    return f"{num_bytes} B"


SPACES = {"\xa0": " ", "\u2009": " ", "\u202f": " "}
"""Spaces that an encoding may lack: an ordinary one says the same."""

ESCAPED = "convscope.escaped"
"""Error handler of encodings: escapes the characters that an encoding lacks."""


def _encoding_error(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] in SPACES:
        return SPACES[error.object[error.start]], error.start + 1
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
    return codecs.backslashreplace_errors(error)


codecs.register_error(ESCAPED, _encoding_error)


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these."""


def csv_cell(text: str) -> str:
    """Return a text for a cell of a CSV file, with an apostrophe if it would be a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
