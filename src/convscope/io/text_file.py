"""Texts that users write: recipes, architectures, labels, search spaces, in any Unicode encoding.

Editors on Windows save UTF-8 with a byte order mark, or UTF-16.
"""

import json
from pathlib import Path

from convscope.errors import FormatError, InputError
from convscope.io.storage import exists, read_bytes

UTF_8 = ("utf-8", "utf-8-sig")


def read_text(path: Path, *, most: int) -> str:
    """Return the text of a regular file of at most `most` bytes.

    Raises:
        InputError: there is no such file.
        FormatError: it cannot be read, is larger, or is not Unicode.
    """
    if not exists(path):
        from convscope.io.nearby import did_you_mean

        raise InputError("there is no such file", fix=did_you_mean(path), where=str(path))
    return decode(read_bytes(path, most=most), where=str(path))


def decode(raw: bytes, *, where: str) -> str:
    """Return a text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raises:
        FormatError: invalid bytes; names the first one.
    """
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding in UTF_8 else encoding.upper()
        raise FormatError(
            f"not {name} at byte {error.start}", fix="save it as UTF-8", where=where
        ) from None
