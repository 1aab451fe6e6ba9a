"""Outputs of convscope inside a data set: never a class, and never written there."""

import os

import pytest

import convscope.data
from convscope.data.folder.outputs import check_outside_data, is_output
from convscope.errors import InputError
from convscope.training.run import files as run_files
from tests.data.folder.test_arrangement import fill


def run_in(folder):
    folder.mkdir(parents=True)
    for name in (run_files.RECIPE, run_files.ARCHITECTURE, run_files.LOCK):
        (folder / name).write_text("{}")
    fill(folder, "report")
    return folder


@pytest.mark.parametrize("place", ["runs/lenet5-photos-1", "cat/run", "mine", "runs/old/x-1"])
def test_a_run_is_no_class_and_no_photos(tmp_path, place):
    fill(tmp_path, "cat", "dog")
    run_in(tmp_path / place)
    dataset = convscope.data.open(tmp_path)
    assert dataset.classes == ("cat", "dog")
    assert sum(len(dataset.photos(name)) for name in dataset.splits) == 8
    assert any("1 folder written by convscope: ignored" in note for note in dataset.notes)


def test_sweeps_and_shards_are_outputs(tmp_path):
    (tmp_path / "sweeps/s").mkdir(parents=True)
    for name in ("sweep.json", "sweep.lock"):
        (tmp_path / "sweeps/s" / name).write_text("")
    (tmp_path / "shards").mkdir()
    for name in ("index.json", "train-000000.tar"):
        (tmp_path / "shards" / name).write_text("")
    assert is_output(tmp_path / "sweeps")
    assert is_output(tmp_path / "shards")
    assert not is_output(fill(tmp_path, "cat", "cat/deep") / "cat")
    (tmp_path / "empty").mkdir()
    assert not is_output(tmp_path / "empty")


@pytest.mark.parametrize("output", ["photos", "photos/runs", "photos/a/b.png", "link/runs"])
def test_an_output_inside_the_data_is_refused(tmp_path, output):
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to("photos")
    with pytest.raises(InputError, match="lies inside the data") as caught:
        check_outside_data(tmp_path / output, tmp_path / "photos", option="-o")
    _, _, place = caught.value.fix.partition("-o ")
    check_outside_data(place, tmp_path / "photos")


def test_an_output_beside_the_data_is_allowed(tmp_path):
    (tmp_path / "photos").mkdir()
    for output in ("photos2", "runs/x", "photos-runs"):
        check_outside_data(tmp_path / output, tmp_path / "photos")


def test_training_in_the_folder_of_the_photos(tmp_path, monkeypatch):
    fill(tmp_path / "photos", "cat", "dog")
    monkeypatch.chdir(tmp_path / "photos")
    with pytest.raises(InputError, match="lies inside the data") as caught:
        convscope.train("lenet5", ".")
    assert caught.value.fix == f"--output {os.path.join('..', 'runs', 'lenet5-photos-1')}"
    assert sorted(os.listdir()) == ["cat", "dog"]
