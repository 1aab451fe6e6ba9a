"""The child process of the worker: reads tasks from a socket, and answers them one by one.

Messages both ways are a length (4 bytes) and that many bytes: JSON, or for a result a letter and
JSON. A second thread reads, so that a task can be cancelled while it is computed.
"""

import importlib
import json
import os
import queue
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from convscope.errors import ConvscopeError

LENGTH = struct.Struct(">I")
REPORT_S = 0.1  # at most ten messages a second about progress
RESULT, PROGRESS, FAILED, FAULT, READY = b"r", b"p", b"f", b"x", b"k"

Report = Callable[..., None]
"""Called as progress(done, total=0, text="")."""


class Cancelled(BaseException):
    """Nobody waits for the result any more; not an Exception, so that no task catches it."""


def send(channel: socket.socket, *parts: bytes) -> None:
    """Send one message."""
    channel.sendall(LENGTH.pack(sum(map(len, parts))) + b"".join(parts))


def receive(channel: socket.socket) -> bytes:
    """Return one message.

    Raises:
        EOFError: the other end is closed.
    """
    return exactly(channel, LENGTH.unpack(exactly(channel, LENGTH.size))[0])


def exactly(channel: socket.socket, size: int) -> bytes:
    """Return so many bytes; raises EOFError."""
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


class _Inbox:
    """Tasks that came, and the number of the one that was cancelled."""

    def __init__(self, channel: socket.socket) -> None:
        self.tasks: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.cancelled = -1
        self._channel = channel
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                message = json.loads(receive(self._channel))
                if "cancel" in message:
                    self.cancelled = message["cancel"]
                else:
                    self.tasks.put(message)
        except (EOFError, OSError):
            os._exit(0)  # the studio has ended


def main(handle: int, imports: str) -> None:
    """Import a module, then answer tasks until the socket is closed."""
    with socket.socket(fileno=handle) as channel:
        inbox = _Inbox(channel)
        importlib.import_module(imports)
        send(channel, READY)
        while True:
            task = inbox.tasks.get()
            assert task is not None
            if task["number"] != inbox.cancelled:
                send(channel, *_answer(task, channel, inbox))
            else:
                send(channel, FAILED, _error(ConvscopeError("the computation was cancelled")))


def _answer(task: dict[str, Any], channel: socket.socket, inbox: _Inbox) -> tuple[bytes, bytes]:
    last = 0.0

    def progress(done: float, total: float = 0, text: str = "") -> None:
        nonlocal last
        if inbox.cancelled == task["number"]:
            raise Cancelled
        if time.monotonic() - last >= REPORT_S:
            last = time.monotonic()
            row = {"done": done, "total": total, "text": text}
            send(channel, PROGRESS, json.dumps(row).encode())

    try:
        module, _, name = str(task["function"]).partition(":")
        function = getattr(importlib.import_module(module), name)
        result = function(task["args"], progress)
        text = result if isinstance(result, bytes) else json.dumps(result, allow_nan=False).encode()
    except Cancelled:
        return FAILED, _error(ConvscopeError("the computation was cancelled"))
    except ConvscopeError as error:
        return FAILED, _error(error)
    except MemoryError:
        return FAILED, _error(
            ConvscopeError("not enough memory", fix="a smaller image, network or batch")
        )
    except Exception as error:
        sys.stderr.write("".join(traceback.format_exception(error)))
        return FAULT, _error(ConvscopeError(f"{type(error).__name__}: {error}"[:500]))
    return RESULT, text


def _error(error: ConvscopeError) -> bytes:
    parts = (error.given, error.expected, error.fix, error.where, error.code)
    return json.dumps([type(error).__name__, *parts]).encode()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
