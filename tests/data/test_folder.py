"""Folders as data sets: accepted layouts, decisions, and errors."""

import io
import os

import numpy as np
import pytest
import torch
from PIL import Image

import convscope.data
from convscope.data import Split
from convscope.data.folder.dataset import FolderSet
from convscope.data.folder.entries import Ignored
from convscope.data.folder.hold_out import hold_out
from convscope.data.folder.layout import Layout
from convscope.data.folder.splits import splits_of
from convscope.data.loading.photo_split import PhotoSplit
from convscope.errors import DataError, FormatError, InputError


def picture(number, *, size=(30, 40), mode="RGB", form="PNG"):
    random = np.random.RandomState(number)
    shape = size if mode == "L" else (*size, len(mode))
    stream = io.BytesIO()
    Image.fromarray(random.randint(256, size=shape, dtype=np.uint8)).save(stream, form)
    return stream.getvalue()


def fill(root, names, **options):
    """A file for each name, each of other pixels."""
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number, **options))
    return root


def names_of(split):
    return [split.files.reference(index).where for index in range(len(split))]


def three_splits(root, *, val="val", **options):
    names = [f"{s}/{c}/{i}.png" for s in ("train", val, "test") for c in "ab" for i in range(3)]
    return fill(root, names, **options)


# --- what is accepted


@pytest.mark.parametrize("val", ["val", "valid", "validation"])
def test_three_folders(tmp_path, val):
    dataset = convscope.data.open(three_splits(tmp_path / "pets", val=val))
    assert isinstance(dataset, FolderSet)
    assert (dataset.name, dataset.classes, dataset.channels) == ("pets", ("a", "b"), 3)
    assert dataset.shape is None or max(dataset.shape) <= 64
    assert dataset.splits == ("train", "val", "test")
    assert len(dataset.split("val")) == 6
    said = () if val == "val" else (f"{val}/ is used as the split val",)
    assert dataset.notes == said
    assert dataset.split("train").labels_N.tolist() == [0, 0, 0, 1, 1, 1]


def test_names_and_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(three_splits(tmp_path / "mnist").parent)
    assert convscope.data.open("mnist").shape == (1, 28, 28)
    assert isinstance(convscope.data.open("./mnist"), FolderSet)
    assert isinstance(convscope.data.open(tmp_path / "mnist"), FolderSet)


def test_class_folders_are_divided_into_splits(tmp_path):
    fill(tmp_path, [f"{c}/{i:02}.png" for c in "ab" for i in range(20)], size=(70, 80))
    dataset = convscope.data.open(tmp_path)
    splits = {name: names_of(dataset.split(name)) for name in ("train", "val", "test")}
    assert {name: len(found) for name, found in splits.items()} == {
        "train": 32,
        "val": 4,
        "test": 4,
    }
    everything = sorted(name for found in splits.values() for name in found)
    assert everything == [f"{c}/{i:02}.png" for c in "ab" for i in range(20)]
    for name in splits:
        assert dataset.split(name).labels_N.bincount().tolist() == [len(splits[name]) // 2] * 2
    assert "80, 10 and 10 %" in dataset.notes[0]


def test_the_division_into_splits_is_frozen():
    # models and runs depend on it: which images a network has seen must not change
    images = tuple((f"{c}/{i}.jpg", n) for n, c in enumerate("ab") for i in range(10))
    splits = hold_out(images, ("test", "val"))
    assert splits["test"] == (("a/6.jpg", 0), ("b/1.jpg", 1))
    assert splits["val"] == (("a/2.jpg", 0), ("b/8.jpg", 1))


@pytest.mark.parametrize(
    ("count", "held_back"), [(1, 0), (2, 0), (3, 1), (4, 1), (14, 1), (15, 2), (100, 10)]
)
def test_sizes_of_the_splits(count, held_back):
    splits = hold_out(tuple((f"a/{i}", 0) for i in range(count)), ("test", "val"))
    for name in ("test", "val"):
        assert len(splits.get(name, ())) == held_back
    assert len(splits["train"]) == count - 2 * held_back


def test_adding_files_changes_few_splits():
    before = tuple((f"a/{i}.jpg", 0) for i in range(100))
    after = (*before, *((f"a/{i}.jpg", 0) for i in range(100, 105)))
    one, other = hold_out(before, ("val",)), hold_out(after, ("val",))
    assert len(set(one["val"]) & set(other["val"])) >= 9


def test_without_val_a_tenth_of_train_is_used(tmp_path):
    names = [f"{s}/{c}/{i}.png" for s in ("train", "test") for c in "ab" for i in range(10)]
    dataset = convscope.data.open(fill(tmp_path, names))
    assert [len(dataset.split(name)) for name in ("train", "val", "test")] == [18, 2, 20]
    assert "no val: 10 %" in dataset.notes[0]


def test_a_folder_with_only_test_can_be_opened(tmp_path):
    dataset = convscope.data.open(fill(tmp_path, ["test/a/1.png", "test/b/1.png"]))
    assert len(dataset.split("test")) == 2
    for ask in (lambda: dataset.split("train"), lambda: dataset.mean):
        with pytest.raises(DataError, match="no split train"):
            ask()


def test_ignored_entries(tmp_path):
    three_splits(tmp_path)
    junk = ["__MACOSX/a/._1.png", ".ipynb_checkpoints/1.png", ".hidden/1.png", "a/._0.png"]
    fill(tmp_path / "train", [*junk, "a/.DS_Store", "a/notes.txt", "a/Thumbs.db", "read.png"])
    fill(tmp_path, ["README.png", "__MACOSX/1.png"])
    dataset = convscope.data.open(tmp_path)
    assert dataset.classes == ("a", "b")
    assert len(dataset.split("train")) == 6


def test_the_format_is_identified_by_content(tmp_path):
    three_splits(tmp_path, size=(70, 90))
    (tmp_path / "train/a/0.png").write_bytes(picture(1, size=(65, 80), form="JPEG"))
    (tmp_path / "train/a/9.JPEG").write_bytes(picture(1, size=(65, 80), form="PNG"))
    (tmp_path / "train/a/8.tiff").write_bytes(picture(1, size=(65, 80), form="GIF", mode="L"))
    split = convscope.data.open(tmp_path).split("train")
    assert isinstance(split, PhotoSplit)
    assert len(split) == 8
    assert all(split.image(index).shape[0] == 3 for index in range(8))


def test_deep_folders_links_and_loops(tmp_path):
    three_splits(tmp_path)
    fill(tmp_path, ["train/a/deep/er/9.png"])
    (tmp_path / "train/a/loop").symlink_to(tmp_path / "train")
    (tmp_path / "train/b/again").symlink_to(tmp_path / "train/b")
    elsewhere = fill(tmp_path / "elsewhere", ["x.png"])
    (tmp_path / "val/a/x.png").symlink_to(elsewhere / "x.png")
    dataset = convscope.data.open(tmp_path)
    assert "train/a/deep/er/9.png" in names_of(dataset.photos("train"))
    assert "val/a/x.png" in names_of(dataset.photos("val"))
    assert len(dataset.split("train")) < 100


def test_file_names_with_invalid_utf8_or_control_characters(tmp_path):
    three_splits(tmp_path, size=(70, 70))
    for name in (b"caf\xe9.png", b"a\x1b[2Jb.png", b"new\nline.png"):
        (tmp_path / "train/a" / os.fsdecode(name)).write_bytes(picture(1, size=(70, 70)))
    split = convscope.data.open(tmp_path).split("train")
    assert len(split) == 9
    for index, name in enumerate(names_of(split)):
        assert split.image(index).shape == (3, 70, 70)
        assert name.isprintable()
        name.encode()


# --- in memory


def test_small_images_of_the_same_size_are_kept_in_memory(tmp_path):
    dataset = convscope.data.open(three_splits(tmp_path, size=(28, 28), mode="L"))
    assert (dataset.channels, dataset.shape) == (1, (1, 28, 28))
    split = dataset.split("train")
    assert isinstance(split, Split)
    again = [dataset.photos("train").image(index) for index in range(6)]
    assert torch.equal(split.images_NCHW, torch.stack(again))
    pixels = split.images_NCHW.double() / 255
    assert dataset.mean == pytest.approx([float(pixels.mean())], abs=1e-6)
    assert dataset.std == pytest.approx([float(pixels.std(correction=0))], abs=1e-6)
    split.images_NCHW.fill_(0)
    assert dataset.split("train").images_NCHW.any()


@pytest.mark.parametrize("where", ["train/a/0.png", "test/b/2.png"])
def test_one_image_of_another_size_makes_them_photos(tmp_path, where):
    three_splits(tmp_path, size=(28, 28))
    (tmp_path / where).write_bytes(picture(0, size=(28, 29)))
    dataset = convscope.data.open(tmp_path)
    assert dataset.shape is None
    assert isinstance(dataset.split("train"), PhotoSplit)


def test_one_colour_image_makes_the_data_set_rgb(tmp_path):
    three_splits(tmp_path, mode="L")
    assert convscope.data.open(tmp_path).channels == 1
    (tmp_path / "test/a/0.png").write_bytes(picture(0))  # of the training images, that is
    assert convscope.data.open(tmp_path).channels == 1
    (tmp_path / "train/b/2.png").write_bytes(picture(0))
    dataset = convscope.data.open(tmp_path)
    assert dataset.channels == 3
    assert dataset.split("train").image(0).shape[0] == 3


def test_mean_and_deviation_of_photos(tmp_path):
    random = np.random.RandomState(0)
    for split in ("train", "val"):
        for label in "ab":
            (tmp_path / split / label).mkdir(parents=True)
            for i in range(4):
                grey = np.full((256, 300, 3), random.randint(256, size=3), np.uint8)
                Image.fromarray(grey).save(tmp_path / split / label / f"{i}.png")
    dataset = convscope.data.open(tmp_path)
    split = dataset.split("train")
    colours = torch.stack([split.image(i)[:, 0, 0] for i in range(8)]).double() / 255
    assert dataset.mean == pytest.approx(colours.mean(0).tolist(), abs=1e-3)
    assert dataset.std == pytest.approx(colours.std(0, correction=0).tolist(), abs=1e-3)


def test_images_of_a_single_grey_have_a_positive_std(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(3):
            Image.fromarray(np.full((9, 9), 7, np.uint8)).save(tmp_path / label / f"{i}.png")
    assert convscope.data.open(tmp_path).std[0] > 0


# --- fingerprints


def test_the_fingerprint_depends_on_names_labels_and_bytes(tmp_path):
    before = convscope.data.open(three_splits(tmp_path / "x")).fingerprint()
    assert convscope.data.open(three_splits(tmp_path / "y")).fingerprint() == before
    changes = {
        "a pixel": lambda root: (root / "train/a/0.png").write_bytes(picture(99)),
        "a name": lambda root: (root / "train/a/0.png").rename(root / "train/a/7.png"),
        "a label": lambda root: (root / "train/a/0.png").rename(root / "train/b/7.png"),
        "the cut": lambda root: (root / "train/a/0.png").rename(root / "val/a/7.png"),
        "a class": lambda root: [(root / s / "a").rename(root / s / "A1") for s in SPLITS],
    }
    seen = {before}
    for number, change in enumerate(changes.values()):
        root = three_splits(tmp_path / str(number))
        change(root)
        seen.add(convscope.data.open(root).fingerprint())
    assert len(seen) == len(changes) + 1


SPLITS = ("train", "val", "test")


# --- what is refused


def _other_class(root):
    fill(root, ["val/c/0.png"])


def _one_class_less(root):
    for path in (root / "val/b").iterdir():
        path.unlink()
    (root / "val/b").rmdir()


def _empty_class(root):
    (root / "train/c").mkdir()
    (root / "val/c").mkdir()
    (root / "test/c").mkdir()


def _twins(root):
    fill(root, [f"{s}/A/0.png" for s in SPLITS])


def _two_of_a_kind(root):
    fill(root, ["valid/a/0.png", "valid/b/0.png"])


def _not_utf8(root):
    for split in SPLITS:
        fill(root, [f"{split}/caf\udce9/0.png"])


def _escape(root):
    for split in SPLITS:
        fill(root, [f"{split}/\x1b[2J/0.png"])


def _broken_link(root):
    (root / "train/a/9.png").symlink_to("/nowhere/at/all.png")


def _pipe(root):
    os.mkfifo(root / "train/a/9.png")


def _no_train_classes(root):
    (root / "train").rename(root.parent / "gone")
    fill(root, ["train/1.png"])


REFUSED = {
    "a class that train lacks": (_other_class, "val/ also has c"),
    "a class that val lacks": (_one_class_less, "val/ lacks b"),
    "an empty class": (_empty_class, "classes without images: c"),
    "colliding_names": (_twins, "differ only in capitals or accents: A, a"),
    "val and valid": (_two_of_a_kind, "val/ and valid/ are both the split val"),
    "not UTF-8": (_not_utf8, r"invalid UTF-8: caf\\xe9"),
    "an escape": (_escape, r"invalid UTF-8: \\x1b"),
    "a link to nothing": (_broken_link, "a broken link, pipe or device: train/a/9.png"),
    "a pipe": (_pipe, "a broken link, pipe or device: train/a/9.png"),
    "no classes in train": (_no_train_classes, "train/ has no class folders"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_inconsistent_folders_are_errors(tmp_path, kind):
    change, said = REFUSED[kind]
    root = three_splits(tmp_path / "set")
    change(root)
    with pytest.raises(DataError, match=said):
        convscope.data.open(root)


def test_folders_without_permission_are_errors(tmp_path):
    closed = Ignored("train/b", "unreadable", is_folder=True)
    images = {"train": {"a": ("train/a/1.png",), "b": ()}}
    layout = Layout(tmp_path, {"train": ("train",)}, images, (closed,))
    with pytest.raises(DataError, match="cannot be listed: train/b"):
        splits_of(layout)


def test_an_empty_class_folder_is_allowed_in_val(tmp_path):
    root = three_splits(tmp_path)
    for path in (root / "val/a").iterdir():
        path.unlink()
    dataset = convscope.data.open(root)
    assert dataset.split("val").labels_N.tolist() == [1, 1, 1]


def test_a_test_folder_without_classes_is_ignored(tmp_path):
    fill(tmp_path, ["train/a/1.png", "train/b/1.png", "val/a/1.png", "val/b/1.png", "test/1.png"])
    dataset = convscope.data.open(tmp_path)
    assert dataset.splits == ("train", "val")
    assert dataset.notes == (
        "test/ has no class folders and is ignored",
        "1 image outside the class folders: ignored: test/1.png",
    )


@pytest.mark.parametrize("names", [[], ["1.png", "2.png"], ["notes/readme.txt"]])
def test_folders_without_classes_are_errors(tmp_path, names):
    fill(tmp_path, names)
    with pytest.raises(DataError, match=r"no class folders|without images"):
        convscope.data.open(tmp_path)


def test_files_and_missing_paths_are_errors(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"")
    for name in (
        str(tmp_path / "nowhere"),
        tmp_path / "nowhere",
        "nowhere/at/all",
        "a\0b",
        "x" * 9999,
    ):
        with pytest.raises(InputError, match="there is no data set, file or folder named"):
            convscope.data.open(name)
    for name in (tmp_path / "x.zip", str(tmp_path / "x.zip")):
        with pytest.raises(InputError, match=r"x\.zip: this is not a folder"):
            convscope.data.open(name)


def test_an_image_that_is_damaged_is_named(tmp_path):
    root = three_splits(tmp_path, size=(70, 90))
    (root / "train/b/1.png").write_bytes(picture(1, size=(70, 90))[:-500])
    (root / "val/b/1.png").write_bytes(b"")
    dataset = convscope.data.open(root)
    with pytest.raises(FormatError, match=r"train/b/1\.png: the image is truncated"):
        dataset.split("train").image(4)
    with pytest.raises(FormatError, match=r"val/b/1\.png: the file is empty"):
        list(dataset.split("val").inputs(lambda x: x, batch_size=2))
    with pytest.raises(FormatError, match=r"train/b/1\.png"):
        _ = dataset.mean


def test_a_missing_image_is_named(tmp_path):
    dataset = convscope.data.open(three_splits(tmp_path, size=(70, 90)))
    split = dataset.split("train")
    (tmp_path / "train/a/1.png").unlink()
    with pytest.raises(DataError, match=r"train/a/1\.png: cannot be read: no such file"):
        split.image(1)
    with pytest.raises(DataError, match=r"train/a/1\.png: cannot be read"):
        dataset.fingerprint()
