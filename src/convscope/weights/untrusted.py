"""Read weights from files that are not trusted: `.pth`, Keras' `.h5`, pickles of NumPy arrays.

Such a file is read in a restricted child process, with `weights_only=True` and no fallback, a
pickle of arrays without unpickling, and returned as safetensors. Archives that are unsafe by
their form are rejected before.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Literal, NamedTuple

from torch import Tensor

from convscope.errors import FormatError, InputError, StorageError
from convscope.extras import install_command
from convscope.io.file_kind import ARRAYS, identify
from convscope.io.leftovers import temporary_folder
from convscope.io.storage import open_file
from convscope.network.safetensors_file import read_tensors
from convscope.text import printable

CHILD = Path(__file__).with_name("untrusted_child.py")
TEMPORARY = "convscope-weights-"  # prefix of the folders of children
WAIT_S = 120.0
BYTES_PER_WAIT_S = 2 * 2**20
MAX_ENTRIES = 200_000
MOST_LETTERS = 300  # of a sentence of the child
Kind = Literal["pickle", "keras", "safetensors", "arrays"]


class Tensors(NamedTuple):
    """The tensors of a file, and notes for the user about it."""

    by_name: dict[str, Tensor]
    notes: tuple[str, ...] = ()


def read_file(path: Path) -> Tensors:
    """Read the tensors of a .pth, .h5 or .safetensors file; its first bytes decide which.

    Raises:
        InputError: there is no such file, or h5py is missing.
        FormatError: not such a file, damaged, or with anything else than tensors in it.
        StorageError: no space for the temporary copy.
    """
    kind = kind_of(path)
    if kind == "safetensors":
        return Tensors(read_tensors(path))
    if kind == "keras" and importlib.util.find_spec("h5py") is None:
        raise InputError(
            f"{path.name} is HDF5, and h5py is not installed", fix=install_command("keras")
        )
    return _in_child(path, kind)


def kind_of(path: Path) -> Kind:
    """Return the kind of a file by its first bytes; reject unsafe archives.

    Raises:
        InputError: there is no such file.
        FormatError: a legacy archive, or a zip with compressed or oversized entries.
    """
    try:
        with open_file(path) as file:
            first = file.read(16)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: {why}", expected="a file of weights") from None
    if first.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras"
    if first[8:9] == b"{" and not first.startswith(b"PK"):
        return "safetensors"
    kind = identify(path)
    if first.startswith(b"PK") and kind.kind == "weights":
        _check_zip(path)
        return "pickle"
    if _is_torch_tar(path):
        raise FormatError(
            "PyTorch's oldest format, a tar archive, cannot be read safely",
            fix="load it with the PyTorch version that wrote it, and save its state_dict() again",
            where=path.name,
        )
    if kind.kind != "weights":
        raise FormatError(
            f"this is {kind.name}",
            expected="a .pth, .safetensors or Keras .h5 file, or a pickle of NumPy arrays",
            fix=kind.fix,
            where=path.name,
        )
    return "arrays" if kind.name == ARRAYS else "pickle"


def _is_torch_tar(path: Path) -> bool:
    try:
        with open_file(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            first = archive.next()
            return first is not None and first.name in ("storages", "tensors", "pickle", "sys_info")
    except Exception:  # an unreadable header: not a tar
        return False


def _check_zip(path: Path) -> None:
    """torch.save compresses nothing: a compressed or oversized entry is a decompression bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            packed = [entry for entry in entries if entry.compress_type != zipfile.ZIP_STORED]
            total = sum(entry.file_size for entry in entries)
            sound = not packed and total <= path.stat().st_size and len(entries) <= MAX_ENTRIES
            damaged = archive.testzip() if sound else None  # torch does not check them
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError, zlib.error) as error:
        raise FormatError(f"a damaged zip archive: {error}", where=path.name) from None
    if damaged is not None:
        raise FormatError(
            f"damaged: the checksum of its entry {damaged[:80]!r} differs", where=path.name
        )
    if not sound:
        raise FormatError(
            f"{len(entries):,} entries of {total:,} bytes, {len(packed):,} of them compressed, "
            f"in a file of {path.stat().st_size:,}",
            expected="an archive written by torch.save, without compressed entries",
            where=path.name,
        )


def _in_child(path: Path, kind: Kind) -> Tensors:
    with temporary_folder(TEMPORARY) as folder:
        result = folder / "weights.safetensors"
        notes = _run(path, kind, result)
        try:
            return Tensors(read_tensors(result), notes)
        except FormatError as error:  # the child may have been exploited
            raise FormatError(error.given, expected=error.expected, where=path.name) from None


def _run(path: Path, kind: Kind, result: Path) -> tuple[str, ...]:
    """Run the child; return its notes, or raise its error."""
    quiet = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-P", "-W", "ignore", str(CHILD), kind, str(path), str(result)]
    try:
        done = subprocess.run(
            command,
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WAIT_S + path.stat().st_size / BYTES_PER_WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FormatError("reading it timed out", where=path.name) from None
    return _result(done, path.name)


def _result(done: subprocess.CompletedProcess[bytes], where: str) -> tuple[str, ...]:
    """Parse the child's result. It is not trusted: only plain text is taken from it."""
    try:
        result = json.loads(done.stdout[-100_000:])
        error, full = result.get("error"), result.get("full")
        notes = tuple(printable(str(note), MOST_LETTERS) for note in result.get("notes", ()))
    except (ValueError, AttributeError, TypeError):
        error, full, notes = (
            f"the process that read it exited with code {done.returncode}",
            None,
            (),
        )
    if full:
        raise StorageError(
            f"no space to unpack {where}",
            fix=f"free space in {tempfile.gettempdir()}, or set TMPDIR to another folder",
        )
    if error:
        raise FormatError(
            f"rejected: {printable(str(error), MOST_LETTERS)}",
            expected="only tensors by name",
            fix="save model.state_dict(), not the model" if "tries to run" in str(error) else "",
            where=where,
        )
    return notes
