"""Archives of images, .zip and .tar, unpacked without trusting them.

Only regular files with names that stay inside the folder are written, and only images, tables of
labels, arrays and shards. Links, devices, absolute names and `..` are refused, and so is an archive
that unpacks to far more than its size. Nothing is written before its size is checked.
"""

import os
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from convscope.data.arrays.roles import is_array_file
from convscope.data.dataset import Progress, silent
from convscope.data.folder.entries import has_image_extension, is_hidden, is_system_file
from convscope.data.folder.split_names import split_of_name
from convscope.data.tables.locate import SUFFIXES
from convscope.errors import ConvscopeError, FormatError, StorageError, unusable_output
from convscope.io import storage
from convscope.text import byte_size, counted, printable

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
MAX_FILES = 2_000_000
MAX_BYTES = 256 << 30
MAX_RATIO = 100
"""Unpacked bytes for each byte of the archive; images hardly shrink, and text some 10 times."""

FREE_BYTES = 1 << 30  # of the disk that stay free
SMALL_BYTES = 64 << 20  # below it the ratio does not matter
MAX_DEPTH = 32  # folders
CHUNK_BYTES = 1 << 20
DRIVE = re.compile(r"[A-Za-z]:")


class Unpacked(NamedTuple):
    """Result of unpacking.

    Attributes:
        files, bytes: written.
        left_out: other files, such as hidden ones and those that are no data.
        folder: that holds them.
    """

    files: int
    bytes: int
    left_out: int
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """Return the result in JSON types."""
        return {**self._asdict(), "folder": str(self.folder)}


class _Member(NamedTuple):
    """A regular file of an archive; `entry` opens it."""

    name: str
    size: int
    entry: Any


def unpack(archive: Path, output: Path, *, progress: Progress = silent) -> Unpacked:
    """Unpack an archive into a new folder; a single folder around everything is left away.

    Args:
        output: a folder that does not exist yet; after an error nothing is left.
        progress: called with the number of files written and their total.

    Raises:
        FormatError: no archive, damaged, encrypted, with members that are refused, or too large.
        StorageError: the output exists, or does not fit onto the disk.
    """
    if os.path.lexists(output):
        raise unusable_output("it exists already", output, expected="a new folder")
    storage.make_folder(output.parent)
    try:
        size = archive.stat().st_size
        with storage.staging(output) as folder, _opened(archive) as (members, read):
            kept, left_out = _checked(members, size, folder)
            total = sum(member.size for _, member in kept)
            progress(0, len(kept))
            for done, (name, member) in enumerate(kept, 1):
                with read(member) as stream:
                    _write(stream, folder / name, member)
                progress(done, len(kept))
            os.rename(folder, output)
            storage.sync_folder(Path(os.path.realpath(output)).parent)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError) as e:
        raise _damaged(archive, str(e)) from None
    except (RuntimeError, ValueError, OverflowError, UnicodeError) as error:
        if isinstance(error, ConvscopeError):
            raise
        raise _damaged(archive, str(error)) from None
    except OSError as error:
        raise storage.unreadable(error, str(archive)) from None
    return Unpacked(len(kept), total, left_out, output)


def _damaged(archive: Path, reason: str) -> FormatError:
    return FormatError(
        f"this is no archive, or it is damaged: {printable(reason, 200)}",
        expected=f"a file of {', '.join(ENDINGS)}",
        fix="write or download it again",
        where=str(archive),
    )


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[Iterator[_Member], Any]]:
    """Yield the members of an archive, and the function that opens one."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            yield _zip_members(packed), lambda member: packed.open(member.entry)
        return
    with tarfile.open(archive, "r:*") as packed_tar:
        yield _tar_members(packed_tar), lambda member: packed_tar.extractfile(member.entry)


def _zip_members(packed: zipfile.ZipFile) -> Iterator[_Member]:
    for info in packed.infolist():
        if info.is_dir():
            continue
        kind = (info.external_attr >> 16) & 0o170000
        if kind not in (0, 0o100000):
            raise _refused(info.filename, "a link or a device")
        if info.flag_bits & 1:
            raise _refused(info.filename, "encrypted")
        yield _Member(info.filename, info.file_size, info)


def _tar_members(packed: tarfile.TarFile) -> Iterator[_Member]:
    for info in packed:
        if info.isdir():
            continue
        if not info.isreg() or info.issparse():
            raise _refused(info.name, "a link or a device")
        yield _Member(info.name, info.size, info)


def _refused(name: str, reason: str) -> FormatError:
    return FormatError(
        f"the member {printable(name, 200)} is refused: {reason}",
        expected="regular files with names inside the archive's folder",
        fix="pack the folder of images again",
    )


def _checked(
    members: Iterator[_Member], size: int, folder: Path
) -> tuple[list[tuple[str, _Member]], int]:
    """Return the members that are written, with their names, and the number of the others."""
    room = min(MAX_BYTES, shutil.disk_usage(folder).free - FREE_BYTES)
    allowed = min(room, max(SMALL_BYTES, MAX_RATIO * size))
    kept: dict[str, tuple[str, _Member]] = {}
    num = total = 0
    for member in members:
        num += 1
        name = _confined(member.name)
        total += member.size
        if num > MAX_FILES:
            raise FormatError(f"more than {MAX_FILES:,} files")
        if total > allowed:
            raise _too_large(total, size, room)
        if not _is_data(name):
            continue
        if name.casefold() in kept:
            raise _refused(member.name, "its name is there twice")
        kept[name.casefold()] = (name, member)
    if not kept:
        raise FormatError(
            f"no images among {counted(num, 'file')}",
            expected="images in a folder for each class, or a table of labels",
        )
    return _without_top(list(kept.values())), num - len(kept)


def _confined(name: str) -> str:
    """Return the name of a member as a relative path without `.` and `..`."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or DRIVE.match(plain) or "\0" in plain:
        raise _refused(name, "an absolute name")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if ".." in parts or not parts:
        raise _refused(name, "a name outside the folder")
    if len(parts) > MAX_DEPTH or any(len(os.fsencode(part)) > 255 for part in parts):
        raise _refused(name, "a name that is too long")
    return "/".join(parts)


def _is_data(name: str) -> bool:
    """Return whether a file is an image, a table of labels, an array or a shard."""
    parts = name.split("/")
    if any(is_hidden(part) or is_system_file(part) for part in parts):
        return False
    last = parts[-1].lower()
    return has_image_extension(last) or last.endswith((*SUFFIXES, ".tar")) or is_array_file(last)


def _without_top(kept: list[tuple[str, _Member]]) -> list[tuple[str, _Member]]:
    """Leave a folder away that holds everything, unless it is a split or the only class."""
    tops = {name.partition("/")[0] for name, _ in kept}
    if len(tops) > 1 or split_of_name(next(iter(tops))):
        return kept
    if any(name.count("/") < 1 for name, _ in kept):
        return kept
    images = [name for name, _ in kept if has_image_extension(name)]
    if images and all(name.count("/") < 2 for name in images) and len(images) == len(kept):
        return kept
    return [(name.partition("/")[2], member) for name, member in kept]


def _too_large(total: int, size: int, room: int) -> FormatError | StorageError:
    if total > room:
        return StorageError(
            f"more than {byte_size(total)} unpacked, and {byte_size(max(room, 0))} are free",
            fix="free space on the disk",
        )
    return FormatError(
        f"an archive of {byte_size(size)} that unpacks to more than {byte_size(total)}",
        expected=f"at most {MAX_RATIO} times its size",
    )


def _write(stream: IO[bytes], path: Path, member: _Member) -> None:
    """Write a member; one that is longer than it says is refused."""
    with suppress(FileExistsError):
        path.parent.mkdir(parents=True)
    left = member.size
    with path.open("xb") as file:
        while part := stream.read(min(CHUNK_BYTES, left + 1)):
            left -= len(part)
            if left < 0:
                raise _refused(member.name, "longer than it says")
            file.write(part)
    if left:
        raise _refused(member.name, "shorter than it says")
