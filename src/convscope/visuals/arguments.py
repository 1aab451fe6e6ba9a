"""Checks of the numbers that visuals take."""

from convscope.errors import InputError


def checked_index(index: int, num: int, *, name: str, noun: str) -> int:
    """Return the index if it is one of 0 ... num - 1.

    Raises:
        InputError: it is out of range, or not an integer.
    """
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < num:
        raise InputError(f"{name}={index!r}", expected=f"a {noun} from 0 to {num - 1}", where=name)
    return index


def checked_positive(value: int, *, name: str) -> int:
    """Return the number if it is an integer of at least 1.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name}={value!r}", expected="an integer, at least 1", where=name)
    return value
