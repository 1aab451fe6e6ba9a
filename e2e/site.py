"""A static server for a folder, as any host of static files, with its log and planted faults."""

import contextlib
import functools
import http.server
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}

Fault = Callable[[bytes], bytes | int]
"""From the content of a file to what is sent in its place, or to an error status."""


class Site:
    """A folder at an address on this machine.

    Attributes:
        log: paths of the requests, in their order.
        faults: by the end of a path.
    """

    def __init__(self, folder: Path, *, model: Path | None = None, isolated: bool = False) -> None:
        """Serve a folder until `close`.

        Args:
            model: folder that is served as `model/`, in place of the folder's own.
            isolated: send the headers of cross-origin isolation, with which there are threads.
        """
        self.folder, self.model, self.isolated = folder, model, isolated
        self.log: list[str] = []
        self.faults: dict[str, Fault] = {}
        handler = functools.partial(_Handler, self)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/index.html"

    def read(self, path: str) -> bytes | int:
        """Return what is sent for a path: content, or an error status."""
        parts = [part for part in path.split("/") if part]
        if ".." in parts:
            return 404
        is_model = self.model is not None and parts[:1] == ["model"]
        root = self.model if is_model and self.model else self.folder
        file = root.joinpath(*(parts[1:] if is_model else parts))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return 404
        content: bytes | int = file.read_bytes()
        for end, fault in self.faults.items():
            if path.endswith(end) and isinstance(content, bytes):
                content = fault(content)
        return content

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, site: Site, *args: Any) -> None:
        self.site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.site.log.append(path)
        content = self.site.read(path)
        status, body = (200, content) if isinstance(content, bytes) else (content, b"")
        self.send_response(status)
        self.send_header("Content-Type", TYPES.get(Path(path).suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in (ISOLATION if self.site.isolated else {}).items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the page was closed
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
