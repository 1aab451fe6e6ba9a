"""Labs as entries of a list."""

from convscope.labs import LABS
from convscope.listing import Entry


def entries() -> list[Entry]:
    """Return all labs."""
    return [Entry(name=name, summary=summary) for name, summary in LABS.items()]
