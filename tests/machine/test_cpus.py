"""Number of cores, with and without CPU affinity."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.data.checks.workers import probe_all
from convscope.data.folder.dataset import FolderFiles
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.workers import default_workers
from convscope.errors import InputError
from convscope.io.photos import Reference
from convscope.machine import cpus
from convscope.machine.cpus import THREAD_VARIABLES, available_cpus, use_threads


def test_affinity_is_respected():
    assert available_cpus() == len(os.sched_getaffinity(0))


def test_systems_without_affinity(monkeypatch, tmp_path):
    """As on macOS: decoding and checking work as well."""
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert (available_cpus(), default_workers()) == (3, 3)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cpus() == 1
    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(path)
    split = PhotoSplit(FolderFiles(tmp_path, ["a.png"]), torch.zeros(1, dtype=torch.int64), 3)
    ((images, _),) = split.inputs(torch.Tensor.float, batch_size=1)
    assert images.shape == (1, 3, 4, 5)
    ((_, result),) = probe_all([Reference(str(path), "a.png")])
    assert result["size"] == [4, 5]


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "200000 100000"}, 2),
        ({"cpu.max": "250000 100000"}, 3),
        ({"cpu.max": "10000 100000"}, 1),
        ({"cpu.max": "9900000 100000"}, 8),
        ({"cpu.max": "nonsense"}, 8),
        ({"cpu.max": "1 0"}, 8),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000"}, 4),
    ],
)
def test_a_container_has_the_cores_of_its_quota(monkeypatch, tmp_path, files, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    monkeypatch.setattr(cpus, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert available_cpus() == cores


@pytest.mark.parametrize(("quota", "threads"), [("200000 100000", "2"), ("max 100000", None)])
def test_torch_takes_no_more_threads_than_the_container_has_cores(
    monkeypatch, tmp_path, quota, threads
):
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(cpus, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(sys, "modules", {k: v for k, v in sys.modules.items() if k != "torch"})
    for name in cpus.THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
        monkeypatch.delenv(name)  # put back after the test
    cpus.use_threads(None)
    assert os.environ.get("OMP_NUM_THREADS") == threads


def test_only_one_module_asks_for_the_affinity():
    root = Path(convscope.__file__).parent
    files = [path.name for path in root.rglob("*.py") if "sched_getaffinity" in path.read_text()]
    assert files == ["cpus.py"]


def test_threads_before_and_after_torch_is_loaded(monkeypatch):
    for name in THREAD_VARIABLES:
        monkeypatch.setenv(name, "7")
    threads = torch.get_num_threads()
    try:
        use_threads(None)
        assert (os.environ["OMP_NUM_THREADS"], torch.get_num_threads()) == ("7", threads)
        use_threads(3)
        assert torch.get_num_threads() == 3
        assert {os.environ[name] for name in THREAD_VARIABLES} == {"3"}  # of child processes
    finally:
        torch.set_num_threads(threads)
    code = (
        "from convscope.machine.cpus import use_threads\nuse_threads(2)\n"
        "import torch\nprint(torch.get_num_threads())"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout == "2\n"


@pytest.mark.parametrize("count", [0, -1, 5000])
def test_numbers_of_threads_that_do_not_exist(count):
    with pytest.raises(InputError, match=f"{count} threads"):
        use_threads(count)
