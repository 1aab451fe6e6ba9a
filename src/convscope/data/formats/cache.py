"""Where data sets are looked for, in this order."""

import os
import tempfile
from pathlib import Path

from convscope.errors import InputError


def cache_folder() -> Path:
    """Where fetched files go.

    CONVSCOPE_CACHE, else XDG_CACHE_HOME/convscope, else ~/.cache/convscope; for a user without
    a home, as in some containers, a folder of the user's own among the temporary ones.

    Raises:
        InputError: a variable names the home of a user who has none.
    """
    if own := _named_by("CONVSCOPE_CACHE"):
        return own
    if shared := _named_by("XDG_CACHE_HOME"):
        return shared / "convscope"
    try:
        return Path.home() / ".cache" / "convscope"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"convscope-{os.getuid()}"


def places() -> tuple[Path, ...]:
    """CONVSCOPE_DATA where it is set, then the cache; each data set has its own folder."""
    own = _named_by("CONVSCOPE_DATA")
    return (*((own,) if own else ()), cache_folder())


def _named_by(variable: str) -> Path | None:
    text = os.environ.get(variable)
    if not text:
        return None
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InputError(
            f"{variable} is {text}, and that user has no home", expected="a folder"
        ) from None
