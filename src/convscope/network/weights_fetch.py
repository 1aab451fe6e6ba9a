"""Fetching a published file: into the cache, checked, whole or not at all."""

import hashlib
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from convscope.errors import DataError, FormatError
from convscope.network.weights_published import TORCHVISION, Published
from convscope.storage import make_folder, sha256, write

FOLDER = "weights"
TIMEOUT_S = 20.0
CHUNK_BYTES = 1 << 18
MAX_FILE_BYTES = 2**30

Progress = Callable[[str, int], None]


def silent(_name: str, _size_bytes: int) -> None:
    """No progress is shown."""


class _RefusedError(Exception):
    """The server did not give the file."""


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
    except _RefusedError as error:
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
    digest, received, since = hashlib.sha256(), 0, time.monotonic()
    try:
        with urlopen(address, timeout=timeout_s) as answer:
            while chunk := answer.read1(CHUNK_BYTES):
                received += len(chunk)
                # the socket's own timeout never ends a body that drips
                if time.monotonic() - since > timeout_s * (1 + received / CHUNK_BYTES):
                    raise _RefusedError(f"too slow: {received:,} bytes in {timeout_s:g} s and more")
                if received > MAX_FILE_BYTES:
                    raise _RefusedError(f"more than {MAX_FILE_BYTES:,} bytes")
                digest.update(chunk)
                progress(published.file, received)
                yield chunk
    except HTTPError as error:
        error.close()
        raise _RefusedError(f"answer {error.code}") from None
    except URLError as error:
        raise _RefusedError(f"{error.reason}") from None
    except (HTTPException, OSError) as error:  # of the network, not of the disk
        raise _RefusedError(str(error) or type(error).__name__) from None
    if not digest.hexdigest().startswith(published.sha256):
        raise _RefusedError(
            f"SHA-256 {digest.hexdigest()[:8]}... of {received:,} bytes, not {published.sha256}..."
        )
