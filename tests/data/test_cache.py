"""Folders that are searched for data sets, for all environment variables."""

import tempfile
from pathlib import Path

import pytest

from convscope.data.formats.cache import cache_folder, data_folders
from convscope.data.sets.mnist import MNIST
from convscope.errors import DataError, InputError

VARIABLES = ("CONVSCOPE_DATA", "CONVSCOPE_CACHE", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "home/.cache/convscope"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/convscope"),
        ({"XDG_CACHE_HOME": "xdg", "CONVSCOPE_CACHE": "own"}, "own"),
        ({"XDG_CACHE_HOME": "", "CONVSCOPE_CACHE": ""}, "home/.cache/convscope"),
    ],
)
def test_the_cache(variables, expected, tmp_path, monkeypatch):
    for name, folder in variables.items():
        monkeypatch.setenv(name, folder and str(tmp_path / folder))
    assert cache_folder() == tmp_path / expected
    assert data_folders() == (tmp_path / expected,)
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "data"))
    assert data_folders() == (tmp_path / "data", tmp_path / expected)
    assert not (tmp_path / "home").exists()  # to look is not to make


@pytest.mark.parametrize("name", VARIABLES)
def test_a_tilde_is_expanded(name, home, monkeypatch):
    monkeypatch.setenv(name, "~/here")
    assert data_folders()[0] == home / "here" / ("convscope" if name.startswith("XDG") else "")


@pytest.mark.parametrize("name", VARIABLES)
def test_a_tilde_of_an_unknown_user(name, monkeypatch):
    monkeypatch.setenv(name, "~nobody-of-this-name/here")
    with pytest.raises(InputError, match=f"{name}=~nobody-of-this-name/here"):
        data_folders()


def test_a_user_without_a_home_can_read_mnist(monkeypatch):
    def lost(_cls):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(lost))
    assert cache_folder().parent == Path(tempfile.gettempdir())
    assert MNIST.locate(MNIST.files[0]).is_file()


def test_search_order_and_file_endings(tmp_path, home, monkeypatch):
    file, cached = MNIST.files[3], home / ".cache" / "convscope" / "mnist"
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "data"))
    assert "convscope" in MNIST.locate(file).parts  # that of the package
    for folder in (cached, tmp_path / "data" / "mnist"):
        folder.mkdir(parents=True)
        for ending in (".xz", ".gz", ""):
            path = folder / (file.name + ending)
            path.write_bytes(b"")
            assert MNIST.locate(file) == path
    assert "convscope" in MNIST.locate(MNIST.files[0]).parts  # each file for itself


def test_similar_file_names_are_not_used(home):
    folder = home / ".cache" / "convscope" / "mnist"
    folder.mkdir(parents=True)
    name = MNIST.files[3].name
    for other in (f"._{name}", f"{name}.gz.tmp-1", f"{name}.zip", name.upper()):
        (folder / other).write_bytes(b"")
    (folder / name).mkdir()
    assert MNIST.locate(MNIST.files[3]).parent != folder


def test_a_folder_without_permission_is_skipped(monkeypatch, tmp_path):
    closed, stat = tmp_path / "closed", Path.stat

    def refuse(self, **options):
        if closed in self.parents:
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", refuse)  # root may enter everything
    monkeypatch.setenv("CONVSCOPE_DATA", str(closed))
    assert MNIST.locate(MNIST.files[3]).parent != closed
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / ("long" * 200)))
    assert "convscope" in MNIST.locate(MNIST.files[3]).parts


def test_the_error_lists_the_searched_folders(made_up, tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError) as caught:
        made_up("good").split("train")
    message = str(caught.value)
    for part in (tmp_path / "data" / "made_up", tmp_path / "cache" / "made_up", "images"):
        assert str(part) in message
    assert "convscope data get made_up" in message
