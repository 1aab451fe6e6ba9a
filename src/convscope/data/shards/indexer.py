"""Write the index of shards that another program wrote in the WebDataset layout.

An image and its label are members of the same key: `KEY.jpg` and `KEY.cls` (a number or a name),
or `KEY.json` (with "label", "cls" or "class"). Other members are ignored; nothing is unpickled.
"""

import json
import os
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from convscope.data.dataset import SPLITS, Progress, silent
from convscope.data.folder.split_names import split_of_name
from convscope.data.loading.measure import mean_and_std, survey
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.names import check_class_names
from convscope.data.shards.dataset import ShardFiles
from convscope.data.shards.index import (
    INDEX,
    MAX_CLASSES,
    MAX_IMAGES,
    MAX_INDEX_BYTES,
    Index,
    Members,
    Shard,
    index_name,
    is_index,
    to_json,
)
from convscope.data.shards.tar import Member, members
from convscope.errors import (
    ConvscopeError,
    DataError,
    FormatError,
    InputError,
    unusable_output,
)
from convscope.io import storage
from convscope.io.formats import EXTENSIONS
from convscope.io.photos import MAX_FILE_BYTES
from convscope.io.storage import unreadable
from convscope.text import MOST_LABEL, listed, printable

IMAGES = tuple(ending.removeprefix(".") for ending in EXTENSIONS)
LABELS = ("cls", "json")
FIELDS = ("label", "cls", "class")
PACKED = (".gz", ".bz2", ".xz", ".zst")
MAX_LABEL_BYTES = 1 << 20
PACKED = (".gz", ".bz2", ".xz", ".zst")
CLASS_FILES = ("classes.txt", "class_names.txt", "classnames.txt")
CHUNK_BYTES = 1 << 20


class _Image(NamedTuple):
    member: Member
    label: int | str
    crc32: int


class _ShardContent(NamedTuple):
    name: str
    size_bytes: int
    sha256: str
    images: tuple[_Image, ...]


def index_shards(
    folder: Path, *, classes: Sequence[str] = (), progress: Progress = silent
) -> Index:
    """Read all shards of a folder once, write their index next to them, and return it.

    The split of a shard follows from its name or its folder (train, val, valid, validation,
    test); the default is "train".

    Args:
        classes: names in label order, if the labels are numbers; default: those of the index that
            is there, else the numbers that occur.
        progress: called with the number of shards read so far and their total.

    Raises:
        DataError: there are no shards; an image without a label; labels that are not classes.
        FormatError: a shard is damaged or unsafe; names it and its member.
        StorageError: the index cannot be written, or would replace another file.
    """
    root = Path(os.path.abspath(folder))
    paths = sorted(path for path in root.rglob("*.tar") if not path.name.startswith("."))
    if not paths:
        raise _no_shards(root)
    _check_overwrite(
        [root / INDEX, *(root / index_name(p.relative_to(root).as_posix()) for p in paths)]
    )
    splits: dict[str, list[_ShardContent]] = {}
    for number, path in enumerate(paths):
        name = path.relative_to(root).as_posix()
        splits.setdefault(_split_of(name), []).append(_read_shard(path, name))
        progress(number + 1, len(paths))
    labels = {image.label for shards in splits.values() for s in shards for image in s.images}
    if not classes and all(isinstance(label, int) for label in labels):
        before = names_in_index(root)
        classes = before if max(map(int, labels)) < len(before) else ()
    numbers, class_names = _numbered(labels, tuple(classes), str(folder))
    written = {
        name: [_write_members(root, shard, numbers) for shard in splits[name]]
        for name in SPLITS
        if name in splits
    }
    index = _measure(root, class_names, written)
    storage.write(root / INDEX, [to_json(index)])
    return index


def names_beside(folder: Path) -> Path | None:
    """Return the file of class names beside the shards; None if there is none."""
    return next((folder / name for name in CLASS_FILES if (folder / name).is_file()), None)


def names_in_index(folder: Path) -> tuple[str, ...]:
    """Return the class names of the index that is there; none if it cannot be read.

    The numbers in shards of our own have their names nowhere else.
    """
    try:
        raw = storage.read_limited(folder / INDEX, most=MAX_INDEX_BYTES)
        return Index.model_validate_json(raw).classes
    except (OSError, ValueError):
        return ()


def _no_shards(root: Path) -> ConvscopeError:
    """Return the error for a path without .tar files."""
    from convscope.io.nearby import did_you_mean

    packed = sorted(path.name for path in root.rglob("*.tar.*") if path.suffix in PACKED)
    if packed:
        return DataError(
            f"{len(packed):,} compressed .tar files: {listed(packed)}",
            expected="uncompressed .tar files: their images are read at any place",
            fix=f"decompress them, as with gunzip {printable(packed[0])}",
            where=str(root),
        )
    if root.is_dir():
        return InputError(
            "there are no .tar files",
            expected="a folder of shards",
            fix=f"convscope data pack {printable(str(root))} -o shards writes some",
            where=str(root),
        )
    return InputError(
        "there is no such folder",
        expected="a folder of shards",
        fix=did_you_mean(root),
        where=str(root),
    )


def _check_overwrite(written: list[Path]) -> None:
    """Raise StorageError for an existing file that is not an index of shards."""
    for path in written:
        if path.exists() and not is_index(path):
            raise unusable_output(
                "the file exists and is not an index of shards",
                path,
                fix="move it to another folder",
            )


def _split_of(name: str) -> str:
    words = re.split(r"[^a-z]+", name.lower())
    splits = (split_of_name(word) for word in reversed(words))
    return next((split for split in splits if split is not None), "train")


def _read_shard(path: Path, name: str) -> _ShardContent:
    try:
        with storage.open_file(path) as file:
            images = tuple(_images(file.fileno(), printable(name)))
            size = os.fstat(file.fileno()).st_size
        digest = storage.sha256(path)
    except ConvscopeError:
        raise
    except OSError as error:
        raise unreadable(error, str(path)) from None
    if not images:
        raise DataError("no images", expected="KEY.jpg and KEY.cls", where=printable(name))
    if len(images) > MAX_IMAGES:
        raise DataError(
            f"{len(images):,} images in a shard",
            expected=f"at most {MAX_IMAGES:,}",
            where=printable(name),
        )
    return _ShardContent(name, size, digest, images)


def _images(handle: int, where: str) -> list[_Image]:
    pictures: dict[str, Member] = {}
    labels: dict[str, int | str] = {}
    for member in members(handle, where=where):
        folder, slash, base = member.name.rpartition("/")
        stem, _, ending = base.partition(".")
        key, ending = f"{folder}{slash}{stem}", ending.lower()
        at = f"{where}:{printable(member.name)}"
        if ending in IMAGES:
            if key in pictures:
                raise DataError(f"two images for the sample {printable(key)}", where=at)
            pictures[key] = member
        elif ending in LABELS:
            label = _label(handle, member, ending, at)
            if label is not None and labels.setdefault(key, label) != label:
                raise DataError(f"two labels for the sample {printable(key)}", where=at)
    unlabelled = [name for name in pictures if name not in labels]
    if unlabelled:
        raise DataError(
            f"images without a label: {listed(unlabelled)}",
            expected="KEY.cls, or KEY.json with a label",
            fix=f"unpack a tar file of class folders: tar -xf {printable(where)}"
            if any("/" in name for name in unlabelled)
            else "",
            where=where,
        )
    return [_Image(m, labels[key], _crc32(handle, m, where)) for key, m in pictures.items()]


def _label(handle: int, member: Member, ending: str, where: str) -> int | str | None:
    if member.size > MAX_LABEL_BYTES:
        raise FormatError(f"a label of {member.size:,} bytes", where=where)
    text = os.pread(handle, member.size, member.offset).decode("utf-8", "replace").strip()
    if ending == "cls":
        return _checked_label(int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text, where)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise FormatError("invalid JSON", where=where) from None
    fields = value if isinstance(value, dict) else {"label": value}
    values = [fields[field] for field in FIELDS if isinstance(fields.get(field), int | str)]
    return _checked_label(values[0], where) if values else None


def _checked_label(label: int | str, where: str) -> int | str:
    is_valid = (
        0 < len(label) <= MOST_LABEL and printable(label) == label
        if isinstance(label, str)
        else label >= 0
    )
    if isinstance(label, bool) or not is_valid:
        raise FormatError(
            f"the label {printable(str(label)[:80])!r}",
            expected=f"a number from 0, or a class name of at most {MOST_LABEL} letters",
            where=where,
        )
    return label


def _crc32(handle: int, member: Member, where: str) -> int:
    if member.size > MAX_FILE_BYTES:
        raise FormatError(
            f"an image of {member.size:,} bytes",
            expected=f"at most {MAX_FILE_BYTES:,}",
            where=f"{where}:{printable(member.name)}",
        )
    checksum = 0
    for begin in range(0, member.size, CHUNK_BYTES):
        size = min(CHUNK_BYTES, member.size - begin)
        checksum = zlib.crc32(os.pread(handle, size, member.offset + begin), checksum)
    return checksum


def _numbered(
    labels: set[int | str], classes: tuple[str, ...], where: str
) -> tuple[dict[int | str, int], tuple[str, ...]]:
    """Return the class index of each label, and the class names."""
    texts = {label for label in labels if isinstance(label, str)}
    if texts and len(texts) < len(labels):
        raise DataError("some labels are numbers and others are names", where=where)
    check_class_names(classes, where)
    if texts:
        names = classes or tuple(sorted(texts))
        unknown = sorted(texts - set(names))
        if unknown:
            raise DataError(f"labels that are not classes: {listed(unknown)}", where=where)
        return {name: number for number, name in enumerate(names)}, names
    num = max(label for label in labels if isinstance(label, int)) + 1
    if num > (len(classes) or MAX_CLASSES):
        raise DataError(
            f"the label {num - 1}",
            expected=f"0 to {(len(classes) or MAX_CLASSES) - 1}",
            where=where,
        )
    if classes:
        return {n: n for n in range(num)}, classes
    present = sorted(label for label in labels if isinstance(label, int))
    return {n: index for index, n in enumerate(present)}, tuple(map(str, present))


def _write_members(
    root: Path, content: _ShardContent, numbers: dict[int | str, int]
) -> tuple[Shard, Members]:
    index = Members(
        names=tuple(printable(image.member.name) for image in content.images),
        offsets=tuple(image.member.offset for image in content.images),
        sizes=tuple(image.member.size for image in content.images),
        labels=tuple(numbers[image.label] for image in content.images),
        crc32=tuple(image.crc32 for image in content.images),
    )
    receipt = storage.write(root / index_name(content.name), [to_json(index)])
    shard = Shard(
        name=content.name,
        images=len(content.images),
        bytes=content.size_bytes,
        sha256=content.sha256,
        index_sha256=receipt.sha256,
    )
    return shard, index


def _measure(
    root: Path, classes: tuple[str, ...], written: dict[str, list[tuple[Shard, Members]]]
) -> Index:
    files = {
        name: ShardFiles(
            root, tuple(shard for shard, _ in pairs), [members for _, members in pairs]
        )
        for name, pairs in written.items()
    }
    first = files.get("train") or next(iter(files.values()))
    result = survey(first, [other for other in files.values() if other is not first])
    mean, std = None, None
    if "train" in files:
        labels = torch.zeros(len(first), dtype=torch.int64)
        mean, std = mean_and_std(PhotoSplit(first, labels, result.channels))
    return Index(
        name=root.name,
        classes=classes,
        channels=1 if result.channels == 1 else 3,
        shape=result.shape[:] if result.shape is not None else None,
        mean=mean,
        std=std,
        splits={name: tuple(shard for shard, _ in pairs) for name, pairs in written.items()},
    )
