"""Connections of a service: their number, and the time that a header may take.

uvicorn counts no time until the first request of a connection is complete, and answers 503 to all
once there are too many connections, idle ones included. Here an idle connection makes room for a
new one, the one that is idle longest first, and slow headers are answered with 408.
"""

import asyncio
import time
from typing import Any, final

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from convscope.server.answers import CLOSE, PROTECTION, Refusal, error_json, json_headers, refusal
from convscope.server.bodies import SHARE, Share
from convscope.server.limits import Limits

REASONS = {400: b"Bad Request", 408: b"Request Timeout", 503: b"Service Unavailable"}
SWEEP_S = 0.5


@final
class Connections:
    """All open connections of a service.

    Attributes:
        active: those whose request is being received or answered.
        idle: those without a request, or with part of a header; the one that is idle longest
            comes first. The value is the time since when.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.active: set[Connection] = set()
        self.idle: dict[Connection, float] = {}

    def __len__(self) -> int:
        return len(self.active) + len(self.idle)

    def protocol(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> asyncio.Protocol:
        """Return the protocol of a new connection; uvicorn calls it as a class of protocols."""
        return Connection(self, H11Protocol(config, server_state, app_state, _loop))

    def has_room(self) -> bool:
        """Return whether one more connection may stay, after closing an idle one if needed."""
        if len(self) < self.limits.connections:
            return True
        if not self.idle:
            return False
        oldest = next(iter(self.idle))
        del self.idle[oldest]
        oldest.abort()
        return True

    async def sweep(self) -> None:
        """Close connections that are idle, or send their header, for too long; never returns."""
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for connection, since in list(self.idle.items()):
                if now - since > self.limits.header_s and connection.is_in_header:
                    connection.refuse(_slow(self.limits.header_s))
                elif now - since > self.limits.idle_s:
                    connection.close()

    def close_idle(self) -> None:
        """Close all connections without a request."""
        for connection in list(self.idle):
            connection.close()


@final
class Connection(asyncio.Protocol):
    """One connection: uvicorn's protocol, with a time limit for the header."""

    def __init__(self, connections: Connections, inner: H11Protocol) -> None:
        self._connections, self._inner = connections, inner
        self._transport: asyncio.Transport | None = None
        self.is_in_header = False
        self._completed = inner.on_response_complete
        inner.on_response_complete = self._on_complete  # type: ignore[method-assign]
        inner.send_400_response = self._on_invalid  # type: ignore[method-assign,assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._connections.has_room():
            self.refuse(refusal(503, "too many connections", fix="try again in a moment"))
            return
        self._connections.idle[self] = time.monotonic()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        idle = self._connections.idle
        if self in idle and not self.is_in_header:
            self.is_in_header = True
            del idle[self]
            idle[self] = time.monotonic()  # of those that send a header the slowest comes first
        self._inner.data_received(data)
        self._sort()

    def _sort(self) -> None:
        """Move the connection to those with a request, or back."""
        cycle = self._inner.cycle
        if cycle is not None and not cycle.response_complete and self in self._connections.idle:
            del self._connections.idle[self]
            self._connections.active.add(self)
            self.is_in_header = False

    def _on_complete(self) -> None:
        self._connections.active.discard(self)
        assert self._transport is not None
        if not self._transport.is_closing():
            self._connections.idle[self] = time.monotonic()
        self._completed()  # handles a request that came in the meantime
        self._sort()

    def _on_invalid(self, _message: str) -> None:
        self.refuse(
            refusal(400, "this is no valid HTTP request", expected="HTTP/1.1, a shorter header")
        )

    def refuse(self, refused: Refusal) -> None:
        """Answer without a request, and close."""
        assert self._transport is not None
        body = error_json(refused.status, refused.error)
        head = b"HTTP/1.1 %d %s\r\n" % (refused.status, REASONS[refused.status])
        headers = [*json_headers(body), *refused.headers, *PROTECTION, CLOSE]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        self._transport.write(head + lines + b"\r\n" + body)
        self._transport.close()

    def close(self) -> None:
        """Close a connection without a request."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once, without sending what is left."""
        if self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> None:
        self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.idle.pop(self, None)
        self._connections.active.discard(self)
        cycle = self._inner.cycle
        share = None if cycle is None else cycle.scope.get(SHARE)
        if cycle is not None and isinstance(share, Share) and not cycle.response_complete:
            share.leave()
        if self._inner.transport is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


def _slow(seconds: float) -> Refusal:
    return refusal(
        408, f"the header was not complete after {seconds:g} s", fix="send the request faster"
    )
