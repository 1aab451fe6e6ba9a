"""The folder of an export: what may be replaced, and how the whole gets its name."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from convscope.errors import unusable_output
from convscope.io.storage import exists, staging, sync_folder, temporary_path

MANIFEST = Path("model", "model.json")
MOST_BYTES = 64 << 20  # of a manifest


def check_replaceable(path: Path) -> None:
    """Check that what is there may be replaced: nothing, an empty folder, or an export.

    Raises:
        StorageError: other files, which are never removed.
    """
    if not exists(path):
        return
    if not path.is_dir():
        raise unusable_output("this is a file", path, expected="a folder to write")
    if any(path.iterdir()) and not is_export(path):
        raise unusable_output(
            "the folder holds other files",
            path,
            expected="a new folder, or an earlier export: --force replaces nothing else",
            fix="another name",
        )


def is_export(folder: Path) -> bool:
    """Return whether a folder was written by this target."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            fields = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    known = isinstance(fields, dict) and fields.get("format") == 1 and "onnx" in fields
    return known and (folder / "index.html").is_file()


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that gets its name at the end; after an exception it is removed.

    Raises:
        StorageError: the disk is full or read-only, or the folder holds other files; what was
            there is unchanged.
    """
    path = Path(os.path.realpath(path))
    with staging(path) as folder:
        yield folder
        check_replaceable(path)
        _put(folder, path)


def _put(folder: Path, path: Path) -> None:
    """Give a complete folder its name; the one that has it goes."""
    if exists(path):
        old = temporary_path(path)
        path.rename(old)
        try:
            folder.rename(path)
        except OSError:
            old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.rename(path)
    sync_folder(path.parent)
