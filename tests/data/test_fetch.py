"""Downloads: the complete correct file or none, and messages for each mirror."""

import contextlib
import dataclasses
import errno
import os
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import convscope.data
from convscope.data import fetch, find, list_datasets
from convscope.data.dataset import SPLITS
from convscope.data.formats.idx import read_idx
from convscope.data.sets.mnist import MNIST
from convscope.errors import DataError, InputError, StorageError
from convscope.io import http, storage
from convscope.weights.published import TORCHVISION

module = sys.modules[fetch.__module__]  # which the function of the same name hides
NAMES = ["images", "labels", "t-images", "t-labels"]


@pytest.fixture
def cache(made_up, tmp_path):
    return tmp_path / "cache"


def files_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def _refusal(dataset, **options):
    with pytest.raises(DataError) as caught:
        fetch(dataset, **options)
    return str(caught.value)


def test_downloads_are_complete(made_up, cache):
    dataset = made_up("good")
    heard = []
    folder = fetch(dataset, progress=lambda *news: heard.append(news))
    assert folder == cache / "made_up"
    assert files_in(cache) == sorted(f"made_up/{name}.gz" for name in NAMES)
    for number, file in enumerate(dataset.files):
        expected = np.random.RandomState(number).randint(256, size=200, dtype=np.uint8)
        assert np.array_equal(read_idx(dataset.locate(file)), expected)
    assert list(dict.fromkeys(name for name, _ in heard)) == NAMES
    last = dict(heard)
    assert last == {name: (folder / f"{name}.gz").stat().st_size for name in NAMES}


def test_existing_files_are_not_downloaded_again(made_up, cache, server):
    dataset = made_up("good")
    fetch(dataset)
    server.asked.clear()
    assert fetch(dataset) == cache / "made_up"
    assert server.asked == []
    (cache / "made_up" / "labels.gz").unlink()
    fetch(dataset)
    assert server.asked == [("good", "labels.gz")]


def test_files_in_other_folders_are_used_there(made_up, cache, tmp_path, server):
    (tmp_path / "own").mkdir()
    for name in NAMES:
        (tmp_path / "own" / name).write_bytes(b"")
    dataset = dataclasses.replace(made_up("good"), folders=(tmp_path / "own",))
    assert fetch(dataset) == tmp_path / "own"
    assert server.asked == []
    assert not cache.exists()  # nothing is made where nothing is needed


REFUSALS = {
    "wrong": "SHA-256",
    "missing": "HTTP status 404",
    "broken": "HTTP status 503",
    "cut": "truncated after 100 bytes",
    "cut_checksum": "truncated after",
    "closed": "truncated after 100 bytes",
    "longer": "data after the end",
    "twice": "data after the end",
    "empty": "truncated after 0 bytes",
    "page": "not gzip",
    "plain": "not gzip",
    "bomb": "more than 1,000,000 bytes",
    "loop": "HTTP status 302",
    "garbled": "220",
    "many_headers": "got more than 100 headers",
    "escapes": "HTTP/1.1 4",
    "nowhere": "HTTP status 302",
    "to_ftp": "the address ftp://127.0.0.1/images.gz is not http or https",
    "to_file": "the address file:///etc/passwd is not http",
    "to_data": "the address data:,x is not http",
    "to_bad_port": "the address http://127.0.0.1:99999999/images.gz is malformed",
    "to_bad_host": "a redirect to a malformed address",
    "to_no_host": "HTTP status 404",
    "to_long_host": "the address http://aaa",
    "to_dots": "the address http://a..b/images.gz is malformed",
    "to_long": "the address http://127.0.0.1/aaa",
    "to_words": "the address http://127.0.0.1",
}


@pytest.mark.parametrize("behaviour", REFUSALS)
def test_wrong_downloads_are_discarded(made_up, cache, behaviour, monkeypatch):
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1_000_000)
    message = _refusal(made_up(behaviour))
    assert "\x1b" not in message
    assert files_in(cache) == []
    assert f"/{behaviour}/images.gz: {REFUSALS[behaviour]}" in message
    assert "images of made_up could not be downloaded" in message
    assert f"put images.gz into {cache / 'made_up'} by hand" in message
    assert "CONVSCOPE_DATA" in message


SLOW = ["silent", "slow", "drips", "continues", "drips_headers", "drips_chunks"]


@pytest.mark.parametrize("behaviour", SLOW)
def test_a_slow_mirror_times_out(made_up, cache, behaviour):
    message = _refusal(made_up(behaviour), timeout_s=0.3)
    assert "timed out" in message or "too slow" in message
    assert files_in(cache) == []


def _closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_unreachable_mirror(made_up, cache):
    address = f"http://127.0.0.1:{_closed_port()}/"
    message = _refusal(dataclasses.replace(made_up(), mirrors=(address,)))
    assert "refused" in message
    assert files_in(cache) == []


def test_no_mirrors(made_up, cache):
    assert "it has no mirrors" in _refusal(made_up())
    assert files_in(cache) == []


def test_the_error_lists_every_mirror(made_up):
    message = _refusal(made_up("missing", "cut", "wrong"))
    answers = message.partition("(")[2].partition(")")[0].split("; ")
    urls = [answer.split(": ")[0] for answer in answers]
    assert [url.split("/")[-2] for url in urls] == ["missing", "cut", "wrong"]
    assert "404" in answers[0]
    assert "truncated" in answers[1]
    assert "SHA-256" in answers[2]


@pytest.mark.parametrize("behaviour", ["missing", "wrong", "cut", "page", "longer"])
def test_the_next_mirror_is_tried(made_up, cache, behaviour, server):
    fetch(made_up(behaviour, "good"))
    assert files_in(cache) == sorted(f"made_up/{name}.gz" for name in NAMES)
    expected = [(b, f"{name}.gz") for name in NAMES for b in (behaviour, "good")]
    assert server.asked == expected


def test_other_mirrors_are_not_used_after_a_success(made_up, server):
    fetch(made_up("good", "missing"))
    assert {behaviour for behaviour, _ in server.asked} == {"good"}


def test_redirects_are_followed(made_up, cache):
    fetch(made_up("moved"))
    assert len(files_in(cache)) == 4


def test_files_downloaded_before_a_failure_are_kept(made_up, cache, server):
    first = made_up("good").files[0]
    fetch(dataclasses.replace(made_up("good"), idx_files=(first,) * 4))
    assert files_in(cache) == ["made_up/images.gz"]
    assert "labels of made_up" in _refusal(made_up("missing"))
    assert files_in(cache) == ["made_up/images.gz"]
    server.asked.clear()
    fetch(made_up("good"))
    assert [name for _, name in server.asked] == ["labels.gz", "t-images.gz", "t-labels.gz"]


def test_an_interrupt_leaves_no_partial_file(made_up, cache):
    def stop(_name, _size_bytes):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(made_up("good"), progress=stop)
    assert files_in(cache) == []


def test_a_killed_download_leaves_nothing_for_long(made_up, cache, server):
    """The next download removes what a killed one left, but not what a living one writes."""
    dataset = made_up("good")
    address = f"http://127.0.0.1:{server.server_port}/slow/images.gz"
    folder = cache / "made_up"
    folder.mkdir(parents=True)
    code = f"""
from pathlib import Path
from convscope.io.download import download
from convscope.io.storage import write
parts = download({address!r}, timeout_s=60, chunk_bytes=10, max_bytes=10**6)
write(Path({str(folder)!r}, "images.gz"), parts)
"""
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        while not (parts := [p for p in files_in(folder) if (folder / p).stat().st_size]):
            assert process.poll() is None
            time.sleep(0.01)
        fetch(dataset)
        assert parts[0] in files_in(folder)
    finally:
        process.kill()
        process.wait()
    (folder / "labels.gz").unlink()
    (folder / "mine.tmp-notes").write_bytes(b"mine")
    fetch(dataset)
    assert files_in(folder) == sorted([*(f"{name}.gz" for name in NAMES), "mine.tmp-notes"])


def test_no_redirect_leaves_https(monkeypatch):
    class Moved:
        status = 302
        headers = {"Location": "http://127.0.0.1/images.gz"}

    @contextlib.contextmanager
    def answered(address, timeout_s):
        yield Moved(), None

    monkeypatch.setattr(http, "_answered", answered)
    with (
        pytest.raises(http.DownloadError, match="a redirect from https to http://127"),
        http.opened("https://127.0.0.1/images.gz", timeout_s=1),
    ):
        pass


def test_published_files_come_over_https():
    urls = [url for name in list_datasets() for url in find(name).mirrors]
    assert urls
    assert all(url.startswith("https://") for url in [*urls, TORCHVISION])


def test_a_proxy_of_the_environment_is_used(made_up, cache, server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.server_port}")
    monkeypatch.delenv("no_proxy")
    mirrors = ("http://elsewhere.invalid/",)
    message = _refusal(dataclasses.replace(made_up(), mirrors=mirrors))
    assert "http://elsewhere.invalid/images.gz: " in message
    assert server.asked_paths[-1] == "http://elsewhere.invalid:80/images.gz"


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_is_a_storage_error(made_up, cache, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    dataset = made_up("good", "good")
    monkeypatch.setattr(storage.os, call, full)
    with pytest.raises(StorageError, match=r"cannot write images.gz: no space left"):
        fetch(dataset)
    monkeypatch.undo()
    assert files_in(cache) == []


def test_a_cache_that_cannot_be_created(made_up, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError):
        fetch(made_up("good"))
    assert files_in(tmp_path) == ["file"]


def test_two_concurrent_downloads(made_up, cache):
    dataset, failed = made_up("good"), []

    def run():
        try:
            fetch(dataset)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert files_in(cache) == sorted(f"made_up/{name}.gz" for name in NAMES)


def test_a_published_data_set_has_mirrors_or_is_in_the_package():
    for dataset in map(find, list_datasets()):
        assert dataset.mirrors or any("convscope" in folder.parts for folder in dataset.folders)
        for mirror in dataset.mirrors:
            assert mirror.startswith(("https://", "http://"))
            assert mirror.endswith("/")


@pytest.fixture(scope="module")
def audit():
    """Every event of the interpreter that speaks of the network, while the list is watched."""
    watched = []

    def hook(event, _arguments):
        if watched and event.startswith(("socket.", "urllib.", "http.", "ftplib.")):
            watched[0].append(event)

    sys.addaudithook(hook)  # there is no way to remove one; an empty list switches it off
    return watched


def test_reading_mnist_uses_no_network(audit, tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path))
    monkeypatch.delenv("CONVSCOPE_DATA", raising=False)
    asked = []
    audit.append(asked)
    try:
        convscope.data.open("mnist")
        mnist = dataclasses.replace(MNIST)  # nothing read before
        sizes = [len(mnist.split(name)) for name in SPLITS]
        assert (sizes, asked) == ([55_000, 5_000, 10_000], [])
        socket.socket().close()
        assert asked  # the hook does hear
    finally:
        audit.clear()
    assert files_in(tmp_path) == []


def test_fetching_mnist_needs_neither_network_nor_disk(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("convscope.io.download.opened", refuse)
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CONVSCOPE_DATA", raising=False)
    assert fetch(MNIST) == MNIST.locate(MNIST.files[0]).parent
    assert not (tmp_path / "cache").exists()


def test_a_cache_in_an_unknown_home(made_up, monkeypatch):
    dataset = made_up("good")
    monkeypatch.setenv("CONVSCOPE_CACHE", "~nobody-of-this-name/cache")
    with pytest.raises(InputError, match="CONVSCOPE_CACHE=~nobody-of-this-name/cache"):
        fetch(dataset)
