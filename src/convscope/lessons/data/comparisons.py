"""Comparisons of the lecture for the figure `comparison`: those of `convscope compare --cases`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from convscope.lang import Translate


def names() -> tuple[str, ...]:
    """Return the names of the cases."""
    from convscope.arch.compare_cases import CASES

    return tuple(case.name for case in CASES)


def writer(name: str) -> Callable[[Translate], dict[str, Any]]:
    """Return the function that writes a comparison in a language."""
    return partial(_comparison, name)


def _comparison(name: str, write: Translate) -> dict[str, Any]:
    """Return the numbers of a comparison, as `convscope compare --case NAME --json`."""
    from convscope.arch.compare_cases import compare_case
    from convscope.zoo import load

    comparison = compare_case(name, load=load)
    return {
        "name": name,
        "title": write(comparison.title),
        "entries": [
            {
                **vars(entry),
                "name": write(entry.name),
                "published": list(map(write, entry.published)),
            }
            for entry in comparison.entries
        ],
        "notes": list(map(write, comparison.notes)),
        "convention": write(comparison.convention),
    }
