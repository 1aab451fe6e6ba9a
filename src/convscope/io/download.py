"""Downloads over HTTP, limited in size and time, verified before they are kept."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from convscope.errors import DataError
from convscope.io.http import DownloadError, opened
from convscope.io.leftovers import sweep_abandoned
from convscope.io.storage import write

TIMEOUT_S = 20.0

Progress = Callable[[str, int], None]
"""Called with a file name and the number of bytes received so far."""


def silent(_name: str, _size_bytes: int) -> None:
    """Show no progress."""


def download(url: str, *, timeout_s: float, chunk_bytes: int, max_bytes: int) -> Iterator[bytes]:
    """Yield the bytes at a URL in chunks.

    Args:
        timeout_s: limit for the headers, for a pause, and for the average time of `chunk_bytes`.

    Raises:
        DownloadError: no response, an HTTP error, a refused redirect, too slow, or too large.
    """
    received, start = 0, time.monotonic()
    with opened(url, timeout_s=timeout_s) as (response, clock):
        while True:
            clock.set(start + timeout_s * (1 + received / chunk_bytes))
            chunk = response.read1(chunk_bytes)
            if clock.is_over:
                raise DownloadError(f"too slow: {received:,} bytes in over {timeout_s:g} s")
            if not chunk:
                return
            received += len(chunk)
            if received > max_bytes:
                raise DownloadError(f"more than {max_bytes:,} bytes")
            yield chunk


def download_verified(
    url: str, *, sha256: str, progress: Progress, timeout_s: float, chunk_bytes: int, max_bytes: int
) -> Iterator[bytes]:
    """Yield the bytes at a URL; raise at the end if they are not the published ones.

    Args:
        sha256: the published SHA-256, or its first digits.

    Raises:
        DownloadError: as `download`, or another SHA-256.
    """
    name = PurePosixPath(urlsplit(url).path).name
    digest, received = hashlib.sha256(), 0
    for chunk in download(url, timeout_s=timeout_s, chunk_bytes=chunk_bytes, max_bytes=max_bytes):
        digest.update(chunk)
        received += len(chunk)
        progress(name, received)
        yield chunk
    if not digest.hexdigest().startswith(sha256):
        raise DownloadError(
            f"SHA-256 {digest.hexdigest()[:16]}... of {received:,} bytes, not {sha256[:16]}..."
        )


def save_first(
    urls: Iterable[str],
    path: Path,
    chunks: Callable[[str], Iterator[bytes]],
    *,
    name: str,
    fix: str,
) -> None:
    """Save the first URL that can be downloaded; remove what killed downloads left beside it.

    Args:
        chunks: from a URL to verified bytes.
        name: of the file, for the error; `fix` says how to get it otherwise.

    Raises:
        DataError: none can be downloaded; says why for each.
    """
    sweep_abandoned(path.parent)
    failures = []
    for url in urls:
        try:
            write(path, chunks(url))
        except DownloadError as error:
            failures.append(f"{url}: {error}")
        else:
            return
    reasons = "; ".join(failures) or "it has no mirrors"
    raise DataError(f"{name} could not be downloaded ({reasons})", fix=fix)
