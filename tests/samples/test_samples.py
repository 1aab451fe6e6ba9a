"""Sample inputs: complete, the ones that the notice names, and good to train on."""

import filecmp
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convscope
from convscope.errors import ConvscopeError, InputError, StorageError
from convscope.samples import SAMPLES
from convscope.samples.photos import NOTICE, PHOTO, SHARDS, listed_photos


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Each sample under its own name."""
    root = tmp_path_factory.mktemp("samples")
    return {name: convscope.sample(name, root / SAMPLES[name].path) for name in SAMPLES}


def files_of(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_the_digit_is_the_image_of_the_data_set(tmp_path):
    split = convscope.data.open("mnist").split("test")
    for index in (0, 1234, 9999):
        path = convscope.sample("digit", tmp_path / f"{index}.png", index=index)
        assert np.array_equal(np.asarray(Image.open(path)), split.image(index)[0].numpy())


def test_the_class_folders_hold_the_listed_photos(written):
    assert files_of(written["photos"]) == {photo.file for photo in listed_photos()}
    assert files_of(written["table"]) == {p.name for p in listed_photos()} | {"labels.csv"}
    assert len({photo.name for photo in listed_photos()}) == len(listed_photos()) == 74


def test_the_shards_are_what_data_pack_writes_of_the_photos(written, tmp_path):
    convscope.data.write_shards(convscope.data.open(written["photos"]), tmp_path / "again")
    names = files_of(SHARDS)
    same = filecmp.cmpfiles(SHARDS, tmp_path / "again", names, shallow=False)[0]
    assert set(same) == names == files_of(tmp_path / "again")
    assert filecmp.cmpfiles(SHARDS, written["shards"], names, shallow=False)[0]


@pytest.mark.parametrize("name", ["photos", "table", "shards"])
def test_the_photos_pass_their_own_check(written, name):
    dataset = convscope.data.open(written[name])
    assert [len(dataset.split(split)) for split in ("train", "val", "test")] == [46, 14, 14]
    assert dataset.classes == ("fish", "monument", "tool", "windmill")
    assert not convscope.data.check_dataset(dataset, workers=1).findings


def test_every_photo_has_an_author_a_free_licence_and_a_source():
    text = NOTICE.read_text(encoding="utf-8")
    for photo in listed_photos():
        assert photo.licence in ("CC0 1.0", "public domain")
        row = f"| `{photo.file}` | {photo.author} | {photo.licence} | {photo.source} |"
        assert photo.author
        assert photo.source.startswith("https://")
        assert row in text
    size = sum(path.stat().st_size for path in NOTICE.parent.rglob("*") if path.is_file())
    assert size < 1_500_000
    assert f"`{PHOTO.name}`" in text


def test_no_photographer_of_a_class_is_in_training_and_test():
    split_authors = {
        split: {(p.label, p.author) for p in listed_photos() if p.split == split}
        for split in ("train", "val", "test")
    }
    assert not split_authors["train"] & split_authors["test"]
    assert not split_authors["train"] & split_authors["val"]


def test_the_notice_is_among_the_licence_files():
    root = Path(__file__).parents[2]
    named = str(NOTICE.relative_to(root))
    assert f'"{named}"' in (root / "pyproject.toml").read_text(encoding="utf-8")


def test_existing_samples_are_kept_unless_overwritten(written, tmp_path):
    for name, path in written.items():
        with pytest.raises(StorageError, match="already exists"):
            convscope.sample(name, path)
        assert convscope.sample(name, path, overwrite=True) == path
    empty = tmp_path / "empty"
    empty.mkdir()
    assert convscope.sample("shards", empty) == empty
    assert files_of(empty) == files_of(SHARDS)


def test_a_folder_with_other_files_is_never_written_to(tmp_path):
    mine = tmp_path / "photos" / "cat" / "mine.jpg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(StorageError, match=r"other files: cat/mine\.jpg"):
        convscope.sample("photos", tmp_path / "photos", overwrite=True)
    assert files_of(tmp_path) == {"photos/cat/mine.jpg"}


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="no space left"):
        convscope.sample("photos", tmp_path / "photos")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "file", "index", "error"),
    [
        ("photo", "x.png", None, "ends in .jpg"),
        ("photo", "missing/x.jpg", None, "does not exist"),
        ("photos", "missing/x", None, "does not exist"),
        ("photos", "x.jpg/../file", None, "does not exist"),
        ("digit", "x.gif", None, "the name ends in .gif"),
        ("digit", "x.png", -1, "no test image"),
        ("digit", "x.png", 10_000, "no test image"),
        ("shards", "x", 3, "an index"),
        ("potos", "x", None, "did you mean photos"),
    ],
)
def test_bad_requests_are_refused(tmp_path, name, file, index, error):
    with pytest.raises(ConvscopeError, match=error) as caught:
        convscope.sample(name, tmp_path / file, index=index)
    assert isinstance(caught.value, (InputError, StorageError))
    assert not list(tmp_path.iterdir())


def test_a_failure_in_an_empty_folder_leaves_it_empty(tmp_path, monkeypatch):
    """The folder itself stays: it may be the current one."""
    monkeypatch.chdir(tmp_path)
    written = []

    def full(path, parts):
        if len(written) == 5:
            raise StorageError("the disk is full")
        path.write_bytes(b"".join(parts))
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr("convscope.io.storage.write", full)
        with pytest.raises(StorageError, match="disk is full"):
            convscope.sample("photos", ".")
    assert len(written) == 5
    assert not list(tmp_path.iterdir())
    inode = tmp_path.stat().st_ino
    convscope.sample("photos", ".")
    assert tmp_path.stat().st_ino == inode
    assert len(files_of(tmp_path)) == 74


def test_the_command_lists_the_samples_and_writes_them(tmp_path):
    def convscope_(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "convscope", "sample", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=600,
        )

    listed = convscope_()
    assert all(f"convscope sample {name}" in listed.stdout for name in SAMPLES)
    digit = convscope_("digit", "--index", "1")
    assert digit.stdout == "digit.png: a handwritten 2: image 1 of MNIST's test split\n"
    assert "already exists" in convscope_("digit").stderr
    assert (tmp_path / "digit.png").exists()
