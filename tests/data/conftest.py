"""Local mirrors, each with its own failure, and a small data set to download."""

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

from convscope.data.formats.idx_dataset import IdxDataSet
from convscope.data.formats.published import PublishedFile

PLAIN = {
    name: bytes([0, 0, 8, 1, 0, 0, 0, 200])
    + np.random.RandomState(number).randint(256, size=200, dtype=np.uint8).tobytes()
    for number, name in enumerate(["images", "labels", "t-images", "t-labels"])
}
PACKED = {name: gzip.compress(plain, mtime=0) for name, plain in PLAIN.items()}
BOMB = gzip.compress(bytes(8 << 20))


PLACES = {
    "to_ftp": "ftp://127.0.0.1/images.gz",
    "to_file": "file:///etc/passwd",
    "to_data": "data:,x",
    "to_bad_port": "http://127.0.0.1:99999999/images.gz",
    "to_bad_host": "http://[::1/images.gz",
    "to_no_host": "http:///images.gz",
    "to_long_host": f"http://{'a' * 300}/images.gz",
    "to_dots": "http://a..b/images.gz",
    "to_long": f"http://127.0.0.1/{'a' * 9000}",
    "to_words": "not an address \x1b[2J",
}
"""Addresses that redirects lead to."""


class _Mirror(BaseHTTPRequestHandler):
    """/BEHAVIOUR/NAME.gz"""

    def do_GET(self):
        self.server.asked_paths.append(self.path)
        if self.path.count("/") != 2:
            self.send_error(404)
            return
        _, behaviour, name = self.path.split("/")
        self.server.asked.append((behaviour, name))
        packed = PACKED[name.removesuffix(".gz")]
        match behaviour:
            case "good":
                self._answer(packed)
            case "wrong":
                self._answer(gzip.compress(b"another file"))
            case "missing":
                self.send_error(404)
            case "broken":
                self.send_error(503)
            case "cut":
                self._answer(packed[:100], length=len(packed))
            case "cut_checksum":
                self._answer(packed[:-8])
            case "closed":
                self._answer(packed[:100], length=None)
            case "longer":
                self._answer(packed + b"garbage")
            case "twice":
                self._answer(packed + packed)
            case "empty":
                self._answer(b"")
            case "page":
                self._answer(b"<html>Sign in to this network</html>")
            case "plain":
                self._answer(PLAIN[name.removesuffix(".gz")])
            case "bomb":
                self._answer(BOMB)
            case "silent":
                self.server.over.wait(20)
            case "slow":
                self._answer(packed[:50], length=len(packed))
                self.server.over.wait(20)
            case "drips":
                self._drip(packed)
            case "moved":
                self._send_to(f"/good/{name}")
            case "loop":
                self._send_to(self.path)
            case "continues":  # no end of 100 Continue
                self._flood(b"HTTP/1.1 100 Continue\r\n\r\n")
            case "drips_headers":
                self._flood(b"H", pause_s=0.05)
            case "drips_chunks":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
                self._flood(b"a", pause_s=0.05)
            case "many_headers":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                self._flood(b"X-Many: " + b"a" * 1000 + b"\r\n")
            case "escapes":
                self.wfile.write(b"HTTP/1.1 4\x1b[2J04 \x1b]0;owned\x07\r\n\r\n")
            case "nowhere":
                self._send_to("")
            case _ if behaviour in PLACES:
                self._send_to(PLACES[behaviour])
            case "garbled":
                self.wfile.write(b"220 this is no web server\r\n\r\n")

    def _answer(self, body, *, length=-1):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _drip(self, body):
        self._answer(b"", length=len(body))
        try:
            for number in body:
                self.wfile.write(bytes([number]))
                if self.server.over.wait(0.05):
                    return
        except OSError:  # the other side has had enough
            return

    def _flood(self, part, *, pause_s=0.0):
        try:
            while not self.server.over.wait(pause_s):
                self.wfile.write(part)
        except OSError:  # the other side has had enough
            return

    def _send_to(self, path):
        self.send_response(302)
        self.send_header("Location", path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing is logged."""


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mirror)
    server.daemon_threads = True
    server.asked, server.asked_paths, server.over = [], [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def made_up(server, tmp_path, monkeypatch):
    """A function that makes a data set with mirrors of the given behaviours; its cache is empty."""
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CONVSCOPE_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.asked.clear()

    def make(*behaviours, name="made_up"):
        files = (PublishedFile(n, hashlib.sha256(plain).hexdigest()) for n, plain in PLAIN.items())
        return IdxDataSet(
            name=name,
            title="Made up",
            classes=("a", "b"),
            mean=(0.5,),
            std=(0.5,),
            idx_files=tuple(files),
            notice="nobody's",
            mirrors=tuple(
                f"http://127.0.0.1:{server.server_port}/{behaviour}/" for behaviour in behaviours
            ),
        )

    return make
