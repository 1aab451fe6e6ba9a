"""Filters as entries of a list."""

from convscope.filters.apply import SETTINGS, SUMMARIES
from convscope.listing import Entry


def entries() -> list[Entry]:
    """Return all named filters, with the settings of those that have any."""
    return [
        Entry(
            name=name,
            summary=summary,
            notes=(("settings", ", ".join(SETTINGS[name])),) if name in SETTINGS else (),
        )
        for name, summary in SUMMARIES.items()
    ]
