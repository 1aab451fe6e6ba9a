"""Folders that are searched for data sets."""

import os
import tempfile
from pathlib import Path

from convscope.errors import InputError


def cache_folder() -> Path:
    """Return the folder for downloads.

    CONVSCOPE_CACHE, else XDG_CACHE_HOME/convscope, else ~/.cache/convscope; for a user without
    a home directory (as in some containers), a temporary folder of that user.

    Raises:
        InputError: a variable refers to the home of a user who has none.
    """
    if own := _from_environment("CONVSCOPE_CACHE"):
        return own
    if shared := _from_environment("XDG_CACHE_HOME"):
        return shared / "convscope"
    try:
        return Path.home() / ".cache" / "convscope"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"convscope-{os.getuid()}"


def data_folders() -> tuple[Path, ...]:
    """Return CONVSCOPE_DATA, if it is set, and the cache; each data set has a folder inside."""
    own = _from_environment("CONVSCOPE_DATA")
    return (*((own,) if own else ()), cache_folder())


def _from_environment(variable: str) -> Path | None:
    text = os.environ.get(variable)
    if not text:
        return None
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InputError(
            f"{variable}={text}: that user has no home directory", expected="a folder"
        ) from None
