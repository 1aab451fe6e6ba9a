"""Probing in child processes: crashes, timeouts, and children that do not start."""

import os
import select
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from convscope.data import check
from convscope.data.checks import workers as check_workers
from convscope.data.checks.workers import MAX_BYTES, MAX_PENDING, probe_all
from convscope.errors import DataError, InputError
from convscope.io.photos import Reference
from convscope.io.photos.probe import probe

# a child in the place of convscope.io.photos.probe: what it does is in the file's name
CHILD = """
import json, os, signal, sys, time
print("ready", flush=True)
for line in sys.stdin:
    name = os.path.basename(json.loads(line)[0])
    if name.startswith("hang"):
        open(__file__ + ".hangs", "w").close()
        time.sleep(600)
    if name.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("exit"):
        os._exit(3)
    print(json.dumps({"name": name, "pad": "x" * 900}), flush=True)
"""


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Children that run CHILD."""
    package = tmp_path / "fake" / "convscope" / "io" / "photos"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").write_text("")
    (package / "probe.py").write_text(CHILD)
    monkeypatch.setattr(check_workers, "_path", lambda: str(tmp_path / "fake"))


def references(*names):
    return [Reference(f"/nowhere/{name}", name) for name in names]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_file_has_one_result(child, workers):
    names = [f"file{i}" for i in range(200)]
    found = dict(probe_all(references(*names), workers=workers))
    assert [found[i]["name"] for i in range(200)] == names


def test_a_crash_is_attributed_to_the_current_file(child):
    names = ["a", "kill-b", "c", "exit-d", "kill-e", *(f"f{i}" for i in range(50))]
    found = dict(probe_all(references(*names), workers=1))
    assert found[1] == {"problem": "crashes", "text": "the decoder was killed by signal 9"}
    assert found[3] == {"problem": "crashes", "text": "the decoder ended with exit code 3"}
    assert found[4]["problem"] == "crashes"
    assert [found[i]["name"] for i in (0, 2, *range(5, 55))] == ["a", "c", *names[5:]]


def test_a_file_that_hangs(child, tmp_path, monkeypatch):
    """Time passes only while the child hangs: a slow machine is no reason to give up."""
    hangs = tmp_path / "fake/convscope/io/photos/probe.py.hangs"

    def wait(reading, writing, failing, timeout):
        while True:
            found = select.select(reading, writing, failing, 0.02)
            if found[0]:
                return found
            if hangs.exists():
                hangs.unlink()
                return found

    monkeypatch.setattr(check_workers, "select", SimpleNamespace(select=wait))
    found = dict(probe_all(references("a", "hang-b", "c"), workers=1, timeout_s=0.5))
    assert found[1] == {"problem": "hangs", "text": "no result after 0.5 s"}
    assert (found[0]["name"], found[2]["name"]) == ("a", "c")


def test_the_longest_names_do_not_block_the_pipes(child):
    names = ["\udcff" * 4000 + str(i) for i in range(60)]
    found = dict(probe_all(references(*names), workers=2))
    assert len(found) == 60
    assert MAX_BYTES > 6 * 4096
    assert MAX_PENDING * 1200 < 1 << 16  # answers that nobody has read yet fit into a pipe


def test_a_child_that_does_not_start_is_not_attributed_to_a_file(child, tmp_path):
    (tmp_path / "fake/convscope/io/photos/probe.py").write_text("raise SystemExit(1)")
    with pytest.raises(DataError, match="ended at its start"):
        list(probe_all(references("a", "b"), workers=2))


def test_closing_the_generator_stops_the_children(child):
    before = _children()
    answering = probe_all(references(*(f"f{i}" for i in range(50)), "hang"), workers=2)
    next(answering)
    answering.close()
    assert _children() == before


def _children():
    task = Path(f"/proc/{os.getpid()}/task")
    return {pid for t in task.iterdir() for pid in (t / "children").read_text().split()}


@pytest.mark.parametrize("workers", [0, -1])
def test_invalid_numbers_of_workers(workers):
    with pytest.raises(InputError, match="1 or more"):
        list(probe_all(references("a"), workers=workers))


def test_nothing_to_do():
    assert list(probe_all([])) == []


def test_the_child_process_gives_the_same_as_probe(tmp_path):
    random = np.random.RandomState(0)
    for name in ("a.jpg", "b\n.png"):
        pixels = random.randint(256, size=(40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / os.fsdecode(b"\xff.jpg")).write_bytes(b"no image")
    files = [Reference(str(tmp_path / name), name) for name in sorted(os.listdir(tmp_path))]
    assert len(files) == 3
    found = dict(probe_all(files, workers=1))
    assert [found[i] for i in range(3)] == [probe(reference) for reference in files]


def test_a_check_with_child_processes(tmp_path):
    random = np.random.RandomState(0)
    for label in ("cat", "dog"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(12):
            pixels = random.randint(256, size=(40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "set" / label / f"{i}.png")
    heard = []
    report = check(tmp_path / "set", workers=2, progress=lambda *news: heard.append(news))
    assert report.findings == ()
    assert heard == [(done, 24) for done in range(25)]


def test_the_child_needs_no_torch():
    import subprocess

    code = "import convscope.io.photos.probe, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert (done.stdout, done.stderr) == ("False\n", "")
