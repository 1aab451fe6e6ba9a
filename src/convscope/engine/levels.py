"""Levels of precision: how far the outputs of an engine may be from PyTorch's in float32."""

from typing import Literal, get_args

from convscope.errors import unknown_name

Level = Literal["exact", "fast", "int8"]

LEVELS: tuple[Level, ...] = get_args(Level)

TOLERANCES: dict[Level, float] = {"exact": 1e-4, "fast": 0.1, "int8": 0.5}
"""Largest difference of an output from PyTorch's in float32, relative to its largest value.

`exact` computes in float32, `fast` in bfloat16 or float16 where the processor multiplies them,
`int8` with 8-bit integers. `int8` is judged by its accuracy too: see `convscope.engine.int8`.
"""

NUMBERS: dict[Level, str] = {"exact": "float32", "fast": "bfloat16", "int8": "8-bit integers"}
"""The type of numbers that a level is allowed, for messages."""

VARIABLE = "CONVSCOPE_ENGINE"
"""Environment variable that names the only engine to use; see `convscope.engine.candidates`."""


def find_level(name: str) -> Level:
    """Return the level of that name.

    Raises:
        InputError: there is none; the error has the nearest names.
    """
    for level in LEVELS:
        if level == name:
            return level
    raise unknown_name("engine level", str(name), LEVELS)
