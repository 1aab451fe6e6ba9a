"""Download and unpack the CIFAR archives; the SHA-256 is checked before anything is unpacked.

Nothing is extracted under a name or size from the archive: only regular files of known name and
length are read, and each is checked again before it is kept.
"""

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from convscope.data.formats.cache import data_folders
from convscope.data.formats.cifar_dataset import CifarDataSet
from convscope.data.formats.published import PublishedFile
from convscope.errors import FormatError
from convscope.io.download import Progress, download_verified, save_first
from convscope.io.storage import make_folder, sha256, write

CHUNK_BYTES = 1 << 16
MAX_ARCHIVE_BYTES = 200 * 2**20


def fetch_archive(
    dataset: CifarDataSet, folder: Path, *, progress: Progress, timeout_s: float
) -> None:
    """Unpack a data set into `folder`, from a local archive or from a mirror.

    Raises:
        DataError: no mirror has the archive; says why for each.
        FormatError: a local archive is not the published one.
        StorageError: a file cannot be written.
    """
    make_folder(folder)
    archive = dataset.archive
    for parent in data_folders():
        for path in (parent / dataset.name / archive.name, parent / archive.name):
            if path.is_file():
                check_archive(dataset, path)
                unpack(dataset, path, folder)
                return
    path = folder / archive.name

    def chunks(url: str) -> Iterator[bytes]:
        return download_verified(
            url,
            sha256=archive.sha256,
            progress=progress,
            timeout_s=timeout_s,
            chunk_bytes=CHUNK_BYTES,
            max_bytes=MAX_ARCHIVE_BYTES,
        )

    save_first(
        [mirror + archive.name for mirror in dataset.mirrors],
        path,
        chunks,
        name=f"{archive.name} of {dataset.name}",
        fix=f"put {archive.name} into {folder} by hand, or set CONVSCOPE_DATA; "
        f"then repeat: convscope data get {dataset.name}",
    )
    try:
        unpack(dataset, path, folder)
    finally:
        path.unlink(missing_ok=True)


def check_archive(dataset: CifarDataSet, path: Path) -> None:
    """Raise FormatError if an archive is not the published one, or cannot be read."""
    try:
        digest = sha256(path)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if digest != dataset.archive.sha256:
        raise FormatError(
            f"not the published archive: SHA-256 {digest[:16]}...",
            expected=f"{dataset.archive.sha256[:16]}...",
            fix="remove it and download it again",
            where=str(path),
        )


def unpack(dataset: CifarDataSet, path: Path, folder: Path) -> None:
    """Write the files of a checked archive into `folder` atomically.

    Raises:
        FormatError: a file is missing or is not the published one.
    """
    missing = {f"{dataset.archive.folder}/{file.name}": file for file in dataset.files}
    try:
        with tarfile.open(path, "r|gz") as tar:
            for member in tar:
                file = missing.get(member.name.removeprefix("./"))
                if file is None or not member.isreg():
                    continue
                stream = tar.extractfile(member)
                assert stream is not None
                write(folder / file.name, _checked(dataset, file, member.size, stream, path))
                del missing[f"{dataset.archive.folder}/{file.name}"]
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise FormatError(f"truncated or damaged ({error})", where=str(path)) from None
    if missing:
        raise FormatError(
            f"the archive has no {', '.join(sorted(missing))}",
            fix="remove it and download it again",
            where=str(path),
        )


def _checked(
    dataset: CifarDataSet, file: PublishedFile, size: int, stream: IO[bytes], path: Path
) -> Iterator[bytes]:
    """Yield the bytes of a member; raise at the end if they are not the published file."""
    where = f"{path}:{file.name}"
    if size != dataset.size_bytes(file):
        raise FormatError(
            f"{size:,} bytes", expected=f"{dataset.size_bytes(file):,} bytes", where=where
        )
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != file.sha256:
        raise FormatError(
            f"SHA-256 {digest.hexdigest()[:16]}...", expected=f"{file.sha256[:16]}...", where=where
        )
