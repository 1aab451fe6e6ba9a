"""Security of a service in one layer outside its router: every route has it, and unknown ones too.

Checked in this order: the path, the Host header, the origin of a browser, the token (or what the
service has in its place, see `Door`), the size of the body. Answers get headers that forbid
sniffing and framing. No exception leaves this layer: an unexpected one is answered with 500 and
without its text, which goes to the log.
"""

import asyncio
import json
import re
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol, final
from urllib.parse import urlsplit

from convscope.server.answers import (
    CLOSE,
    PROTECTION,
    Headers,
    Message,
    Receive,
    Refusal,
    Send,
    refusal,
)
from convscope.server.bodies import SHARE, Budget, Disconnected, Refused, check_length
from convscope.server.limits import Limits
from convscope.server.tokens import Token
from convscope.text import printable

Application = Callable[[Any, Receive, Send], Awaitable[None]]
Observer = Callable[[str, int, float], None]

SAFE_PATH = re.compile(r"/[A-Za-z0-9_./-]*")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPEN = ("/health",)
"""Paths that need no token: load balancers ask there."""


class Door(Protocol):
    """Check of who may use a service, and of the size of a body."""

    def check_origin(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        """Check from which page a browser sends a request; raises Refusal."""

    def check_rights(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        """Check that the client may use the service; raises Refusal."""

    def most_bytes(self, headers: dict[bytes, bytes], limits: Limits) -> int:
        """Return the limit of a body."""

    def page(self, headers: dict[bytes, bytes], refused: Refusal) -> bytes | None:
        """Return a refusal as a page for people; None where JSON is right."""


@final
class TokenDoor:
    """A token that clients send as Authorization: Bearer; None: everyone may use the service."""

    def __init__(self, token: Token | None = None) -> None:
        self._token = token

    def check_origin(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        """Refuse requests that a page of another origin sends from a browser."""
        if is_foreign(headers):
            raise refused_origin()

    def check_rights(self, scope: Any, headers: dict[bytes, bytes]) -> None:
        if scope["path"] in OPEN or self._token is None:
            return
        if not self._token.accepts(headers.get(b"authorization")):
            refused = refusal(
                401,
                "the token is missing or wrong",
                expected="the header Authorization: Bearer TOKEN",
            )
            raise Refusal(401, refused.error, [(b"www-authenticate", b"Bearer")])

    def most_bytes(self, headers: dict[bytes, bytes], limits: Limits) -> int:
        return limits.body_bytes

    def page(self, headers: dict[bytes, bytes], refused: Refusal) -> bytes | None:
        return None


def is_foreign(headers: dict[bytes, bytes]) -> bool:
    """Return whether a browser sends a request for a page of another origin."""
    origin, host = headers.get(b"origin"), headers.get(b"host", b"")
    is_other = origin is not None and origin.partition(b"://")[2].lower() != host.lower()
    return is_other or headers.get(b"sec-fetch-site") in (b"cross-site", b"same-site")


def refused_origin() -> Refusal:
    """Return the refusal of a request that a page of another origin sent."""
    return refusal(
        403,
        "a page of another origin sent this request",
        expected="a request from a program, or from this service's own page",
    )


@final
class Guard:
    """Application that checks a request before another application gets it.

    Attributes:
        stopping: whether the service is stopping: connections are closed after their answer.
        accepted, answered: requests so far; equal when nothing is in progress.
    """

    def __init__(
        self,
        application: Application,
        limits: Limits,
        *,
        door: Door = TokenDoor(),
        hosts: Collection[str] | None = None,
        protection: Headers = PROTECTION,
        observe: Observer = lambda _path, _status, _seconds: None,
        logs: bool = False,
    ) -> None:
        """Guard an application.

        Args:
            door: checks who may use it.
            hosts: names that the Host header may have; None: any.
            protection: headers that each answer gets, unless it has them.
            observe: called with path, status and seconds of each answer.
            logs: write one JSON line to standard error for each request.
        """
        self._application, self._limits, self._door = application, limits, door
        self.protection = protection
        self._hosts = None if hosts is None else {host.lower() for host in hosts}
        self._observe, self._logs = observe, logs
        self._budget = Budget(limits.all_body_bytes)
        self.stopping = False
        self.accepted = self.answered = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":  # no WebSocket is served; the protocol is off in uvicorn too
            return
        self.accepted += 1
        answer = _Answer(send, self._limits.write_s, self)
        try:
            with self._budget.share() as share:
                scope[SHARE] = share
                await self._answer(scope, receive, answer)
        finally:
            self.answered += 1
            seconds = time.perf_counter() - answer.start
            self._observe(scope["path"], answer.status, seconds)
            if self._logs:
                self._log(scope, answer.status, seconds)

    async def _answer(self, scope: Any, receive: Receive, answer: "_Answer") -> None:
        try:
            self._check(scope)
            await self._application(scope, receive, answer)
        except Refusal as error:
            page = self._door.page(dict(scope["headers"]), error)
            await Refused(error, page)(scope, receive, answer)
        except (Disconnected, ConnectionError):
            return  # nobody reads an answer
        except Exception as error:  # a fault of convscope: no detail for strangers
            sys.stderr.write("".join(traceback.format_exception(error)))
            if not answer.status:
                fault = refusal(500, "unexpected error, a fault of convscope", fix="see the log")
                await Refused(fault)(scope, receive, answer)

    def _check(self, scope: Any) -> None:
        """Check all of a request but its body.

        Raises:
            Refusal: 400, 401, 403, 404, 413 or 415.
        """
        headers = _unique(scope["headers"])
        _check_framing(headers)
        path, raw = scope["path"], scope.get("raw_path") or scope["path"].encode()
        if not SAFE_PATH.fullmatch(path) or raw != path.encode():
            raise refusal(404, "there is no such path", where=printable(path, 100))
        if self._hosts is not None and _host_name(headers.get(b"host")) not in self._hosts:
            raise refusal(
                403,
                "the Host header does not name this service",
                expected="the address that the service was started with",
                fix="--allow-host NAME of `convscope serve` adds a name",
            )
        self._door.check_origin(scope, headers)
        self._door.check_rights(scope, headers)
        most = self._door.most_bytes(headers, self._limits)
        check_length(headers.get(b"content-length"), most)

    def _log(self, scope: Any, status: int, seconds: float) -> None:
        client = scope.get("client") or ("", 0)
        row = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": client[0],
            "method": printable(scope["method"], 20),
            "path": printable(scope["path"], 200),
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        sys.stderr.write(json.dumps(row) + "\n")


class _Answer:
    """The sending side of a request: adds headers, and waits only so long for a slow reader.

    Attributes:
        status: of the answer; 0 until it begins.
    """

    def __init__(self, send: Send, write_s: float, guard: Guard) -> None:
        self._send, self._write_s, self._guard = send, write_s, guard
        self.start = time.perf_counter()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name.lower() for name, _ in message["headers"]}
            added = [pair for pair in self._guard.protection if pair[0] not in own]
            headers = [*message["headers"], *added]
            if self._guard.stopping and CLOSE not in headers:
                headers.append(CLOSE)
            message["headers"] = headers
        elif message.get("more_body", False) or len(message.get("body", b"")) > 1 << 16:
            try:  # a reader that takes nothing ends its stream
                async with asyncio.timeout(self._write_s):
                    await self._send(message)
            except TimeoutError:
                raise Disconnected from None
            return
        await self._send(message)


def _unique(headers: "list[tuple[bytes, bytes]]") -> dict[bytes, bytes]:
    """Return the headers by name.

    Raises:
        Refusal: 400, one that decides about security is there twice.
    """
    unique: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in unique and name in (b"host", b"authorization", b"origin", b"content-type"):
            raise refusal(400, f"the header {name.decode()} is there twice", expected="once")
        unique[name] = value
    return unique


def _check_framing(headers: dict[bytes, bytes]) -> None:
    """Check what decides where a body ends, and how it is packed.

    Raises:
        Refusal: 400, two sizes, of which a proxy in front may believe the other; 415, compressed.
    """
    if b"content-length" in headers and b"transfer-encoding" in headers:
        raise refusal(400, "Content-Length and Transfer-Encoding together", expected="one of them")
    if headers.get(b"content-encoding", b"identity").lower() not in (b"", b"identity"):
        raise refusal(415, "the body is compressed", expected="no Content-Encoding")


def _host_name(header: bytes | None) -> str:
    """Return the name in a Host header without its port; "" for one that is damaged."""
    if header is None or b"@" in header:  # no browser sends a user's name there
        return ""
    try:
        return urlsplit(f"//{header.decode('ascii')}").hostname or ""
    except ValueError:
        return ""
