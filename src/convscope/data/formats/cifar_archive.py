"""The archives of CIFAR: fetched or found, checked as a whole, and only then unpacked.

Nothing is extracted by the archive's own word: of its members only regular files of known name
and length are read, and each is checked again before it is kept.
"""

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from convscope.data.formats.cache import places
from convscope.data.formats.cifar_dataset import CifarDataSet
from convscope.data.formats.idx_dataset import IdxFile
from convscope.errors import DataError, FormatError
from convscope.io.download import Progress, RefusedError, receive
from convscope.io.storage import make_folder, sha256, write

CHUNK_BYTES = 1 << 16
MAX_ARCHIVE_BYTES = 200 * 2**20


def fetch_archive(
    dataset: CifarDataSet, folder: Path, *, progress: Progress, timeout_s: float
) -> None:
    """Unpack a data set into `folder`, from an archive that is here or from a mirror.

    Raises:
        DataError: no mirror gave the archive; says what each answered.
        FormatError: an archive that is here is not the published one.
        StorageError: the disk refuses.
    """
    make_folder(folder)
    for place in places():
        for path in (place / dataset.name / dataset.archive.name, place / dataset.archive.name):
            if path.is_file():
                check_archive(dataset, path)
                unpack(dataset, path, folder)
                return
    path = folder / dataset.archive.name
    _download(dataset, path, progress, timeout_s)
    try:
        unpack(dataset, path, folder)
    finally:
        path.unlink(missing_ok=True)


def check_archive(dataset: CifarDataSet, path: Path) -> None:
    """Refuse an archive that is not the published one, before it is opened.

    Raises:
        FormatError: another SHA-256, or it cannot be read.
    """
    try:
        digest = sha256(path)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if digest != dataset.archive.sha256:
        raise FormatError(
            f"not the published archive: SHA-256 {digest[:16]}...",
            expected=f"{dataset.archive.sha256[:16]}...",
            fix="remove it, and fetch it again",
            where=str(path),
        )


def unpack(dataset: CifarDataSet, path: Path, folder: Path) -> None:
    """Write the files of a checked archive into `folder`, each whole or not at all.

    Raises:
        FormatError: a file is missing in it, or is not what it must be.
    """
    wanted = {f"{dataset.archive.folder}/{file.name}": file for file in dataset.files}
    try:
        with tarfile.open(path, "r|gz") as tar:
            for member in tar:
                file = wanted.get(member.name.removeprefix("./"))
                if file is None or not member.isreg():
                    continue
                stream = tar.extractfile(member)
                assert stream is not None
                parts = _checked(dataset, file, member.size, stream, path)
                write(folder / file.name, parts)
                del wanted[f"{dataset.archive.folder}/{file.name}"]
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise FormatError(f"cut short or damaged ({error})", where=str(path)) from None
    if wanted:
        raise FormatError(
            f"the archive lacks {', '.join(sorted(wanted))}",
            fix="remove it, and fetch it again",
            where=str(path),
        )


def _checked(
    dataset: CifarDataSet, file: IdxFile, size: int, stream: IO[bytes], path: Path
) -> Iterator[bytes]:
    """The bytes of a member; raises at the end, before they are kept, if they are not the file."""
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
            f"SHA-256 {digest.hexdigest()[:16]}...",
            expected=f"{file.sha256[:16]}...",
            where=where,
        )


def _download(dataset: CifarDataSet, path: Path, progress: Progress, timeout_s: float) -> None:
    answers = []
    for mirror in dataset.mirrors:
        address = f"{mirror}{dataset.archive.name}"
        try:
            write(path, _received(dataset, address, progress, timeout_s))
        except RefusedError as error:
            answers.append(f"{urlsplit(address).hostname}: {error}")
        else:
            return
    tried = "; ".join(answers) or "it has no mirrors"
    raise DataError(
        f"{dataset.archive.name} of {dataset.name} could not be fetched ({tried})",
        fix=f"put {dataset.archive.name} into {path.parent} by hand, or set CONVSCOPE_DATA; "
        f"then once more: convscope data get {dataset.name}",
    )


def _received(
    dataset: CifarDataSet, address: str, progress: Progress, timeout_s: float
) -> Iterator[bytes]:
    digest, received = hashlib.sha256(), 0
    chunks = receive(
        address, timeout_s=timeout_s, chunk_bytes=CHUNK_BYTES, max_bytes=MAX_ARCHIVE_BYTES
    )
    for chunk in chunks:
        digest.update(chunk)
        received += len(chunk)
        progress(dataset.archive.name, received)
        yield chunk
    if digest.hexdigest() != dataset.archive.sha256:
        short = f"SHA-256 {digest.hexdigest()[:16]}..., not {dataset.archive.sha256[:16]}..."
        raise RefusedError(f"{short} after {received:,} bytes")
