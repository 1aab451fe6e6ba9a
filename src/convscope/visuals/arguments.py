"""Checks of the numbers that visuals take."""

import operator
from typing import Any

from convscope.errors import InputError, shortened


def whole(value: Any) -> int | None:
    """A whole number of any integer type, NumPy's and torch's included; None for another value.

    An array of one number is that number, as `logits.argmax(1)` of one image.
    """
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value.reshape(()) if getattr(value, "size", 0) == 1 else value)
    except (TypeError, ValueError, RuntimeError):  # torch: a tensor of several values
        return None


def checked_index(index: Any, num: int, *, name: str, noun: str) -> int:
    """Return the index if it is one of 0 ... num - 1.

    Raises:
        InputError: it is out of range, or not an integer.
    """
    number = whole(index)
    if number is None or not 0 <= number < num:
        raise InputError(
            f"{name}={shortened(index)}", expected=f"a {noun} from 0 to {num - 1}", where=name
        )
    return number


def checked_positive(value: Any, *, name: str) -> int:
    """Return the number if it is an integer of at least 1.

    Raises:
        InputError: it is not.
    """
    number = whole(value)
    if number is None or number < 1:
        raise InputError(
            f"{name}={shortened(value)}", expected="an integer, at least 1", where=name
        )
    return number
