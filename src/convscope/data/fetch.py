"""Fetching a data set: only when asked to, checked, and whole or not at all."""

import hashlib
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from convscope.data.cache import cache_folder
from convscope.data.idx_dataset import IdxDataSet, IdxFile
from convscope.errors import DataError
from convscope.storage import make_folder, write

TIMEOUT_S = 20.0
CHUNK_BYTES = 1 << 16
MAX_FILE_BYTES = 200 * 2**20

Progress = Callable[[str, int], None]


def _silent(_name: str, _size_bytes: int) -> None:
    """No progress is shown."""


class _RefusedError(Exception):
    """One mirror did not give the file; the next is asked."""


def fetch(
    dataset: IdxDataSet,
    *,
    progress: Progress = _silent,
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
        _fetch_file(dataset, file, folder, progress, timeout_s)
    return dataset.locate(dataset.train_images).parent


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
        except _RefusedError as error:
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
    since = time.monotonic()
    try:
        with urlopen(address, timeout=timeout_s) as answer:
            while chunk := answer.read1(CHUNK_BYTES):
                received += len(chunk)
                # the socket's own timeout never ends a body that drips
                if time.monotonic() - since > timeout_s * (1 + received / CHUNK_BYTES):
                    raise _RefusedError(f"too slow: {received:,} bytes in {timeout_s:g} s and more")
                data = unpack.decompress(chunk, MAX_FILE_BYTES - unpacked + 1)
                unpacked += len(data)
                if max(unpacked, received) > MAX_FILE_BYTES:
                    raise _RefusedError(f"more than {MAX_FILE_BYTES:,} bytes")
                if unpack.unused_data:
                    raise _RefusedError("something follows the end of the gzip data")
                digest.update(data)
                progress(file.name, received)
                yield chunk
    except HTTPError as error:
        raise _RefusedError(f"answer {error.code}") from None
    except URLError as error:
        raise _RefusedError(f"{error.reason}") from None
    except zlib.error as error:  # a page to sign in on, for one
        raise _RefusedError(f"not gzip, or damaged ({error})") from None
    except (HTTPException, OSError) as error:  # of the network, not of the disk
        raise _RefusedError(str(error) or type(error).__name__) from None
    if not unpack.eof:  # a lost checksum at the end would pass unnoticed until the file is read
        raise _RefusedError(f"cut short after {received:,} bytes")
    if digest.hexdigest() != file.sha256:
        raise _RefusedError(f"SHA-256 {digest.hexdigest()[:16]}..., not {file.sha256[:16]}...")
