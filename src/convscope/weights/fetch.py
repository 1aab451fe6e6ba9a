"""Fetching a published file: into the cache, checked, whole or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from convscope.errors import DataError, FormatError
from convscope.io.download import TIMEOUT_S, Progress, RefusedError, receive, silent
from convscope.io.storage import make_folder, sha256, write
from convscope.weights.published import TORCHVISION, Published

FOLDER = "weights"
CHUNK_BYTES = 1 << 18
MAX_FILE_BYTES = 2**30


def fetch(
    published: Published,
    *,
    cache: Path,
    root: str = TORCHVISION,
    progress: Progress = silent,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """The file in the cache, brought there if need be.

    Args:
        cache: convscope's folder for what is fetched.
        progress: called with the file's name and the bytes received so far.
        timeout_s: the longest silence, and the longest that 256 KiB may take on average.

    Raises:
        DataError: it could not be fetched; says why, and where to put it by hand.
        FormatError: the file in the cache is another one than was published.
        StorageError: the cache cannot be written.
    """
    place = cache / FOLDER / published.file
    if place.is_file():
        check_hash(place, published.sha256)
        return place
    make_folder(place.parent)
    address = f"{root}{published.file}"
    try:
        write(place, _checked_parts(address, published, progress, timeout_s))
    except RefusedError as error:
        raise DataError(
            f"{published.file} could not be fetched ({urlsplit(address).hostname}: {error})",
            fix=f"put it into {place.parent} by hand",
        ) from None
    return place


def check_hash(path: Path, prefix: str) -> None:
    """Compare a file with the first digits of its published SHA-256.

    Raises:
        FormatError: they differ.
    """
    found = sha256(path)
    if not found.startswith(prefix):
        raise FormatError(
            f"its SHA-256 begins with {found[: len(prefix)]}",
            expected=f"{prefix}, as published",
            fix="remove it, and it is fetched again",
            where=str(path),
        )


def _checked_parts(
    address: str, published: Published, progress: Progress, timeout_s: float
) -> Iterator[bytes]:
    """The bytes of an address; raises at the end, before they are kept, if they are others."""
    digest, received = hashlib.sha256(), 0
    chunks = receive(
        address, timeout_s=timeout_s, chunk_bytes=CHUNK_BYTES, max_bytes=MAX_FILE_BYTES
    )
    for chunk in chunks:
        received += len(chunk)
        digest.update(chunk)
        progress(published.file, received)
        yield chunk
    if not digest.hexdigest().startswith(published.sha256):
        raise RefusedError(
            f"SHA-256 {digest.hexdigest()[:8]}... of {received:,} bytes, not {published.sha256}..."
        )
