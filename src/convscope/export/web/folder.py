"""A folder that is written as a whole: beside its place, and renamed when it is complete."""

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from convscope.errors import ConvscopeError, unusable_output
from convscope.io.storage import MARK, exists, refused, sync_folder

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


@contextlib.contextmanager
def staging(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside a path; it is removed at the end.

    Raises:
        StorageError: the disk is full or read-only.
    """
    path = Path(os.path.realpath(path))
    folder = path.with_name(f"{path.name}{MARK}{_suffix()}")
    try:
        folder.mkdir()
        yield folder
    except ConvscopeError:
        raise
    except OSError as error:
        raise refused(error, path, needed=_size(folder)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(folder: Path, path: Path) -> None:
    """Give a folder its name; the one that has it goes."""
    if exists(path):
        old = path.with_name(f"{path.name}{MARK}{_suffix()}")
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


def _suffix() -> str:
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
