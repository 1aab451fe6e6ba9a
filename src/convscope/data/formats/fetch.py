"""Download a data set: only on request, verified, and written atomically."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from convscope.data.formats.cache import cache_folder
from convscope.data.formats.cifar_archive import fetch_archive
from convscope.data.formats.cifar_dataset import CifarDataSet
from convscope.data.formats.idx_dataset import IdxDataSet
from convscope.data.formats.published import PublishedFile
from convscope.errors import DataError
from convscope.io.download import TIMEOUT_S, Progress, download, save_first, silent
from convscope.io.http import DownloadError
from convscope.io.storage import make_folder

CHUNK_BYTES = 1 << 16
MAX_FILE_BYTES = 200 * 2**20

Published = IdxDataSet | CifarDataSet
"""A named data set whose files are published with known checksums."""


def fetch(dataset: Published, *, progress: Progress = silent, timeout_s: float = TIMEOUT_S) -> Path:
    """Download the missing files of a data set into the cache; return their folder.

    Args:
        progress: called with a file name and the number of bytes received so far.
        timeout_s: limit for a pause, and for the average time of 64 KiB.

    Raises:
        DataError: no mirror has a file; says why for each, and where to put it by hand.
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
    dataset: IdxDataSet, file: PublishedFile, folder: Path, progress: Progress, timeout_s: float
) -> None:
    make_folder(folder)
    packed = f"{file.name}.gz"
    save_first(
        [mirror + packed for mirror in dataset.mirrors],
        folder / packed,
        lambda url: _verified(url, file, progress, timeout_s),
        name=f"{file.name} of {dataset.name}",
        fix=f"put {packed} into {folder} by hand, or set CONVSCOPE_DATA",
    )


def _verified(
    url: str, file: PublishedFile, progress: Progress, timeout_s: float
) -> Iterator[bytes]:
    """Yield the bytes of a .gz file; raise at the end if its content is not the published one.

    It is decompressed for the SHA-256 only, up to MAX_FILE_BYTES.
    """
    gzip = zlib.decompressobj(wbits=31)
    digest, content_bytes, received = hashlib.sha256(), 0, 0
    for chunk in download(
        url, timeout_s=timeout_s, chunk_bytes=CHUNK_BYTES, max_bytes=MAX_FILE_BYTES
    ):
        received += len(chunk)
        try:
            data = gzip.decompress(chunk, MAX_FILE_BYTES - content_bytes + 1)
        except zlib.error as error:  # for example a login page
            raise DownloadError(f"not gzip, or damaged ({error})") from None
        content_bytes += len(data)
        if content_bytes > MAX_FILE_BYTES:
            raise DownloadError(f"more than {MAX_FILE_BYTES:,} bytes")
        if gzip.unused_data:
            raise DownloadError("data after the end of the gzip stream")
        digest.update(data)
        progress(file.name, received)
        yield chunk
    if not gzip.eof:  # otherwise a missing checksum would be noticed only when the file is read
        raise DownloadError(f"truncated after {received:,} bytes")
    if digest.hexdigest() != file.sha256:
        raise DownloadError(f"SHA-256 {digest.hexdigest()[:16]}..., not {file.sha256[:16]}...")
