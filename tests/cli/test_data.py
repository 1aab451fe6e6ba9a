"""`convscope data get`: output, errors, and existing files."""

import gzip
import hashlib
import json
import os
import pty
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

import convscope.data
from convscope.cli.data import data_app
from convscope.data.formats.idx_dataset import IdxDataSet
from convscope.data.formats.published import PublishedFile
from convscope.data.sets.mnist import MNIST
from convscope.errors import DataError, InputError, StorageError

app = typer.Typer()
app.add_typer(data_app, name="data")
PLAIN = bytes([0, 0, 8, 1, 0, 0, 0, 4]) + b"1234"
FILES = ("train_images", "train_labels", "test_images", "test_labels")


def run(*arguments):
    return CliRunner().invoke(app, ["data", *arguments])


class _Mirror(BaseHTTPRequestHandler):
    def do_GET(self):
        if "bad" in self.path:
            self.send_error(404)
            return
        packed = gzip.compress(PLAIN)
        self.send_response(200)
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, *_):
        """Nothing is logged."""


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mirror)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("CONVSCOPE_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def far(address, cache, monkeypatch):
    """Two data sets that are not here: one can be fetched, the other not."""

    def made(name):
        digest = hashlib.sha256(PLAIN).hexdigest()
        return IdxDataSet(
            name=name,
            title=name,
            classes=("a", "b"),
            mean=(0.5,),
            std=(0.5,),
            notice="nobody's",
            mirrors=(f"{address}{name}/",),
            idx_files=tuple(PublishedFile(name, digest) for name in FILES),
        )

    monkeypatch.setitem(sys.modules, "far", SimpleNamespace(GOOD=made("good"), BAD=made("bad")))
    far = {"mnist": convscope.data.DATASETS["mnist"], "good": "far", "bad": "far"}
    monkeypatch.setattr(convscope.data, "DATASETS", far)


def test_get_of_a_downloaded_data_set(cache):
    found = run("get", "mnist")
    assert found.exit_code == 0
    assert found.stdout == f"mnist is already downloaded: {MNIST.folders[0]}\n"
    assert found.stderr == ""
    assert not cache.exists()


def test_get_downloads_once(far, cache):
    found = run("get", "good")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == f"good downloaded: {cache / 'good'}\n"
    assert sorted(os.listdir(cache / "good")) == sorted(f"{name}.gz" for name in FILES)
    assert run("get", "good").stdout == f"good is already downloaded: {cache / 'good'}\n"


def test_as_json(far, cache):
    expected = {"name": "good", "fetched": True, "folders": [str(cache / "good")]}
    assert json.loads(run("get", "good", "--json").stdout) == expected
    assert json.loads(run("get", "good", "--json").stdout) == expected | {"fetched": False}


def test_files_in_several_folders_are_all_named(far, cache, tmp_path, monkeypatch):
    (tmp_path / "own" / "good").mkdir(parents=True)
    (tmp_path / "own" / "good" / "test_labels").write_bytes(PLAIN)
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "own"))
    expected = f"good downloaded: {cache / 'good'}, {tmp_path / 'own' / 'good'}\n"
    assert run("get", "good").stdout == expected
    assert "test_labels.gz" not in os.listdir(cache / "good")


def test_failed_downloads(far, cache):
    found = run("get", "bad")
    assert isinstance(found.exception, DataError)
    assert "HTTP status 404" in str(found.exception)
    assert str(cache / "bad") in str(found.exception)
    assert found.stdout == ""
    assert os.listdir(cache / "bad") == []


def test_a_cache_that_cannot_be_written(far, cache):
    cache.write_bytes(b"")
    assert isinstance(run("get", "good").exception, StorageError)


@pytest.mark.parametrize("name", ["mnits", "", "../mnist", "fashion"])
def test_unknown_names(name, cache):
    found = run("get", name)
    assert isinstance(found.exception, InputError)
    assert "convscope list datasets" in str(found.exception)


@pytest.mark.parametrize("arguments", [["get"], ["got", "mnist"], ["get", "mnist", "more"]])
def test_usage(arguments):
    assert run(*arguments).exit_code == 2


def _drain(terminal, drawn):
    try:
        while piece := os.read(terminal, 4096):
            drawn.append(piece)
    except OSError:  # how Linux says that the other end is closed
        return


def test_a_bar_on_a_terminal(far, cache, monkeypatch):
    from convscope.cli import data

    monkeypatch.setenv("TERM", "xterm")
    outer, inner = pty.openpty()
    pieces = []
    reader = threading.Thread(target=_drain, args=(outer, pieces))
    reader.start()
    with os.fdopen(inner, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        data._download(convscope.data.find("good"))
    reader.join()
    os.close(outer)
    drawn = b"".join(pieces).decode()
    assert "\x1b[" in drawn
    assert all(name in drawn for name in FILES)


def test_nothing_heavy_is_loaded_before_it_is_needed():
    code = (
        "import convscope.cli.data, sys\n"
        "print([n for n in ('torch', 'numpy', 'convscope.data', 'urllib.request') "
        "if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=600
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
