"""Identify a file or folder that is not a model by its content, never by its name alone."""

import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from convscope.io.formats import COPY, GIT_LFS, UNPACK, file_kind
from convscope.io.storage import open_file

Kind = Literal["weights", "code", "image", "architecture", "recipe", "data", "empty", "other"]
HEAD_BYTES = 4096
MOST_ENTRIES = 10_000  # names of an archive that are looked at
MOST_FIELDS = 64  # of a protocol buffer


class FileKind(NamedTuple):
    """Content of a file or folder.

    Attributes:
        kind: "weights": tensors, which `--weights` may read; "code": weights behind a program.
        name: with its article, for messages: "a PNG image".
        fix: a way to use it; empty for the usual one of its kind.
    """

    kind: Kind
    name: str
    fix: str = ""


KERAS = "in Keras: model.save('weights.h5'), which --weights reads"
CAFFE = "convert it: pickle.dump({layer: [array, ...], ...}) of its blobs, which --weights reads"
IN_TORCH = "where it was made: save the arrays as a pickle, {layer: [array, ...], ...}"
STATE_DICT = "save its weights: torch.save(model.state_dict(), 'weights.pth')"
ARRAYS = "a Python pickle, of which NumPy arrays are read and no program is run"
SOURCE = "use the .pth or .h5 that it came from"
SIGNATURES: tuple[tuple[int, bytes, FileKind], ...] = (
    (0, b"\x89HDF\r\n\x1a\n", FileKind("weights", "an HDF5 file, as Keras writes")),
    (4, b"TFL3", FileKind("code", "a TensorFlow Lite model", SOURCE)),
    (0, b"GGUF", FileKind("code", "a GGUF model of llama.cpp", SOURCE)),
    (0, b"MATLAB 5.0", FileKind("other", "a MATLAB file")),
    (0, b"SQLite format 3\0", FileKind("other", "an SQLite database")),
    (0, b"PAR1", FileKind("data", "a Parquet file")),
    (0, b"\0\0\x08\x03", FileKind("data", "images in the IDX format of MNIST")),
    (0, b"\0\0\x08\x01", FileKind("data", "labels in the IDX format of MNIST")),
    (0, b"\0\0\0\0\2\0\0\0", FileKind("code", "weights of Darknet (.weights)", IN_TORCH)),
    (257, b"ustar", FileKind("other", "a tar archive", f"{UNPACK}; for shards name their folder")),
)
"""Place and first bytes of files that are not in `formats`, or mean something else here."""

OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save's number before version 1.6


ONNX = "convscope reads no ONNX: use the .pth that it came from"
PROTOTXT = re.compile(r"(name|layers?|input)\s*[:{][^{]*(\{|input_dim)")
CORE_ML = frozenset((*range(200, 210), *range(300, 309), *range(400, 406), *range(500, 610)))
FLAX = tuple(bytes([code]) for code in range(0x81, 0x90))  # a small map of MessagePack
BUFFERS: tuple[tuple[FileKind, frozenset[int], frozenset[int], tuple[int, ...]], ...] = (
    (
        FileKind(
            "code", "an ONNX model", "convscope reads no ONNX: use the .pth that it came from"
        ),
        frozenset((*range(1, 9), 14, 20, 25, 26)),
        frozenset((7,)),
        (1,),
    ),
    (
        FileKind("code", "a Core ML model", SOURCE),
        frozenset(
            (1, 2, 10, *range(200, 210), *range(300, 309), *range(400, 406), *range(500, 610))
        ),
        frozenset((*range(200, 210), *range(300, 309), *range(400, 406), *range(500, 610))),
        (1,),
    ),
    (
        FileKind("code", "weights of Caffe (.caffemodel)", CAFFE),
        frozenset((*range(1, 9), 100)),
        frozenset((2, 100)),
        (1, 2, 100),
    ),
    (
        FileKind("code", "a frozen graph of TensorFlow (.pb)", KERAS),
        frozenset((1, 2, 3, 4, 5)),
        frozenset((4,)),
        (1,),
    ),
)
"""Kind, fields that may be in it, fields of which one must be, and those that may be first."""


def identify(path: Path) -> FileKind:
    """Return the kind of a file or folder; "other" if it is unknown or cannot be read."""
    try:
        if path.is_dir():
            return _folder(path)
        with open_file(path) as file:
            return _file(file, path.name)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return FileKind("other", f"not readable ({why.lower()})")


def _file(file: BinaryIO, name: str) -> FileKind:
    head = file.read(HEAD_BYTES)
    if not head:
        return FileKind("empty", "an empty file", COPY)
    for place, mark, kind in SIGNATURES:
        if head.startswith(mark, place):
            return kind
    if head.startswith(b"PK"):
        return _archive(file)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**32:
        return FileKind("weights", "a safetensors file without the metadata of a convscope model")
    if head.startswith(OLD_TORCH):
        return FileKind("weights", "a file of PyTorch (torch.save, before version 1.6)")
    if head[:1] == b"\x80" and head[1:2] in b"\x00\x01\x02\x03\x04\x05":
        return FileKind("weights", ARRAYS)
    if buffer := _protocol_buffer(file):
        return buffer
    if head[:1] in FLAX and re.match(rb"[\xa1-\xbf][\x21-\x7e]{1,31}[\x80-\xdf]", head[1:]):
        return FileKind("code", "a MessagePack file, as Flax writes", IN_TORCH)
    return _text(head) or _general(head, name)


def _archive(file: BinaryIO) -> FileKind:
    """Return the kind of a zip archive by the names in it."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:MOST_ENTRIES]
    except Exception:  # zipfile raises many classes for a damaged archive
        return FileKind("other", "a damaged zip archive", COPY)
    parts = {name.rpartition("/")[2] for name in names}
    folders = {folder for name in names for folder in name.split("/")[:-1]}
    if "data.pkl" in parts and "code" in folders:
        fix = "in Python: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')"
        return FileKind("code", "a TorchScript archive, which holds a program", fix)
    if "archive_format" in parts or "serialized_exported_program.json" in parts:
        return FileKind("code", "a program of torch.export", STATE_DICT)
    if "data.pkl" in parts:
        return FileKind("weights", "a file of PyTorch (torch.save)")
    if "model.weights.h5" in parts:
        return FileKind("code", "a Keras model (.keras)", KERAS)
    if names and all(name.endswith(".npy") for name in names):
        return FileKind("data", "a file of NumPy arrays (.npz)")
    return FileKind("other", "a zip archive", UNPACK)


def _protocol_buffer(file: BinaryIO) -> FileKind | None:
    """Return the kind of a model in a protocol buffer by the numbers of its fields; or None."""
    file.seek(0)
    numbers = list(_fields(file))
    for kind, fields, needed, starts in BUFFERS:
        if numbers and numbers[0] in starts and needed & {*numbers} and {*numbers} <= fields:
            return kind
    return None


def _fields(file: BinaryIO) -> Iterator[int]:
    """Yield the numbers of the top fields of a protocol buffer; 0 for a broken one."""
    size = os.fstat(file.fileno()).st_size
    for _ in range(MOST_FIELDS):
        if file.tell() == size:
            return
        key = _varint(file)
        yield key >> 3
        length = _varint(file)
        if key & 7 == 2:
            file.seek(length, os.SEEK_CUR)
        if key & 7 not in (0, 2) or length < 0 or file.tell() > size:
            yield 0
            return


def _varint(file: BinaryIO) -> int:
    value = 0
    for place in range(9):
        byte = file.read(1)
        if not byte:
            return -1
        value |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80:
            return value
    return -1


def _text(head: bytes) -> FileKind | None:
    """Return the kind of a text that means something for models; None for any other file."""
    try:
        text = head.decode(json.detect_encoding(head), "ignore").lstrip("\ufeff \t\r\n")
    except ValueError:
        return None
    if text[:200].lower().startswith(("<!doctype html", "<html")):
        return FileKind("other", "a web page", "the download failed: download the file itself")
    if re.match(r"(name|layers?|input)\s*[:{]", text) and re.search(
        r"layers?\s*\{|input_dim", text
    ):
        return FileKind(
            "code", "an architecture of Caffe (.prototxt)", "list networks: convscope list"
        )
    if text.startswith("<?xml") and "<net " in text:
        return FileKind("code", "an OpenVINO model", "use the .pth that it came from")
    if re.match(r"[\[{]\s*[\[{\"\d\]}tfn-]", text) is None:
        return None
    if '"block"' in text and '"input"' in text:
        return FileKind("architecture", "an architecture, which has no weights")
    if '"optimizer"' in text or '"lr"' in text:
        return FileKind("recipe", "a recipe", "pass it with --recipe")
    return FileKind("other", "JSON text")


def _general(head: bytes, name: str) -> FileKind:
    """Return the kind of an image, or of a file that has nothing to do with models."""
    if re.search(r"\.ckpt(-\d+)?\.(index|meta|data-\d{5}-of-\d{5})$", name):
        return FileKind("code", "a part of a checkpoint of TensorFlow", KERAS)
    kind = file_kind(head)
    if kind.is_image:
        return FileKind("image", f"an image ({kind.name})")
    if kind.name == "text" and name.endswith(".py"):
        return FileKind("other", "a Python program")
    return FileKind("other", kind.name, kind.fix if kind.fix in (UNPACK, GIT_LFS) else "")


def _folder(path: Path) -> FileKind:
    names = set()
    with os.scandir(path) as entries:
        for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False):
            names.add(entry.name)
    if not names:
        return FileKind("empty", "an empty folder")
    if "saved_model.pb" in names or "keras_metadata.pb" in names:
        return FileKind("code", "a SavedModel of TensorFlow", KERAS)
    if "Manifest.json" in names and path.suffix == ".mlpackage":
        return FileKind("code", "a Core ML package", "use the .pth that it came from")
    if any(name.endswith(".index") for name in names) and "checkpoint" in names:
        return FileKind("code", "checkpoints of TensorFlow", "in Keras: model.save('weights.h5')")
    if "index.json" in names and any(name.endswith(".tar") for name in names):
        return FileKind("data", "a folder of shards")
    if "recipe.json" in names:
        return FileKind("other", "the folder of a run")
    weights = sorted(
        n for n in names if n.endswith((".pth", ".pt", ".ckpt", ".safetensors", ".h5"))
    )
    if weights:
        return FileKind("other", f"a folder that holds {weights[0]}", f"name the file {weights[0]}")
    if any((path / name).is_dir() for name in sorted(names)[:64]):
        return FileKind("data", "a folder of folders, as DATA is")
    return FileKind("other", "a folder that is no run")
