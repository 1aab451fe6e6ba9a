"""Download published weights into the cache: verified, and written atomically."""

from pathlib import Path

from convscope.errors import FormatError
from convscope.io.download import TIMEOUT_S, Progress, download_verified, save_first, silent
from convscope.io.storage import make_folder, sha256
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
    """Return a file in the cache; download it if it is not there.

    Args:
        cache: convscope's cache folder.
        progress: called with a file name and the number of bytes received so far.
        timeout_s: limit for a pause, and for the average time of 256 KiB.

    Raises:
        DataError: the download failed; says why, and where to put the file by hand.
        FormatError: the file in the cache is not the published one.
        StorageError: the cache cannot be written.
    """
    place = cache / FOLDER / published.file
    if place.is_file():
        check_hash(place, published.sha256)
        return place
    make_folder(place.parent)
    save_first(
        [root + published.file],
        place,
        lambda url: download_verified(
            url,
            sha256=published.sha256,
            progress=progress,
            timeout_s=timeout_s,
            chunk_bytes=CHUNK_BYTES,
            max_bytes=MAX_FILE_BYTES,
        ),
        name=published.file,
        fix=f"put it into {place.parent} by hand",
    )
    return place


def check_hash(path: Path, prefix: str) -> None:
    """Compare a file with the first digits of its published SHA-256.

    Raises:
        FormatError: they differ.
    """
    digest = sha256(path)
    if not digest.startswith(prefix):
        raise FormatError(
            f"its SHA-256 begins with {digest[: len(prefix)]}",
            expected=f"{prefix}, as published",
            fix="delete it to download it again",
            where=str(path),
        )
