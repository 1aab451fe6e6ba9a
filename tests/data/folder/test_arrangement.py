"""Layouts that people bring: which folders are splits, which are classes, which are unclear."""

import zlib

import numpy as np
import pytest
from PIL import Image

import convscope.data
from convscope.data import DataOptions
from convscope.data.checks.check import check
from convscope.data.folder.layout import read_layout
from convscope.errors import DataError, InputError


def fill(root, *folders, num=4):
    """Small images of different pixels in each folder."""
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(num):
            random = np.random.RandomState(zlib.crc32(f"{folder} {number}".encode()))
            pixels = random.randint(256, size=(8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{number}.png")
    return root


def splits_of(root, kind="auto"):
    dataset = convscope.data.open(root, options=DataOptions(layout=kind))
    return dataset.classes, {name: len(dataset.photos(name)) for name in dataset.splits}


TWO = ("cat", "dog")


def pairs(*splits, classes=TWO):
    return [f"{split}/{label}" for split in splits for label in classes]


@pytest.mark.parametrize(
    "names",
    [
        ("Training", "Testing"),
        ("Train", "Test"),
        ("training_set", "test_set"),
        ("seg_train", "seg_test"),
        ("TRAIN", "HOLDOUT"),
        ("train2017", "eval2017"),
        ("pets-train", "pets-test"),
    ],
)
def test_two_splits_by_other_names(tmp_path, names):
    classes, counts = splits_of(fill(tmp_path, *pairs(*names), num=10))
    assert classes == TWO
    assert counts == {"train": 18, "val": 2, "test": 20}


def test_splits_of_mixed_case(tmp_path):
    fill(tmp_path, *pairs("train", "Val", "Test"))
    assert splits_of(tmp_path) == (TWO, {"train": 8, "val": 8, "test": 8})
    notes = convscope.data.open(tmp_path).notes
    assert "Val/ is used as the split val" in notes


@pytest.mark.parametrize("inner", ["photos", "photos/photos", "images", "dataset/Images"])
def test_single_folders_around_the_data(tmp_path, inner):
    root = tmp_path / "photos"
    fill(root, *(f"{inner}/{pair}" for pair in pairs("Train", "test")))
    (root / "annotations").mkdir()
    (root / "annotations/a.xml").write_text("<a/>")
    assert splits_of(root) == (TWO, {"train": 6, "val": 2, "test": 8})
    assert f"the data are in {inner}/" in convscope.data.open(root).notes


def test_class_folders_in_a_neutral_folder(tmp_path):
    fill(tmp_path, "Images/cat", "Images/dog", "Images/cow", num=10)
    (tmp_path / "Annotation").mkdir()
    classes, counts = splits_of(tmp_path)
    assert classes == ("cat", "cow", "dog")
    assert sum(counts.values()) == 30


def test_a_single_class_is_not_entered(tmp_path):
    fill(tmp_path, "cat/persian", "cat/siamese")
    assert convscope.data.open(tmp_path).classes == ("cat",)


def test_nested_split_folders(tmp_path):
    fill(tmp_path, *pairs("seg_train/seg_train", "seg_test/seg_test"), "seg_pred/seg_pred")
    assert splits_of(tmp_path) == (TWO, {"train": 6, "val": 2, "test": 8})
    notes = convscope.data.open(tmp_path).notes
    assert "1 folder outside the splits and classes, with 4 images: ignored: seg_pred" in notes


def test_folders_around_folders_around_the_data(tmp_path):
    fill(tmp_path, *pairs("export/2024/train", "export/2024/val"))
    assert splits_of(tmp_path) == (TWO, {"train": 8, "val": 8})


def test_several_data_sets_in_a_folder(tmp_path):
    fill(tmp_path, *pairs("bottle/train", "bottle/test", "cable/train", "cable/test"))
    with pytest.raises(DataError, match="named like splits inside bottle/ and cable/"):
        convscope.data.open(tmp_path)
    assert splits_of(tmp_path / "bottle")[0] == TWO


def test_images_without_class_folders_are_counted(tmp_path):
    fill(tmp_path, ".")
    with pytest.raises(DataError, match="no class folders, but 4 images") as caught:
        convscope.data.open(tmp_path)
    assert "table of labels" in caught.value.fix


def test_splits_inside_the_classes(tmp_path):
    fill(tmp_path, "cat/train", "cat/test", "dog/train", "dog/test")
    assert splits_of(tmp_path) == (TWO, {"train": 6, "val": 2, "test": 8})
    assert "*/train/ is used as the split train" in convscope.data.open(tmp_path).notes


@pytest.mark.parametrize(
    "folders",
    [
        ("cat", "dog", "test"),  # test/ among class folders
        ("cat", "dog", *pairs("test")),
        ("plane", "train"),  # a class that has the name of a split
        (*pairs("train"), "more/cat"),  # a split with an unknown name?
        (*pairs("train", "val"), "cat"),
        (*pairs("A", "B"),),  # the same folders everywhere
        (*pairs("fold1", "fold2", "fold3"),),
        ("cat/train", "cat/test", "dog"),
    ],
)
def test_unclear_layouts_are_refused_with_both_readings(tmp_path, folders):
    fill(tmp_path, *folders)
    with pytest.raises(DataError) as caught:
        convscope.data.open(tmp_path)
    assert "as classes" in caught.value.expected
    assert "--layout" in caught.value.fix
    assert "unclear_layout" in [finding.code for finding in check(tmp_path, workers=1).findings]
    top = tuple(sorted({folder.split("/")[0] for folder in folders}))
    assert splits_of(tmp_path, "classes")[0] == top


def test_splits_by_option(tmp_path):
    fill(tmp_path, *pairs("train"), "more/cat")
    assert splits_of(tmp_path, "splits") == (TWO, {"train": 6, "val": 2})
    fill(tmp_path / "x", *pairs("A", "B"))
    with pytest.raises(DataError, match="no folder is named like a split: A/ and B/"):
        splits_of(tmp_path / "x", "splits")


def test_two_folders_of_one_split_may_be_classes(tmp_path):
    fill(tmp_path, *pairs("train1", "train2"))
    with pytest.raises(DataError, match="both the split train") as caught:
        splits_of(tmp_path)
    assert "--layout classes" in caught.value.fix
    assert splits_of(tmp_path, "classes")[0] == ("train1", "train2")


def test_folders_beside_sure_splits_are_counted(tmp_path):
    fill(tmp_path, *pairs("Training", "Test"), "test-multiple_fruits", "papers")
    assert splits_of(tmp_path)[1]["test"] == 8
    notes = convscope.data.open(tmp_path).notes
    assert any("2 folders outside the splits and classes, with 8 images" in note for note in notes)


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "#recycle", "$RECYCLE.BIN", "$Recycle.Bin", ".Trashes", ".Spotlight-V100"),
        *("__MACOSX", "__macosx", "lost+found", "@Recycle", "@Recently-Snapshot", "#snapshot"),
        *(".ipynb_checkpoints", ".thumbnails", "RECYCLER", "FOUND.000", "@SynoResource"),
        *("System Volume Information", "SYSTEM VOLUME INFORMATION"),
    ],
)
@pytest.mark.parametrize("place", ["", "train", "train/cat", "train/cat/deep"])
def test_folders_of_systems_are_ignored_at_any_depth(tmp_path, name, place):
    fill(tmp_path, *pairs("train", "val"))
    fill(tmp_path, f"{place}/{name}/a.jpg".lstrip("/"))  # as Synology's thumbnails
    assert splits_of(tmp_path) == (TWO, {"train": 8, "val": 8})


def test_an_archive_beside_the_images_is_not_shards(tmp_path):
    fill(tmp_path, *pairs("train", "val"))
    (tmp_path / "images.tar").write_bytes(b"")
    (tmp_path / "index.json").write_text("{}")
    assert splits_of(tmp_path) == (TWO, {"train": 8, "val": 8})


def test_a_picture_beside_archives_does_not_make_a_folder_of_images(tmp_path):
    fill(tmp_path, ".", num=1)
    (tmp_path / "train-000000.tar").write_bytes(b"")
    with pytest.raises(DataError, match=r"shards without index\.json"):
        convscope.data.open(tmp_path)


def test_archives_that_are_not_unpacked_are_named(tmp_path):
    (tmp_path / "images.zip").write_bytes(b"")
    with pytest.raises(DataError, match="no class folders") as caught:
        convscope.data.open(tmp_path)
    assert caught.value.fix == "unpack images.zip first"


def test_a_split_without_images_is_ignored_with_a_note(tmp_path):
    fill(tmp_path, *pairs("train"))
    fill(tmp_path, *pairs("val"), num=0)
    dataset = convscope.data.open(tmp_path)
    assert "val/ has no images and is ignored" in dataset.notes
    assert len(dataset.photos("val")) == 2


def test_what_is_left_out_is_counted(tmp_path):
    fill(tmp_path, "cat", "dog")
    for number in range(3):
        (tmp_path / f"cat/{number}.heicx").write_bytes(b"x")
    (tmp_path / "dog/notes").write_bytes(b"x")
    (tmp_path / "5.png").write_bytes(b"x")
    notes = convscope.data.open(tmp_path).notes
    assert (
        "4 of 12 files in the class folders are ignored, not image files by their endings: "
        "3 .heicx, 1 no ending"
    ) in notes
    assert "1 image outside the class folders: ignored: 5.png" in notes


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "class"},
        {"layout": None},
        {"group_by": "("},
        {"group_by": ""},
        {"group_by": "a{99999999999}"},
    ],
)
def test_invalid_options(options):
    with pytest.raises(InputError):
        DataOptions(**options)


def test_the_advice_of_the_check_does_not_make_a_class_of_val(tmp_path):
    fill(tmp_path, "cat", "dog")
    fill(tmp_path, "ant", num=1)
    for finding in check(tmp_path, workers=1).findings:
        assert "val/" not in finding.fix


def test_links_are_followed_once(tmp_path):
    fill(tmp_path / "elsewhere", "more")
    fill(tmp_path / "set", "cat", "dog")
    (tmp_path / "set/cat/link").symlink_to(tmp_path / "elsewhere/more")
    (tmp_path / "set/dog/again").symlink_to(tmp_path / "elsewhere/more")
    (tmp_path / "set/ant").symlink_to(tmp_path / "set/dog")  # sorted before its target
    (tmp_path / "set/dog/up").symlink_to(tmp_path)
    layout = read_layout(tmp_path / "set")
    assert {label: len(paths) for label, paths in layout.images["all"].items()} == {
        "ant": 0,
        "cat": 8,
        "dog": 4,
    }
    loops = {entry.path for entry in layout.ignored if entry.reason == "loop"}
    assert loops == {"dog/again", "ant", "dog/up"}


def test_a_class_that_is_lost_through_a_link_is_said(tmp_path):
    fill(tmp_path, "cat", "dog")
    (tmp_path / "owl").symlink_to(tmp_path / "elsewhere")  # broken
    assert "1 broken link: ignored: owl" in convscope.data.open(tmp_path).notes
    (tmp_path / "ant").symlink_to("cat")
    with pytest.raises(DataError, match="classes without images: ant") as caught:
        convscope.data.open(tmp_path)
    assert "links to folders that are read elsewhere: ant" in caught.value.fix
