"""Numbers as text, and text as numbers."""

import math
from typing import Any

from convscope.errors import InputError


def number(value: float) -> str:
    """Return a number in at most 4 digits: 3, -0.25, 1.5e-7."""
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e")


def parse_sizes(text: str, name: str, *, least: int = 1) -> tuple[int, ...]:
    """Return the whole numbers of `5x5x3` -> (5, 5, 3); `3` -> (3,).

    Raises:
        InputError: not whole numbers joined by x, or one below `least`.
    """
    parts = text.lower().replace("×", "x").split("x")
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        raise InputError(
            f"{name} {text!r}", expected="whole numbers joined by x, such as 5x5x3 or 3"
        )
    sizes = tuple(int(part) for part in parts)
    if min(sizes) < least:
        raise InputError(f"{name} {text!r}", expected=f"numbers of at least {least}")
    return sizes


def parse_pair(text: str, name: str, *, least: int = 1) -> tuple[int, int]:
    """Return (height, width) of `3` or `3x5`.

    Raises:
        InputError: not one or two whole numbers.
    """
    sizes = parse_sizes(text, name, least=least)
    if len(sizes) > 2:
        raise InputError(f"{name} {text!r}", expected="one number, or HEIGHTxWIDTH")
    return sizes[0], sizes[-1]


def finite(value: Any) -> Any:
    """Return the same data with None in place of NaN and infinity, which JSON cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value


def parse_numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of "1 1 2, 3".

    Raises:
        InputError: a word that is no finite number.
    """
    words = text.replace(",", " ").split()
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise InputError(f"{text!r}", expected='numbers, as "1 1 2 3"')
    return values


def parse_whole(text: str, name: str) -> tuple[int, ...]:
    """Return the whole numbers of "3 7 13".

    Raises:
        InputError: a word that is no whole number.
    """
    values = parse_numbers(text)
    if any(value != int(value) for value in values):
        raise InputError(f"{name} {text!r}", expected='whole numbers, as "3 7 13"')
    return tuple(int(value) for value in values)
