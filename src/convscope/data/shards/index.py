"""Index of shards: `index.json`, and next to each shard an index of its members.

Their form, their checksums and the lengths of the shards are checked on reading.
"""

import errno
import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from convscope.data.dataset import SPLITS
from convscope.data.names import check_class_names
from convscope.errors import DataError, FormatError, from_validation, unknown_name
from convscope.io.conversion import NAMED
from convscope.io.photos import MAX_FILE_BYTES
from convscope.io.storage import open_file, read_limited, unreadable
from convscope.record import Record

INDEX = "index.json"
FORMAT = "convscope-shard"  # prefix of the `format` of both kinds of index
MAX_INDEX_BYTES = 1 << 26
MAX_IMAGES = 900_000  # in a shard
MAX_ENTRIES = 5_000_000  # of an index, which has five columns of images
MAX_CLASSES = 100_000
SHARD_NAME = re.compile(r"(?!\.)[\w .-]+(/(?!\.)[\w .-]+)*\.tar")

Count = Annotated[int, Field(ge=0, lt=1 << 62)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Unit = Annotated[float, Field(ge=0, le=1)]
Deviation = Annotated[float, Field(gt=0, le=1)]


class Shard(Record):
    """A tar file: its path in the folder, and the expected sizes and checksums."""

    name: str
    images: Annotated[int, Field(ge=1, lt=1 << 62)]
    bytes: Count
    sha256: Sha256
    index_sha256: Sha256


class Index(Record):
    """Content of `index.json`.

    Attributes:
        shape: (channels, height, width) of all images; None if their sizes differ.
        mean, std: of the training images; None if there are none.
        background: below transparent pixels, for which mean and std were measured.
    """

    format: Literal["convscope-shards-1"] = "convscope-shards-1"
    name: str
    classes: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_CLASSES)]
    channels: Literal[1, 3]
    shape: tuple[int, int, int] | None
    mean: tuple[Unit, ...] | None
    std: tuple[Deviation, ...] | None
    splits: dict[str, tuple[Shard, ...]]
    background: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")] = NAMED["white"]

    def fingerprint(self) -> str:
        """Return the SHA-256 of the classes and of the shards' checksums, in order."""
        parts = ["\0".join(self.classes)]
        for split, shards in self.splits.items():
            parts += [f"{split} {shard.sha256}" for shard in shards]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Members(Record):
    """Content of a shard's `.index.json`: one entry per image in every field, in order."""

    format: Literal["convscope-shard-1"] = "convscope-shard-1"
    names: tuple[str, ...]
    offsets: tuple[Count, ...]
    sizes: tuple[Count, ...]
    labels: tuple[Count, ...]
    crc32: tuple[Count, ...]


def index_name(shard: str) -> str:
    """Return the file name of a shard's index."""
    return shard.removesuffix(".tar") + ".index.json"


def read_index(folder: Path) -> Index:
    """Read `index.json` of a folder.

    Raises:
        DataError: it cannot be read; a shard is missing or has another length.
        FormatError: it is damaged or inconsistent.
    """
    path = folder / INDEX
    try:
        index = Index.model_validate_json(_bytes(path))
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=str(path)) from None
    for split in index.splits:
        if split not in SPLITS:
            raise unknown_name("split", split, SPLITS, kind=FormatError).at(str(path))
    for shard in (shard for shards in index.splits.values() for shard in shards):
        _check_shard(folder, shard, str(path))
    _check_fields(index, str(path))
    return index


def read_members(folder: Path, shard: Shard, *, num_classes: int) -> Members:
    """Read the index of a shard.

    Raises:
        DataError: it cannot be read.
        FormatError: it does not belong to `index.json`, or is damaged.
    """
    path = folder / index_name(shard.name)
    data = _bytes(path)
    if hashlib.sha256(data).hexdigest() != shard.index_sha256:
        raise FormatError(
            f"its SHA-256 differs from {INDEX}",
            fix="copy both again, or write a new index",
            where=str(path),
        )
    try:
        members = Members.model_validate_json(data)
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=str(path)) from None
    largest = max(members.sizes, default=0)
    if largest > MAX_FILE_BYTES:
        raise FormatError(
            f"an image of {largest:,} bytes",
            expected=f"at most {MAX_FILE_BYTES:,}",
            where=str(path),
        )
    columns = (members.names, members.offsets, members.sizes, members.labels, members.crc32)
    ends = [o + s for o, s in zip(members.offsets, members.sizes, strict=False)]
    if (
        {len(column) for column in columns} != {shard.images}
        or max(members.labels) >= num_classes
        or max(ends) > shard.bytes
    ):
        raise FormatError(
            "columns of different length, invalid labels, or offsets beyond the shard",
            fix="copy it again, or write a new index",
            where=str(path),
        )
    return members


def is_index(path: Path) -> bool:
    """Return whether a file is an index of this format, of any version and kind."""
    try:
        with open_file(path) as file:
            return FORMAT.encode() in file.read(64)
    except OSError:
        return False


def to_json(part: Record) -> bytes:
    """Return compact JSON in field order: the same content gives the same bytes."""
    value: Any = part.model_dump(mode="json")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _check_shard(folder: Path, shard: Shard, where: str) -> None:
    if not SHARD_NAME.fullmatch(shard.name):
        raise FormatError(
            f"a shard named {shard.name!r}", expected="a plain name that ends in .tar", where=where
        )
    path = folder / shard.name
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
    except OSError as error:
        fix = "copy the shard: all shards of index.json are needed"
        raise unreadable(error, str(path), fix=fix) from None
    if status.st_size != shard.bytes:
        raise DataError(
            f"{status.st_size:,} bytes",
            expected=f"{shard.bytes:,}, from {INDEX}",
            fix="copy the shard again",
            where=str(path),
        )


def _check_fields(index: Index, where: str) -> None:
    for what, values in (("mean", index.mean), ("std", index.std)):
        if values is not None and len(values) != index.channels:
            raise FormatError(
                f"{len(values)} numbers for {what}", expected=f"{index.channels}", where=where
            )
    try:
        check_class_names((index.name,), where, noun="names of the data set")
        check_class_names(index.classes, where)
    except DataError as error:
        raise FormatError(error.given, expected=error.expected, where=where) from None
    if index.shape is not None and (index.shape[0] != index.channels or min(index.shape) < 1):
        raise FormatError(f"the shape {index.shape}", expected="(channels, ...)", where=where)


def _bytes(path: Path) -> bytes:
    try:
        data = read_limited(path, most=MAX_INDEX_BYTES)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    # objects take far more memory than their text, so they are counted before they are parsed
    if (entries := data.count(b",") + data.count(b"[")) > MAX_ENTRIES:
        raise FormatError(
            f"{entries:,} entries", expected=f"at most {MAX_ENTRIES:,}", where=str(path)
        )
    return data
