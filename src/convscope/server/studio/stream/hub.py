"""Messages to all tabs: a ring buffer, ids that only grow, and a bounded queue for each tab.

Ids are whole numbers: the second in which the studio started times a million, plus the number of
the message. A tab that comes back names its last one and gets what it missed, or a `reset`, after
which it reads everything anew. A first connection gets a `reset` too, so that a page has one path.
"""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Literal, NamedTuple, final

from convscope.server.answers import refusal
from convscope.server.language import Translate, translator_for, unchanged
from convscope.server.studio.stream.translated import KINDS, translated

Kind = Literal["run", "job", "watch", "data", "task", "reset"]

KEPT = 4_000
KEPT_BYTES = 8 << 20
MOST_CLIENTS = 32
BEAT_S = 15.0
RETRY_MS = 1_000


class Message(NamedTuple):
    """One message: its id, its kind, and its data as JSON without line breaks."""

    number: int
    kind: Kind
    data: bytes

    def wire(self) -> bytes:
        """Return the message as lines of a stream of events."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.number, self.kind.encode(), self.data)


@final
class Hub:
    """Ring buffer of messages, and the tabs that listen.

    Args:
        kept: messages that a tab may have missed.
        kept_bytes: their size, and that of what one tab has not taken yet.
        most_clients: tabs; more get 503.
    """

    def __init__(
        self,
        *,
        kept: int = KEPT,
        kept_bytes: int = KEPT_BYTES,
        most_clients: int = MOST_CLIENTS,
        beat_s: float = BEAT_S,
    ) -> None:
        self._kept, self.kept_bytes, self._most_clients = kept, kept_bytes, most_clients
        self.beat_s = beat_s
        self._ring: deque[Message] = deque()
        self._ring_bytes = 0
        self._first = int(time.time()) * 1_000_000
        self._last = self._first
        self._clients: set[Client] = set()
        self._lock = threading.Lock()
        self.closed = False

    def publish(self, kind: Kind, data: Any) -> None:
        """Send a message to all tabs; from any thread. `data` is JSON-able, or bytes of JSON."""
        text = data if isinstance(data, bytes) else json.dumps(data, allow_nan=False).encode()
        with self._lock:
            self._last += 1
            message = Message(self._last, kind, text)
            self._ring.append(message)
            self._ring_bytes += len(text)
            while len(self._ring) > self._kept or self._ring_bytes > self.kept_bytes:
                gone = self._ring.popleft()
                self._first = gone.number
                self._ring_bytes -= len(gone.data)
            clients = list(self._clients)
        for client in clients:
            client.put(message)

    def join(self, last: int | None, languages: str = "") -> "Client":
        """Return a new listener; it starts behind the message `last`, or with a `reset`.

        Args:
            languages: that the tab prefers, as in Accept-Language.

        Raises:
            Refusal: 503, too many tabs, or the studio is stopping.
        """
        with self._lock:
            if self.closed or len(self._clients) >= self._most_clients:
                raise self._too_many()
            client = Client(self, asyncio.get_running_loop(), translator_for(languages))
            if last is not None and self._first <= last <= self._last:
                for message in self._ring:
                    if message.number > last:
                        client.put(message)
            else:
                reason = "first" if last is None else "gap"
                data = json.dumps({"reason": reason}).encode()
                client.put(Message(self._last, "reset", data))
            self._clients.add(client)
        return client

    def _too_many(self) -> Exception:
        if self.closed:
            return refusal(503, "the studio is stopping")
        return refusal(
            503,
            f"{len(self._clients)} tabs are open",
            expected=f"at most {self._most_clients}",
            fix="close some of them",
        )

    def leave(self, client: "Client") -> None:
        """Forget a listener."""
        with self._lock:
            self._clients.discard(client)

    @property
    def num_clients(self) -> int:
        """Number of tabs that listen."""
        return len(self._clients)

    def close(self) -> None:
        """End all streams; no further one begins."""
        with self._lock:
            self.closed = True
            clients = list(self._clients)
        for client in clients:
            client.end()


@final
class Client:
    """One tab: messages that it has not taken yet. One that takes too little is dropped."""

    def __init__(self, hub: Hub, loop: asyncio.AbstractEventLoop, translate: Translate) -> None:
        self._hub, self._loop, self._translate = hub, loop, translate
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._news = asyncio.Event()
        self.ended = False

    def put(self, message: Message) -> None:
        """Add a message; from any thread."""
        with self._lock:
            if self.ended:
                return
            self._waiting.append(message)
            self._bytes += len(message.data)
            if self._bytes > 2 * self._hub.kept_bytes:
                self.ended = True  # the browser comes back and gets a reset
                self._waiting.clear()
                self._bytes = 0
        self._wake()

    def end(self) -> None:
        """End the stream; from any thread."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def _take(self) -> bytes:
        with self._lock:
            waiting = list(self._waiting)
            self._waiting.clear()
            self._bytes = 0
        return b"".join(self._in_language(message).wire() for message in waiting)

    def _in_language(self, message: Message) -> Message:
        if message.kind not in KINDS or self._translate is unchanged:
            return message
        return message._replace(data=translated(message.data, self._translate))

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the stream: messages as they come, and a comment when there was none for long."""
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while not self.ended:
                self._news.clear()
                text = self._take()
                if text:
                    yield text
                    continue
                try:
                    async with asyncio.timeout(self._hub.beat_s):
                        await self._news.wait()
                except TimeoutError:
                    yield b": beat\n\n"
        finally:
            self._hub.leave(self)
