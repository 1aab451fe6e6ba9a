"""The program on systems that lack what only Linux has."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convscope

FOLDER = Path(__file__).parent / "without_linux"
SOURCES = Path(convscope.__file__).parent

# each with its fallback
GUARDED = {
    ("child.py", "/proc"),  # of bench: resident memory; of export/verify: limit of addresses
    ("contention.py", "/proc"),
    ("cpus.py", "/sys"),
    ("cpus.py", "sched_getaffinity"),
    ("decoding.py", "MADV_REMOVE"),
    ("processor.py", "/proc"),
    ("resources.py", "memfd_create"),
    ("untrusted_child.py", "/proc"),
    ("worker.py", "/proc"),  # of the studio: resident memory of the child
}


@pytest.fixture(scope="module")
def linux_only():
    """Names that only Linux has; taken from the file without running it."""
    tree = ast.parse((FOLDER / "sitecustomize.py").read_text())
    (table,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "LINUX_ONLY"
    ]
    return {
        node.value
        for row in table.values
        for node in ast.walk(row)
        if isinstance(node, ast.Constant)
    }


def uses(source, names):
    """Return the Linux-only names and folders in a module."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield node.attr
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name in names)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"^/(?:proc|sys|dev/shm)(?=/|$)", node.value)


def test_what_only_linux_has_is_used_in_guarded_places_only(linux_only):
    assert {"sched_getaffinity", "memfd_create", "epoll", "pipe2"} <= linux_only
    used = {
        (path.name, name)
        for path in SOURCES.rglob("*.py")
        for name in uses(path.read_text(encoding="utf-8"), linux_only)
    }
    assert used == GUARDED


def without_linux(*arguments, timeout_s=400):
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


def test_the_calls_are_really_gone():
    code = (
        "import os, select, selectors, socket\n"
        "assert not hasattr(os, 'sched_getaffinity') and not hasattr(select, 'epoll')\n"
        "assert not os.path.exists('/proc/self') and not hasattr(socket, 'SOCK_CLOEXEC')\n"
        "from convscope.machine.cpus import available_cpus\n"
        "print(available_cpus(), selectors.DefaultSelector.__name__)"
    )
    ended = without_linux("-c", code)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [str(os.cpu_count()), "PollSelector"]


@pytest.fixture
def photos(tmp_path):
    random = np.random.RandomState(0)
    for number in range(36):
        split = ("train", "train", "val", "test")[number % 4]
        label = ("dark", "light")[number // 4 % 2]
        path = tmp_path / "photos" / split / label / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        low = 150 if label == "light" else 0
        pixels = random.randint(low, low + 100, size=(66 + number, 70), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path / "photos"


@pytest.mark.slow
def test_training_predicting_and_checking_need_nothing_of_linux(photos, tmp_path):
    run, image = tmp_path / "run", photos / "test/dark/3.png"
    commands = (
        f"data check {photos} --json",
        f"train lenet5 {photos} --set batch_size=8 --epochs 1 --output {run} --workers 2",
        f"train --resume {run} --epochs 2",
        f"evaluate {run} {photos}",
        f"predict {run} {image}",
        f"look saliency {run} {image} -o {tmp_path}/look.png",
        f"data pack {photos} -o {tmp_path}/shards",
        f"train lenet5 {tmp_path}/shards --set batch_size=8 --epochs 1 --output {tmp_path}/other",
        f"train lenet5 {photos} --set batch_size=8 --epochs 1 --output {tmp_path}/two --devices 2",
        f"sweep lenet5 {photos} --set batch_size=8 --epochs 1 --vary lr=0.001..0.01 --trials 2 "
        f"--output {tmp_path}/sweep",
        "doctor",
    )
    for command in commands:
        ended = without_linux("-m", "convscope", *command.split())
        assert ended.returncode == 0, (command, ended.stderr)
        assert "Traceback" not in ended.stderr
