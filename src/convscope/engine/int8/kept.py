"""Quantised networks on the disk, so that the next call need not calibrate again.

One file for each network, calibration images, processor and versions of the packages: a line of
JSON with a digest, and the bytes of the ONNX model. Files that are damaged or of another key are
ignored, and written again. The folder has a limit; those that were not used for longest go first.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.engine.graph import Graph
from convscope.engine.remembered import engines_folder, package_versions
from convscope.errors import ConvscopeError, StorageError
from convscope.io import storage
from convscope.machine.processor import instructions, processor
from convscope.text import byte_size, printable

FORMAT = "convscope int8 1"
ENDING = ".int8"
MOST_BYTES = 1 << 30  # of all files together
MOST_HEADER = 1 << 10
Note = Callable[[str], None]


def key_of(graph: Graph, batches: Sequence[NDArray[np.floating[Any]]], largest: int) -> str:
    """Return a digest of all that a quantised network depends on.

    Args:
        graph: in float32; its bytes hold the layers and the weights.
        batches: prepared images of the calibration.
        largest: of the weights.
    """
    facts = {
        "format": FORMAT,
        "largest": largest,
        "processor": processor(),
        "instructions": list(instructions()),
        "versions": dict(package_versions()),
        "numpy": np.__version__,
        "code": _code(),
    }
    digest = hashlib.sha256()
    for part in (json.dumps(facts, sort_keys=True).encode(), graph.data):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    for batch in batches:
        digest.update(f"{batch.shape} {batch.dtype}".encode())
        digest.update(np.ascontiguousarray(batch).data.cast("B"))
    return digest.hexdigest()


def read(key: str, note: Note) -> bytes | None:
    """Return the model of a key; None if there is none, or its file is damaged.

    Args:
        note: takes a sentence: the model is a remembered one, or its file is not valid.
    """
    path = _path(key)
    try:
        content = storage.read_limited(path, most=MOST_BYTES + MOST_HEADER)
    except FileNotFoundError:
        return None
    except (OSError, ConvscopeError) as error:
        note(f"{printable(str(path))} cannot be read, so int8 is calibrated again: {error}")
        return None
    header, _, data = content.partition(b"\n")
    if header != _header(key, data):
        note(f"{printable(str(path))} is not valid, so int8 is calibrated again")
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used now
    note(f"int8: calibrated earlier with the same images, as remembered in {printable(str(path))}")
    return data


def write(key: str, data: bytes, note: Note) -> None:
    """Remember a model; a folder that cannot be written is only said."""
    if len(data) > MOST_BYTES:
        note(f"int8 is not remembered: {byte_size(len(data))} is above {byte_size(MOST_BYTES)}")
        return
    path = _path(key)
    try:
        storage.make_folder(path.parent)
        storage.write(path, [_header(key, data), b"\n", data])
    except StorageError as error:
        note(f"int8 is not remembered: {error.on_one_line()}")
        return
    _limit(path)


def _limit(kept: Path) -> None:
    """Remove files that were not used for longest until the folder is within its limit."""
    files = sorted(_files(kept.parent), reverse=True)
    total = 0
    for _used_s, size, path in files:
        total += size
        if total > MOST_BYTES and path != str(kept):
            with contextlib.suppress(OSError):  # another process has removed it
                os.unlink(path)


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Yield the time of the last use, the size and the path of each file."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(ENDING) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    facts = entry.stat(follow_symlinks=False)
                    yield facts.st_mtime, facts.st_size, entry.path


def _header(key: str, data: bytes) -> bytes:
    fields = {"format": FORMAT, "key": key, "sha256": hashlib.sha256(data).hexdigest()}
    return json.dumps(fields).encode()


def _path(key: str) -> Path:
    return engines_folder() / "int8" / f"{key[:32]}{ENDING}"


@cache
def _code() -> str:
    """Return a digest of this package, so that a change of it counts as another version."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
