"""Fetching a data set: only when asked to, checked, and whole or not at all."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from convscope.data.formats.cache import cache_folder
from convscope.data.formats.cifar_archive import fetch_archive
from convscope.data.formats.cifar_dataset import CifarDataSet
from convscope.data.formats.idx_dataset import IdxDataSet, IdxFile
from convscope.errors import DataError
from convscope.io.download import TIMEOUT_S, Progress, RefusedError, receive, silent
from convscope.io.storage import make_folder, write

CHUNK_BYTES = 1 << 16
MAX_FILE_BYTES = 200 * 2**20


Published = IdxDataSet | CifarDataSet
"""A data set with a name, whose files are published under known checksums."""


def fetch(
    dataset: Published,
    *,
    progress: Progress = silent,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Bring the files that are not here into the cache; the folder they are in.

    Args:
        progress: called with a file's name and the bytes received so far.
        timeout_s: the longest silence, and the longest that 64 KiB may take on average.

    Raises:
        DataError: no mirror gave a file; says what each answered and where to put it by hand.
        StorageError: the cache cannot be written.
    """
    folder = cache_folder() / dataset.name
    for file in dataset.files:
        with suppress(DataError):
            dataset.locate(file)
            continue
        if isinstance(dataset, CifarDataSet):
            fetch_archive(dataset, folder, progress=progress, timeout_s=timeout_s)
            break
        _fetch_file(dataset, file, folder, progress, timeout_s)
    return dataset.locate(dataset.files[0]).parent


def _fetch_file(
    dataset: IdxDataSet, file: IdxFile, folder: Path, progress: Progress, timeout_s: float
) -> None:
    answers = []
    make_folder(folder)
    for mirror in dataset.mirrors:
        address = f"{mirror}{file.name}.gz"
        try:
            parts = _checked_parts(address, file, progress, timeout_s)
            write(folder / f"{file.name}.gz", parts)
        except RefusedError as error:
            answers.append(f"{urlsplit(address).hostname}: {error}")
        else:
            return
    tried = "; ".join(answers) or "it has no mirrors"
    raise DataError(
        f"{file.name} of {dataset.name} could not be fetched ({tried})",
        fix=f"put {file.name}.gz into {folder} by hand, or set CONVSCOPE_DATA",
    )


def _checked_parts(
    address: str, file: IdxFile, progress: Progress, timeout_s: float
) -> Iterator[bytes]:
    """The bytes of an address; raises at the end, before they are kept, if they are not the file.

    Only gzip is unpacked here, and only to be hashed; a bomb ends at MAX_FILE_BYTES.
    """
    unpack = zlib.decompressobj(wbits=31)
    digest, unpacked, received = hashlib.sha256(), 0, 0
    chunks = receive(
        address, timeout_s=timeout_s, chunk_bytes=CHUNK_BYTES, max_bytes=MAX_FILE_BYTES
    )
    for chunk in chunks:
        received += len(chunk)
        try:
            data = unpack.decompress(chunk, MAX_FILE_BYTES - unpacked + 1)
        except zlib.error as error:  # a page to sign in on, for one
            raise RefusedError(f"not gzip, or damaged ({error})") from None
        unpacked += len(data)
        if unpacked > MAX_FILE_BYTES:
            raise RefusedError(f"more than {MAX_FILE_BYTES:,} bytes")
        if unpack.unused_data:
            raise RefusedError("something follows the end of the gzip data")
        digest.update(data)
        progress(file.name, received)
        yield chunk
    if not unpack.eof:  # a lost checksum at the end would pass unnoticed until the file is read
        raise RefusedError(f"cut short after {received:,} bytes")
    if digest.hexdigest() != file.sha256:
        raise RefusedError(f"SHA-256 {digest.hexdigest()[:16]}..., not {file.sha256[:16]}...")
