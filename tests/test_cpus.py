"""Number of cores, with and without CPU affinity."""

import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import convscope
from convscope.cpus import available_cpus
from convscope.data.checks.workers import probe_all
from convscope.data.folder.dataset import FolderFiles
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.workers import default_workers
from convscope.io.photos import Reference


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


def test_only_one_module_asks_for_the_affinity():
    root = Path(convscope.__file__).parent
    files = [path.name for path in root.rglob("*.py") if "sched_getaffinity" in path.read_text()]
    assert files == ["cpus.py"]
