"""Bodies of requests: received within limits of size and time, whatever their header promises."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from convscope.server.answers import (
    CLOSE,
    Receive,
    Refusal,
    Send,
    error_json,
    json_headers,
    refusal,
)
from convscope.server.limits import Limits
from convscope.text import byte_size

DRAINED_BYTES = 8 << 20
DRAINED_S = 1.0
SHARE = "convscope.share"
"""Key of a request's share in its ASGI scope."""
LANGUAGES = "convscope.languages"
"""Key of the languages that the client of a request prefers, where errors are translated."""


class Disconnected(Exception):  # noqa: N818  the client's right, not a fault
    """The client has gone before its request was complete."""


class Budget:
    """Memory that all bodies of a service may take together.

    Attributes:
        used: bytes that are held now.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self.used = 0

    @contextlib.contextmanager
    def share(self) -> "Iterator[Share]":
        """Give a request its share, and take it back when the request is answered."""
        share = Share(self)
        try:
            yield share
        finally:
            self.used -= share.held

    def take(self, count: int) -> None:
        """Count more bytes.

        Raises:
            Refusal: 503, there is no room.
        """
        if self.used + count > self._total:
            raise refusal(
                503,
                "too many requests at once for the memory of this service",
                expected=f"bodies of at most {byte_size(self._total)} together",
                fix="try again in a moment",
            )
        self.used += count


class Share:
    """Share of one request in the budget.

    Attributes:
        held: bytes of its body so far.
        complete: whether the body was read to its end.
        left: whether the client has closed the connection before its answer.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held, self.complete, self.left = 0, False, False
        self._give_up: Callable[[], None] | None = None

    def take(self, count: int) -> None:
        """Count more bytes of this request; raises as `Budget.take`."""
        self._budget.take(count)
        self.held += count

    def give_up_by(self, work: Callable[[], None]) -> None:
        """Set the function that ends the work for this request once its client has left."""
        self._give_up = work
        if self.left:
            work()

    def leave(self) -> None:
        """Note that the client has left, and end the work for its request."""
        self.left = True
        if self._give_up is not None:
            self._give_up()


def check_length(header: bytes | None, most: int) -> None:
    """Check the size that a header promises, before anything is read.

    Raises:
        Refusal: 413, it is too large; 400, it is no number.
    """
    if header is None:
        return
    if not header.isdigit() or len(header) > 20:
        raise refusal(400, "the Content-Length is no number", expected="the bytes of the body")
    if int(header) > most:
        raise _too_large(most, f"a body of {int(header):,} bytes")


async def read_body(receive: Receive, limits: Limits, share: Share) -> bytes:
    """Return the body of a request.

    Raises:
        Refusal: 413, it is too large; 408, it comes too slowly; 503, there is no room for it.
        Disconnected: the client has gone.
    """
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(limits.body_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                part = message.get("body", b"")
                if part:
                    if share.held + len(part) > limits.body_bytes:
                        raise _too_large(limits.body_bytes, "the body is too large")
                    share.take(len(part))
                    parts.append(part)
                if not message.get("more_body", False):
                    share.complete = True
                    return parts[0] if len(parts) == 1 else b"".join(parts)
    except TimeoutError:
        raise refusal(
            408,
            f"the body was not complete after {limits.body_s:g} s",
            fix="send it faster, or send a smaller image",
        ) from None


async def _drain(receive: Receive) -> None:
    """Discard what a client still sends, for a moment, so that it can read the answer.

    Closing a connection with unread bytes resets it, and the client may lose the answer.
    """
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_S):
            while size < DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


class Refused:
    """The answer to a request that is refused: an ASGI application, as Starlette's responses.

    Args:
        page: HTML in place of JSON.
    """

    def __init__(self, refused: Refusal, page: bytes | None = None) -> None:
        self._refused, self._page = refused, page

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        body = error_json(self._refused.status, self._refused.error, scope.get(LANGUAGES, ""))
        headers = json_headers(body)
        if self._page is not None:
            body = self._page
            headers = [
                (b"content-type", b"text/html; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ]
        headers += self._refused.headers
        is_unread = _has_body(scope) and not scope[SHARE].complete
        if is_unread:
            headers.append(CLOSE)
        status = self._refused.status
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if is_unread:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await _drain(receive)
            body = b""
        await send({"type": "http.response.body", "body": body})


def _has_body(scope: Any) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _too_large(most: int, problem: str) -> Exception:
    return refusal(
        413,
        problem,
        expected=f"at most {most:,} bytes ({byte_size(most)})",
        fix="send fewer or smaller images; --max-body of `convscope serve` changes the limit",
    )
