"""Numbers that take seconds or more to compute: `tools/lesson_measurements.py` writes them."""

import json
from functools import cache
from importlib.resources import files


@cache
def _all() -> dict[str, float]:
    text = files("convscope.lessons.quantities").joinpath("measured.json").read_text("utf-8")
    values: dict[str, float] = json.loads(text)
    return values


def measured(name: str) -> float:
    """Return a number of `measured.json`."""
    return _all()[name]
