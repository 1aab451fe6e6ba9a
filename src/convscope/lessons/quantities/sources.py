"""Years of sources: {year.KEY}."""

from convscope.errors import InputError, nearest
from convscope.lessons.sources import SOURCES


def year_of(name: str) -> str | None:
    """Return the year of a source; None if the name is no `year.KEY`."""
    head, _, key = name.partition(".")
    if head != "year":
        return None
    if key not in SOURCES:
        raise InputError(
            f"there is no source named {key}", expected=", ".join(nearest(key, SOURCES))
        )
    return str(SOURCES[key].year)
