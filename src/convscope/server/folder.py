"""Server of an exported folder: its files, with the headers that its page needs.

Cross-origin isolation (COOP, COEP) gives the page threads. A path is letters, digits and _./-,
so nothing is decoded; links are not followed, folders are not listed.
"""

import os
import re
import shutil
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Collection
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, final
from urllib.parse import urlsplit

from convscope.server.guard import SAFE_PATH

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
OTHER_TYPE = "application/octet-stream"
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Accept-Ranges": "none",
}
POLICY = re.compile(rb'<meta\s+http-equiv="Content-Security-Policy"\s+content="([^"]*)"')
CLOSED = "default-src 'none'"
IDLE_S = 30.0  # of a connection without requests
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def page_policy(page: bytes) -> str:
    """Return the content security policy that a page states, or one that forbids everything."""
    match = POLICY.search(page)
    text = match[1].decode("ascii", "ignore") if match else CLOSED
    return f"{' '.join(text.split())}; frame-ancestors 'self'"


def open_inside(root: int, path: str) -> int:
    """Open a file below an open folder, and follow no link; return its handle.

    Raises:
        OSError: there is no such file.
    """
    *folders, name = path.split("/")
    if any(part in ("", ".", "..") for part in (*folders, name)):
        raise FileNotFoundError(path)
    handle = os.dup(root)
    try:
        for part in folders:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            inner = os.open(part, flags, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
    finally:
        os.close(handle)


@final
class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with a file of the folder."""

    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = IDLE_S
    server: "FolderServer"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def version_string(self) -> str:
        return "convscope"

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: the files of a folder are no events."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with the status as text; the request is not repeated in it."""
        unknown = code == HTTPStatus.NOT_IMPLEMENTED  # a method
        status = HTTPStatus.METHOD_NOT_ALLOWED if unknown else HTTPStatus(code)
        body = f"{status.value} {status.phrase}\n".encode()
        self.close_connection = True
        self.send_response(status)
        self._send_headers("text/plain; charset=utf-8", len(body), CLOSED, "no-store")
        if unknown:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _answer(self, *, with_body: bool) -> None:
        if not self.server.answers(self.headers.get("Host", "")):
            return self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        path = urlsplit(self.path).path
        if not SAFE_PATH.fullmatch(path):
            return self.send_error(HTTPStatus.NOT_FOUND)
        name = path[1:] or "index.html"
        try:
            file = os.fdopen(open_inside(self.server.root, name), "rb")
        except OSError:
            return self.send_error(HTTPStatus.NOT_FOUND)
        with file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                return self.send_error(HTTPStatus.NOT_FOUND)
            size = facts.st_size
            kept = "max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
            self.send_response(HTTPStatus.OK)
            kind = TYPES.get(os.path.splitext(name)[1].lower(), OTHER_TYPE)
            self._send_headers(kind, size, self.server.policy, kept)
            self.end_headers()
            if with_body:
                shutil.copyfileobj(file, self.wfile, 1 << 18)
        return None

    def _send_headers(self, kind: str, size: int, policy: str, kept: str) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", kept)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))


@final
class FolderServer(ThreadingHTTPServer):
    """Serves a folder on a socket that listens; one thread for each connection.

    Args:
        hosts: names that the Host header may have; None for any.
    """

    daemon_threads = True

    def __init__(
        self, sock: socket.socket, folder: Path, *, hosts: Collection[str] | None = None
    ) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = sock
        self.server_address = sock.getsockname()
        self.root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.policy = page_policy((folder / "index.html").read_bytes())
        self._hosts = None if hosts is None else {name.lower() for name in hosts}

    def answers(self, host: str) -> bool:
        """Return whether a request for this host is answered."""
        if self._hosts is None:
            return True
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        return name.strip("[]").lower() in self._hosts

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an unexpected error; a client that goes away is none."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        super().server_close()
        os.close(self.root)


def run(server: FolderServer, ready: Callable[[], None]) -> int:
    """Serve until a signal; return the exit code: 143 after SIGTERM, 130 after SIGINT."""
    stopped = threading.Event()
    numbers: list[int] = []

    def stop(number: int, _: object) -> None:
        if numbers:
            os._exit(128 + number)
        numbers.append(number)
        stopped.set()

    before = {each: signal.signal(each, stop) for each in SIGNALS}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        ready()
        stopped.wait()
    finally:
        server.shutdown()
        thread.join()
        for each, handler in before.items():
            signal.signal(each, handler)
    return 128 + numbers[0]
