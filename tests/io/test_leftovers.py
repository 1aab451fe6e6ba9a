"""Leftovers of killed processes are removed; what a living process uses stays."""

import os
import tempfile

import pytest

from convscope.io import storage
from convscope.io.leftovers import sweep_abandoned, temporary_folder

PREFIX = "convscope-test-"


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_abandoned_folders_are_removed(tmp_path):
    for name in ("convscope-test-abc", "convscope-other-abc", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_bytes(b"x")
    (tmp_path / "convscope-test-link").symlink_to(tmp_path / "mine")
    (tmp_path / "convscope-test-file").write_bytes(b"x")
    with temporary_folder(PREFIX) as folder:
        (folder / "weights").write_bytes(b"x")
        with temporary_folder(PREFIX):
            assert (folder / "weights").exists()  # in use
    assert sorted(os.listdir(tmp_path)) == [
        *("convscope-other-abc", "convscope-test-file", "convscope-test-link", "mine"),
    ]
    assert os.listdir(tmp_path / "mine") == ["weights"]


def test_abandoned_files_are_removed(tmp_path):
    (tmp_path / "a.gz.tmp-123-0123abcd").write_bytes(b"half")
    (tmp_path / "a.gz.tmp-notes").write_bytes(b"mine")
    (tmp_path / "b.gz.tmp-123-0123abcd").symlink_to(tmp_path / "a.gz.tmp-notes")

    def parts():
        yield b"half"
        sweep_abandoned(tmp_path)
        yield b"whole"

    storage.write(tmp_path / "c.gz", parts())
    names = ["a.gz.tmp-notes", "b.gz.tmp-123-0123abcd", "c.gz"]
    assert sorted(os.listdir(tmp_path)) == names
    assert (tmp_path / "c.gz").read_bytes() == b"halfwhole"
