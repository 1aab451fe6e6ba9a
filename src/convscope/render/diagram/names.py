"""Names of blocks that are drawn once: what their paths differ in, as short as it can be."""

from collections.abc import Sequence
from itertools import pairwise, takewhile

LISTED = 3  # names that are written one by one


def folded_names(paths: Sequence[str]) -> str:
    """Return `block2, block3`, or `block2 to block36` where the names count through."""
    names = _differing([path.split(".") for path in paths])
    if len(names) > LISTED and _counts_through(names):
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)


def _differing(paths: list[list[str]]) -> list[str]:
    """Return paths without the parts that all of them begin or end with."""
    begin = _shared(paths)
    rest = [path[begin:] for path in paths]
    end = min(_shared([path[::-1] for path in rest]), min(map(len, rest)) - 1)
    return [".".join(path[: len(path) - max(end, 0)]) for path in rest]


def _shared(sequences: Sequence[Sequence[str]]) -> int:
    """Return with how many equal elements all sequences begin."""
    columns = zip(*sequences, strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def _counts_through(names: list[str]) -> bool:
    """Return whether names differ in a number or a last letter that rises by one."""
    start = _shared(names)
    numbered = len(names[0][:start].rstrip("0123456789"))
    numbers = [name[numbered:] for name in names]
    if all(number.isdecimal() for number in numbers):
        return all(int(b) - int(a) == 1 for a, b in pairwise(numbers))
    letters = [name[start:] for name in names]
    one_each = all(len(letter) == 1 for letter in letters)
    return one_each and all(ord(b) - ord(a) == 1 for a, b in pairwise(letters))
