"""Suggestions of paths that exist, in place of one that does not."""

import pytest

import convscope
from convscope import zoo
from convscope.errors import InputError
from convscope.io.images import read_image
from convscope.io.nearby import did_you_mean, nearby


def test_the_closest_names_of_the_same_folder(tmp_path):
    for name in ("photos", "photo.jpg", "digit.png"):
        (tmp_path / name).touch()
    assert nearby(tmp_path / "phots") == [str(tmp_path / "photos")]
    assert did_you_mean(tmp_path / "digti.png") == f"did you mean {tmp_path / 'digit.png'}?"


@pytest.mark.parametrize("name", ["", "a\0b", "no/such/folder/x", "x" * 9999])
def test_where_nothing_is_close(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert did_you_mean(name) == ""


def test_errors_of_missing_paths_suggest_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "net.json").touch()
    for read, name, close in (
        (read_image, "photo", "photos"),
        (convscope.data.open, "phots", "photos"),
        (convscope.open, "phots", "photos"),
        (zoo.find, "nett.json", "net.json"),
    ):
        with pytest.raises(InputError) as caught:
            read(name)
        assert f"did you mean {close}" in caught.value.fix
