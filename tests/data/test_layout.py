"""Layout of a folder: splits, classes, images, and ignored entries."""

import os

import pytest

from convscope.data.folder.entries import has_image_extension
from convscope.data.folder.layout import read_layout
from convscope.data.names import colliding_names


def tree(root, *paths):
    """Empty files, and folders where a path ends in "/"."""
    for path in paths:
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"")
    return read_layout(root)


def ignored(layout):
    return {entry.path: entry.reason for entry in layout.ignored}


def test_three_splits(tmp_path):
    layout = tree(tmp_path, "train/b/2.jpg", "train/a/x/1.PNG", "val/a/3.jpeg", "test/a/")
    assert layout.images == {
        "train": {"a": ("train/a/x/1.PNG",), "b": ("train/b/2.jpg",)},
        "val": {"a": ("val/a/3.jpeg",)},
        "test": {"a": ()},
    }
    assert layout.folders == {"train": ("train",), "val": ("val",), "test": ("test",)}
    assert (layout.classes, layout.is_split, layout.ignored) == (("a", "b"), True, ())


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_other_names_of_val(tmp_path, name):
    layout = tree(tmp_path, "train/a/1.jpg", f"{name}/a/2.jpg")
    assert layout.folders["val"] == (name,)
    assert layout.images["val"] == {"a": (f"{name}/a/2.jpg",)}


def test_two_folders_of_one_split_are_both_there(tmp_path):
    layout = tree(tmp_path, "train/a/1.jpg", "val/a/2.jpg", "valid/a/3.jpg")
    assert layout.folders["val"] == ("val", "valid")
    assert layout.images["val"] == {"a": ("val/a/2.jpg", "valid/a/3.jpg")}


@pytest.mark.parametrize(
    "paths",
    [
        ("cat/1.jpg", "dog/2.jpg"),
        ("train-station/1.jpg", "plane/2.jpg"),
        ("steam_train/a/1.jpg", "bullet_train/a/1.jpg"),
        ("cat/images/1.jpg", "dog/images/1.jpg"),
        ("cat/1.jpg", "cat/old/1.jpg", "dog/old/1.jpg", "dog/new/1.jpg", "cat/new/1.jpg"),
    ],
)
def test_class_folders_side_by_side(tmp_path, paths):
    layout = tree(tmp_path, *paths)
    assert not layout.is_split
    assert layout.question is None
    assert layout.classes == tuple(sorted({path.split("/")[0] for path in paths}))


@pytest.mark.parametrize("paths", [("train/1.jpg",), ("test/a/1.jpg", "val/a/1.jpg"), ("val/",)])
def test_only_folders_with_names_of_splits(tmp_path, paths):
    assert tree(tmp_path, *paths).is_split


def test_ignored_entries_and_reasons(tmp_path):
    os.makedirs(tmp_path / "train/a")
    os.mkfifo(tmp_path / "train/a/pipe.jpg")
    (tmp_path / "train/a/gone.jpg").symlink_to("nowhere")
    (tmp_path / "train/a/self.jpg").symlink_to("self.jpg")
    (tmp_path / "train/a/again").symlink_to(tmp_path / "train/a")
    layout = tree(
        tmp_path,
        "train/a/1.jpg",
        "train/a/notes.txt",
        "train/.git/1.jpg",
        "train/a/._1.jpg",
        "__MACOSX/train/a/1.jpg",
        "train/a/Thumbs.db",
        "train/2.jpg",
        "README.md",
        "more/a/1.jpg",
    )
    assert layout.images == {"train": {"a": ("train/a/1.jpg",)}}
    assert ignored(layout) == {
        "train/a/pipe.jpg": "special",
        "train/a/gone.jpg": "broken",
        "train/a/self.jpg": "broken",
        "train/a/again": "loop",
        "train/a/notes.txt": "ending",
        "train/.git": "hidden",
        "train/a/._1.jpg": "hidden",
        "__MACOSX": "junk",
        "train/a/Thumbs.db": "junk",
        "train/2.jpg": "stray",
        "README.md": "stray",
        "more": "stray",
    }


@pytest.mark.parametrize("target", ["", "train", "train/a", "train/a/x"])
def test_a_link_to_a_parent_folder_is_ignored(tmp_path, target):
    tree(tmp_path, "train/a/x/1.jpg", "train/b/2.jpg")
    (tmp_path / "train/a/x/up").symlink_to(tmp_path / target)
    layout = read_layout(tmp_path)
    assert layout.images == {"train": {"a": ("train/a/x/1.jpg",), "b": ("train/b/2.jpg",)}}
    assert ignored(layout) == {"train/a/x/up": "loop"}


def test_links_to_images_and_folders_are_followed(tmp_path):
    tree(tmp_path / "elsewhere", "1.jpg", "2.jpg")
    os.makedirs(tmp_path / "set/a")
    (tmp_path / "set/b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set/a/1.jpg").symlink_to(tmp_path / "elsewhere/1.jpg")
    images = read_layout(tmp_path / "set").images["all"]
    assert images == {"a": ("a/1.jpg",), "b": ("b/1.jpg", "b/2.jpg")}


def test_a_split_without_permission(tmp_path, monkeypatch):
    tree(tmp_path, "train/a/1.jpg", "val/a/1.jpg")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("val"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    layout = read_layout(tmp_path)
    assert ignored(layout) == {"val": "unreadable"}
    assert "val" not in layout.images


def test_a_missing_folder_raises_oserror(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        read_layout(tmp_path / "none")


def test_colliding_names():
    names = ["Cat", "cat", "dog", "e\u0301", "\u00e9", "strasse", "straße"]
    assert colliding_names(names) == [("Cat", "cat"), ("e\u0301", "\u00e9"), ("strasse", "straße")]
    assert colliding_names(["cat", "cats"]) == []


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.b.PNG", "a.webp", "a.tiff", ".x.ppm"])
def test_endings_of_images(name):
    assert has_image_extension(name)


@pytest.mark.parametrize("name", ["a", "a.jpg.txt", "jpg", "a.psd", "a.svg", "a.jpg~"])
def test_other_endings(name):
    assert not has_image_extension(name)
