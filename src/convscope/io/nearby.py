"""Files and folders whose names are close to one that does not exist, for the fix of an error."""

import os
from itertools import islice
from pathlib import Path

from convscope.errors import nearest

MOST_LISTED = 2000  # names of a folder that are compared


def nearby(path: str | Path) -> list[str]:
    """Return at most 3 existing paths in the same folder whose names are close, closest first."""
    missing = Path(path)
    try:
        with os.scandir(missing.parent) as listing:
            names = [item.name for item in islice(listing, MOST_LISTED)]
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return []
    return [str(missing.parent / name) for name in nearest(missing.name, names)]


def did_you_mean(path: str | Path) -> str:
    """Return the question whether another path was meant; empty if none is close."""
    close = nearby(path)
    return f"did you mean {' or '.join(close)}?" if close else ""
