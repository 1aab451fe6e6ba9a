"""Notes, names and the trash of runs: what is refused changes nothing."""

import os

import pytest

from convscope.errors import InputError, StorageError
from convscope.runs import keep
from convscope.runs.find import find_runs
from convscope.training.run.lock import lock


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    "text", ["short", "two\nlines", "<img onerror=1>", "\u202eright", "字" * 99]
)
def test_a_note_is_kept_as_it_is(run, text):
    keep.write_note(run, text)
    assert keep.read_note(run) == text
    keep.write_note(run, "other")
    assert keep.read_note(run) == "other"
    assert not list(run.glob("*.tmp-*"))


def test_an_empty_note_is_no_file(run):
    assert keep.read_note(run) == ""
    keep.write_note(run, "x")
    keep.write_note(run, "  \n")
    assert not (run / keep.NOTE).exists()
    keep.write_note(run, "")


@pytest.mark.parametrize("text", ["x" * (keep.MOST_NOTE + 1), "\ud800"])
def test_a_note_that_is_refused_changes_nothing(run, text):
    keep.write_note(run, "before")
    with pytest.raises(InputError):
        keep.write_note(run, text)
    assert keep.read_note(run) == "before"


def test_a_note_that_is_a_link_is_not_followed(run, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (run / keep.NOTE).symlink_to(secret)
    assert keep.read_note(run) == ""
    keep.write_note(run, "own")
    assert (secret.read_text(), keep.read_note(run)) == ("secret", "own")


def test_no_run_gets_a_note(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        keep.write_note(tmp_path, "x")


def test_another_name(run):
    place = keep.rename(run, "b c")
    assert place == run.parent / "b c"
    assert find_runs(run.parent) == [place]


@pytest.mark.parametrize(
    "name", ["", " a", "a/b", "../a", ".a", "-a", "a\nb", "a\u202eb", "x" * 201, "a\\b"]
)
def test_names_that_are_refused(run, name):
    with pytest.raises(InputError, match="cannot be used"):
        keep.rename(run, name)
    assert run.is_dir()


def test_a_name_that_is_taken(run):
    (run.parent / "b").mkdir()
    with pytest.raises(InputError, match="already"):
        keep.rename(run, "b")
    assert run.is_dir()


def test_the_trash_keeps_everything_and_no_list_shows_it(run):
    (run / "model.safetensors").write_text("weights")
    first = keep.trash(run)
    assert first == run.parent / ".trash" / "a"
    assert (first / "model.safetensors").read_text() == "weights"
    run.mkdir()
    (run / "recipe.json").write_text("{}")
    assert keep.trash(run).name == "a-2"
    assert find_runs(run.parent) == []
    os.rename(first, run)
    assert find_runs(run.parent) == [run]


@pytest.mark.parametrize("change", [keep.trash, lambda run: keep.rename(run, "b")])
def test_a_run_that_trains_stays(run, change):
    handle = lock(run)
    try:
        with pytest.raises(StorageError, match="is training"):
            change(run)
    finally:
        os.close(handle)
    assert run.is_dir()
    change(run)
    assert not run.exists()


@pytest.mark.parametrize("change", [keep.trash, lambda run: keep.rename(run, "b")])
def test_a_trial_stays_in_its_sweep(tmp_path, change):
    trial = tmp_path / "sweep" / "trials" / "000"
    trial.mkdir(parents=True)
    (trial / "recipe.json").write_text("{}")
    (tmp_path / "sweep" / "sweep.json").write_text("{}")
    with pytest.raises(InputError, match="trial of a sweep"):
        change(trial)
    assert trial.is_dir()


def test_a_link_to_a_run_is_no_run(run, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(run)
    with pytest.raises(InputError, match="no run folder"):
        keep.trash(link)
    assert run.is_dir()
