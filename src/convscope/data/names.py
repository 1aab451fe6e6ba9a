"""Names of files and classes: packed in memory, checked, and compared without capitals.

Names are as Python returns them from the file system: invalid UTF-8 bytes are surrogates.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from convscope.errors import DataError
from convscope.text import MOST_LABEL, listed, printable


class PackedNames:
    """An immutable list of names in one bytes object, since there may be millions."""

    def __init__(self, names: Iterable[str]) -> None:
        encoded = [os.fsencode(name) for name in names]
        self._bytes = b"".join(encoded)
        self._ends: NDArray[np.int64] = np.cumsum([0, *map(len, encoded)], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(index)
        begin, end = self._ends[index : index + 2].tolist()
        return os.fsdecode(self._bytes[begin:end])

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))


def colliding_names(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return groups of names that differ only in capitals or in the Unicode form of accents."""
    groups: dict[str, list[str]] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        groups.setdefault(key, []).append(name)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


def check_class_names(classes: Sequence[str], where: str, *, noun: str = "class names") -> None:
    """Check class names, or others, that come from a file.

    Raises:
        DataError: a name that is empty, longer than MOST_LABEL, not plain text, or there twice.
    """
    odd = [name for name in classes if not 0 < len(name) <= MOST_LABEL or printable(name) != name]
    if odd:
        raise DataError(
            f"{len(odd):,} of {len(classes):,} {noun} are empty, longer than {MOST_LABEL} "
            f"letters or contain control characters, such as {printable(odd[0], 80)!r}",
            expected=f"1 to {MOST_LABEL} letters of plain text",
            where=where,
        )
    if len(set(classes)) != len(classes):
        twice = [name for name, number in Counter(classes).items() if number > 1]
        raise DataError(
            f"class names that occur twice: {listed(twice)}", expected="each once", where=where
        )
