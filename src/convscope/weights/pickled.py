"""Weights out of files that could be hostile: `.pth`, `.pt`, and Keras' `.h5`.

Such a file is read in a process of its own, with `weights_only=True` and nothing else to fall
back to, and comes back as safetensors. What can be refused by looking at it is refused before.
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
from convscope.io.storage import open_file
from convscope.network.safetensors_file import read_tensors

CHILD = Path(__file__).with_name("child.py")
WAIT_S = 120.0
BYTES_PER_WAIT_S = 2 * 2**20
MAX_ENTRIES = 200_000
Kind = Literal["pickle", "keras", "safetensors"]


class Tensors(NamedTuple):
    """What a file holds, and what is worth knowing about how it held it."""

    by_name: dict[str, Tensor]
    notes: tuple[str, ...] = ()


def read_file(path: Path) -> Tensors:
    """The tensors of a .pth, .h5 or .safetensors file, told apart by their first bytes.

    Raises:
        InputError: there is no such file, or h5py is missing.
        FormatError: not such a file, damaged, or holding anything else than tensors.
        StorageError: no room for the temporary copy.
    """
    kind = kind_of(path)
    if kind == "safetensors":
        return Tensors(read_tensors(path))
    if kind == "keras" and importlib.util.find_spec("h5py") is None:
        raise InputError(
            f"{path.name} is HDF5, and h5py is not installed",
            fix="pip install 'convscope[keras]'",
        )
    return _in_child(path, kind)


def kind_of(path: Path) -> Kind:
    """What a file is, by its first bytes; archives that lie are refused here.

    Raises:
        InputError: there is no such file.
        FormatError: a legacy archive, or a zip that is packed or longer inside than outside.
    """
    try:
        with open_file(path) as file:
            first = file.read(16)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: {why}", expected="a file of weights") from None
    if first.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras"
    if first.startswith(b"PK"):
        _check_zip(path)
        return "pickle"
    if first[8:9] == b"{":
        return "safetensors"
    if _is_tar(path):
        raise FormatError(
            "PyTorch's oldest format, a tar archive, which cannot be read safely",
            fix="load it with the PyTorch that wrote it and save its state_dict() again",
            where=path.name,
        )
    if not first.startswith(b"\x80"):  # every pickle begins so
        raise FormatError(
            f"it begins with {first[:8]!r}",
            expected="a .pth, .safetensors or Keras .h5 file",
            where=path.name,
        )
    return "pickle"


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except Exception:  # a header that cannot be read is no tar
        return False


def _check_zip(path: Path) -> None:
    """PyTorch packs nothing: an entry that is packed, or larger than the file, is a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            packed = [entry for entry in entries if entry.compress_type != zipfile.ZIP_STORED]
            total = sum(entry.file_size for entry in entries)
            sound = not packed and total <= path.stat().st_size and len(entries) <= MAX_ENTRIES
            damaged = archive.testzip() if sound else None  # torch does not look at checksums
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError, zlib.error) as error:
        raise FormatError(f"a damaged zip archive: {error}", where=path.name) from None
    if damaged is not None:
        raise FormatError(
            f"damaged: the checksum of {damaged[:80]!r} in it does not fit", where=path.name
        )
    if not sound:
        raise FormatError(
            f"{len(entries):,} entries of {total:,} bytes, {len(packed):,} of them compressed, "
            f"in a file of {path.stat().st_size:,}",
            expected="an archive that torch.save wrote, in which nothing is compressed",
            where=path.name,
        )


def _in_child(path: Path, kind: Kind) -> Tensors:
    with tempfile.TemporaryDirectory(prefix="convscope-") as folder:
        result = Path(folder) / "weights.safetensors"
        notes = _run(path, kind, result)
        try:
            return Tensors(read_tensors(result), notes)
        except FormatError as error:  # whatever the child was made to write
            raise FormatError(error.given, expected=error.expected, where=path.name) from None


def _run(path: Path, kind: Kind, result: Path) -> tuple[str, ...]:
    """Start the child and wait; its notes, or its reason as an error."""
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
        raise FormatError("reading it took too long", where=path.name) from None
    return _answer(done, path.name)


def _answer(done: subprocess.CompletedProcess[bytes], where: str) -> tuple[str, ...]:
    """What the child says; nothing in it is believed but as text."""
    try:
        answer = json.loads(done.stdout[-100_000:])
        error, full = answer.get("error"), answer.get("full")
        notes = tuple(_plain(note) for note in answer.get("notes", ()))
    except (ValueError, AttributeError, TypeError):
        error, full, notes = f"reading it ended with code {done.returncode}", None, ()
    if full:
        raise StorageError(
            f"no room to unpack {where}",
            fix=f"make room in {tempfile.gettempdir()}, or set TMPDIR to another folder",
        )
    if error:
        raise FormatError(
            f"refused: {_plain(error)}",
            expected="tensors by name and nothing else",
            fix="save model.state_dict(), not the model" if "wants to run" in str(error) else "",
            where=where,
        )
    return notes


def _plain(text: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(text)[:300])
