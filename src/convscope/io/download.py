"""Receiving a file over HTTP: bounded in size and in time, with one kind of refusal.

What the bytes must be is the caller's to check, at the end and before they are kept.
"""

import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

TIMEOUT_S = 20.0

Progress = Callable[[str, int], None]
"""Called with a file's name and the bytes received so far."""


def silent(_name: str, _size_bytes: int) -> None:
    """No progress is shown."""


class RefusedError(Exception):
    """The server did not give the file; the message says why, in words."""


def receive(address: str, *, timeout_s: float, chunk_bytes: int, max_bytes: int) -> Iterator[bytes]:
    """The bytes of an address, piece by piece.

    Args:
        timeout_s: the longest silence, and the longest that `chunk_bytes` may take on average.

    Raises:
        RefusedError: no answer, another answer, too slow, or too large.
    """
    received, since = 0, time.monotonic()
    try:
        with urlopen(address, timeout=timeout_s) as answer:
            while chunk := answer.read1(chunk_bytes):
                received += len(chunk)
                # the socket's own timeout never ends a body that drips
                if time.monotonic() - since > timeout_s * (1 + received / chunk_bytes):
                    raise RefusedError(f"too slow: {received:,} bytes in {timeout_s:g} s and more")
                if received > max_bytes:
                    raise RefusedError(f"more than {max_bytes:,} bytes")
                yield chunk
    except HTTPError as error:
        error.close()
        raise RefusedError(f"answer {error.code}") from None
    except URLError as error:
        raise RefusedError(f"{error.reason}") from None
    except (HTTPException, OSError) as error:  # of the network, not of the disk
        raise RefusedError(str(error) or type(error).__name__) from None
