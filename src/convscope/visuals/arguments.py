"""Types and checks of the numbers that visuals take."""

from typing import Annotated, Any

from pydantic import Field

from convscope.errors import InputError, shortened
from convscope.io.values import whole

Count = Annotated[int, Field(ge=1)]
Whole = Annotated[int, Field(ge=0)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
"""Types of settings: forms and `visuals.settings` read their bounds, `compute` checks them."""


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
