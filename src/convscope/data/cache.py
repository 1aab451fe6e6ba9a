"""Where data sets are looked for, in this order."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where fetched files go.

    CONVSCOPE_CACHE, else XDG_CACHE_HOME/convscope, else ~/.cache/convscope.
    """
    if own := os.environ.get("CONVSCOPE_CACHE"):
        return Path(own).expanduser()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).expanduser() / "convscope"
    return Path.home() / ".cache" / "convscope"


def places() -> tuple[Path, ...]:
    """CONVSCOPE_DATA where it is set, then the cache; each data set has its own folder."""
    own = os.environ.get("CONVSCOPE_DATA")
    return (*((Path(own).expanduser(),) if own else ()), cache_folder())
