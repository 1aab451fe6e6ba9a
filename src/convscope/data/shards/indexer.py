"""An index for shards that another program wrote in the WebDataset layout.

An image and its label are members of one key: `KEY.jpg` and `KEY.cls` (a number or a name), or
`KEY.json` (with "label", "cls" or "class"). Other members are left alone, whatever they hold;
nothing is unpickled.
"""

import json
import os
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from convscope.data.dataset import SPLITS
from convscope.data.folder.layout import SPLIT_FOLDERS, shown
from convscope.data.folder.splits import named
from convscope.data.loading.measure import mean_and_std, survey
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.shards.dataset import ShardFiles
from convscope.data.shards.index import INDEX, Index, Members, Shard, index_name, is_index, to_json
from convscope.data.shards.tar import Member, members
from convscope.data.shards.writer import Progress, silent
from convscope.errors import ConvscopeError, DataError, FormatError, InputError, StorageError
from convscope.io import storage
from convscope.io.photos import MAX_FILE_BYTES

IMAGES = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "ppm", "pgm", "pbm", "pnm")
LABELS = ("cls", "json")
FIELDS = ("label", "cls", "class")
MOST_LABEL_BYTES = 1 << 20
MOST_CLASSES = 100_000


class _Image(NamedTuple):
    member: Member
    label: int | str
    crc32: int


class _Walked(NamedTuple):
    name: str
    size_bytes: int
    sha256: str
    images: tuple[_Image, ...]


def index_shards(
    folder: Path, *, classes: Sequence[str] = (), progress: Progress = silent
) -> Index:
    """Read all shards of a folder once, and write the index beside them; what was written.

    A shard is of the split that its name or its folder says (train, val, valid, validation,
    test), and of "train" where they say none.

    Args:
        classes: the names in the order of the labels, where labels are numbers; by default the
            numbers themselves.
        progress: called with the shards read so far, and their number.

    Raises:
        DataError: there are no shards; an image without a label; labels that are no classes.
        FormatError: a shard that is damaged or unsafe; names it and its member.
        StorageError: the index cannot be written, or would replace a file that is none.
    """
    root = Path(os.path.abspath(folder))
    paths = sorted(path for path in root.rglob("*.tar") if not path.name.startswith("."))
    if not paths:
        raise DataError("there are no .tar files", expected="shards", where=str(folder))
    _refuse_foreign(
        [root / INDEX, *(root / index_name(p.relative_to(root).as_posix()) for p in paths)]
    )
    splits: dict[str, list[_Walked]] = {}
    for number, path in enumerate(paths):
        name = path.relative_to(root).as_posix()
        splits.setdefault(_split_of(name), []).append(_walked(path, name))
        progress(number + 1, len(paths))
    labels = {image.label for shards in splits.values() for s in shards for image in s.images}
    numbers, class_names = _numbered(labels, tuple(classes), str(folder))
    written = {
        name: [_write_members(root, shard, numbers) for shard in splits[name]]
        for name in SPLITS
        if name in splits
    }
    index = _measured(root, class_names, written)
    storage.write(root / INDEX, [to_json(index)])
    return index


def _refuse_foreign(written: list[Path]) -> None:
    """An index is written anew; a file of somebody else that has its name is left alone."""
    for path in written:
        if path.exists() and not is_index(path):
            raise StorageError(
                "there is something already, and it is no index of shards",
                fix="move it elsewhere",
                where=str(path),
            )


def _split_of(name: str) -> str:
    words = re.split(r"[^a-z]+", name.lower())
    return next((SPLIT_FOLDERS[word] for word in reversed(words) if word in SPLIT_FOLDERS), "train")


def _walked(path: Path, name: str) -> _Walked:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            images = tuple(_images(handle, shown(name)))
            size = os.fstat(handle).st_size
        finally:
            os.close(handle)
        digest = storage.sha256(path)
    except ConvscopeError:
        raise
    except OSError as error:
        raise DataError(
            f"cannot be read: {(error.strerror or 'input/output error').lower()}", where=str(path)
        ) from None
    if not images:
        raise DataError("holds no images", expected="KEY.jpg and KEY.cls", where=shown(name))
    return _Walked(name, size, digest, images)


def _images(handle: int, where: str) -> list[_Image]:
    pictures: dict[str, Member] = {}
    labels: dict[str, int | str] = {}
    for member in members(handle, where=where):
        folder, slash, base = member.name.rpartition("/")
        stem, _, ending = base.partition(".")
        key, ending = f"{folder}{slash}{stem}", ending.lower()
        at = f"{where}:{shown(member.name)}"
        if ending in IMAGES:
            if key in pictures:
                raise DataError(f"a second image of the sample {shown(key)}", where=at)
            pictures[key] = member
        elif ending in LABELS:
            label = _label(handle, member, ending, at)
            if label is not None and labels.setdefault(key, label) != label:
                raise DataError(f"a second label of the sample {shown(key)}", where=at)
    unlabelled = [name for name in pictures if name not in labels]
    if unlabelled:
        raise DataError(
            f"images without a label: {named(unlabelled)}",
            expected="KEY.cls, or KEY.json with a label",
            where=where,
        )
    return [_Image(m, labels[key], _crc32(handle, m, where)) for key, m in pictures.items()]


def _label(handle: int, member: Member, ending: str, where: str) -> int | str | None:
    if member.size > MOST_LABEL_BYTES:
        raise FormatError(f"a label of {member.size:,} bytes", where=where)
    text = os.pread(handle, member.size, member.offset).decode("utf-8", "replace").strip()
    if ending == "cls":
        return _plain(int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text, where)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise FormatError("not JSON", where=where) from None
    fields = value if isinstance(value, dict) else {"label": value}
    found = [fields[field] for field in FIELDS if isinstance(fields.get(field), int | str)]
    return _plain(found[0], where) if found else None


def _plain(label: int | str, where: str) -> int | str:
    sound = label != "" and shown(label) == label if isinstance(label, str) else label >= 0
    if isinstance(label, bool) or not sound:
        raise FormatError(
            f"the label {shown(str(label)[:80])!r}",
            expected="a number from 0, or a name of a class",
            where=where,
        )
    return label


def _crc32(handle: int, member: Member, where: str) -> int:
    if member.size > MAX_FILE_BYTES:
        raise FormatError(
            f"an image of {member.size:,} bytes",
            expected=f"at most {MAX_FILE_BYTES:,}",
            where=f"{where}:{shown(member.name)}",
        )
    return zlib.crc32(os.pread(handle, member.size, member.offset))


def _numbered(
    labels: set[int | str], classes: tuple[str, ...], where: str
) -> tuple[dict[int | str, int], tuple[str, ...]]:
    """The number of each label, and the names of the classes."""
    texts = {label for label in labels if isinstance(label, str)}
    if texts and len(texts) < len(labels):
        raise DataError("some labels are numbers and some are names", where=where)
    if len(set(classes)) != len(classes):
        raise InputError("a class is named twice", expected="each name once")
    if texts:
        names = classes or tuple(sorted(texts))
        unknown = sorted(texts - set(names))
        if unknown:
            raise DataError(f"labels that are no classes: {named(unknown)}", where=where)
        return {name: number for number, name in enumerate(names)}, names
    most = max(label for label in labels if isinstance(label, int)) + 1
    if most > (len(classes) or MOST_CLASSES):
        raise DataError(
            f"the label {most - 1}",
            expected=f"0 to {(len(classes) or MOST_CLASSES) - 1}",
            where=where,
        )
    return {n: n for n in range(most)}, classes or tuple(str(n) for n in range(most))


def _write_members(
    root: Path, walked: _Walked, numbers: dict[int | str, int]
) -> tuple[Shard, Members]:
    index = Members(
        names=tuple(shown(image.member.name) for image in walked.images),
        offsets=tuple(image.member.offset for image in walked.images),
        sizes=tuple(image.member.size for image in walked.images),
        labels=tuple(numbers[image.label] for image in walked.images),
        crc32=tuple(image.crc32 for image in walked.images),
    )
    beside = storage.write(root / index_name(walked.name), [to_json(index)])
    shard = Shard(
        name=walked.name,
        images=len(walked.images),
        bytes=walked.size_bytes,
        sha256=walked.sha256,
        index_sha256=beside.sha256,
    )
    return shard, index


def _measured(
    root: Path, classes: tuple[str, ...], written: dict[str, list[tuple[Shard, Members]]]
) -> Index:
    files = {
        name: ShardFiles(root, tuple(shard for shard, _ in both), [members for _, members in both])
        for name, both in written.items()
    }
    first = files.get("train") or next(iter(files.values()))
    found = survey(first, [other for other in files.values() if other is not first])
    mean, std = None, None
    if "train" in files:
        labels = torch.zeros(len(first), dtype=torch.int64)
        mean, std = mean_and_std(PhotoSplit(first, labels, found.channels))
    return Index(
        name=root.name,
        classes=classes,
        channels=1 if found.channels == 1 else 3,
        shape=found.shape[:] if found.shape is not None else None,
        mean=mean,
        std=std,
        splits={name: tuple(shard for shard, _ in both) for name, both in written.items()},
    )
