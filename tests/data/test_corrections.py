"""Lists of corrections, and data sets written with them."""

import hashlib
import shutil

import numpy as np
import pytest

import convscope.data
from convscope.data.corrections.apply import sentences, write_corrected
from convscope.data.corrections.identity import image_digest
from convscope.data.corrections.listing import (
    Correction,
    read_corrections,
    write_corrections,
)
from convscope.errors import ConvscopeError, DataError, FormatError, InputError, StorageError
from convscope.io.image_writing import encode_image


def picture(seed):
    return np.random.RandomState(seed).randint(0, 256, (40, 50, 3)).astype(np.uint8)


@pytest.fixture
def photos(tmp_path):
    """A folder with 4 images of each of two classes in train, 2 in val."""
    root = tmp_path / "photos"
    seed = 0
    for split, num in (("train", 4), ("val", 2)):
        for label in ("cat", "=dog"):
            folder = root / split / label
            folder.mkdir(parents=True)
            for number in range(num):
                (folder / f"{number}.png").write_bytes(encode_image(picture(seed), ".png"))
                seed += 1
    return root


def row(dataset, split, number, action, new_label="", **changes):
    images = dataset.split(split)
    values = {
        "image": "" if images.files is None else images.files.reference(number).where,
        "split": split,
        "number": number,
        "digest": image_digest(images, number),
        "label": dataset.classes[int(images.labels_N[number])],
        "action": action,
        "new_label": new_label,
    }
    return Correction(**{**values, **changes})


def digests(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_is_written_again_and_the_source_stays(photos, tmp_path, link):
    before = digests(photos)
    dataset = convscope.data.open(photos)
    rows = [
        row(dataset, "train", 0, "relabel", "cat"),
        row(dataset, "train", 1, "remove"),
        row(dataset, "train", 2, "keep"),
        row(dataset, "train", 3, ""),
    ]
    path = tmp_path / "list.csv"
    write_corrections(path, rows, further=["note"], cells=[["a"], ["b"], ["c"], ["=d"]])
    read = read_corrections(path)
    assert [one._replace(line=0) for one in read] == rows
    changes = write_corrected(dataset, read, tmp_path / "new", link=link)
    assert digests(photos) == before
    assert changes.relabelled == {("=dog", "cat"): 1}
    assert (changes.removed, changes.kept, changes.undecided) == (1, 1, 1)
    assert changes.images == {"train": 7, "val": 4}
    new = digests(tmp_path / "new")
    assert new["train/cat/0-2.png"] == before["train/=dog/0.png"] or (
        new["train/cat/0.png"] == before["train/=dog/0.png"]
    )
    assert sorted(new.values()) == sorted(
        value for name, value in before.items() if name != "train/=dog/1.png"
    )
    opened = convscope.data.open(tmp_path / "new")
    assert opened.classes == dataset.classes
    assert opened.split("train").labels_N.bincount().tolist() == [2, 5]
    assert "relabelled: 1 image" in list(sentences(changes))


def test_images_in_memory_become_an_npz_file(tmp_path):
    random = np.random.RandomState(0)
    # more than a megabyte: the reader takes arrays in parts
    arrays = {
        "train_images": random.randint(0, 256, (6000, 28, 28)).astype(np.uint8),
        "train_labels": np.arange(6000) % 3 + 4,
        "test_images": random.randint(0, 256, (9, 28, 28)).astype(np.uint8),
        "test_labels": np.arange(9) % 3 + 4,
    }
    np.savez(tmp_path / "digits.npz", **arrays)
    dataset = convscope.data.open(tmp_path / "digits.npz")
    rows = [row(dataset, "test", 4, "relabel", "6"), row(dataset, "test", 8, "remove")]
    changes = write_corrected(dataset, rows, tmp_path / "new")
    opened = convscope.data.open(tmp_path / "new")
    assert opened.classes == dataset.classes == ("4", "5", "6")
    assert opened.split("test").labels_N.tolist() == [0, 1, 2, 0, 2, 2, 0, 1]
    for name in ("train", "val"):  # the division of the source is kept
        assert (opened.split(name).images_NCHW == dataset.split(name).images_NCHW).all()
        assert (opened.split(name).labels_N == dataset.split(name).labels_N).all()
    assert changes.images == {
        "train": len(dataset.split("train")),
        "val": len(dataset.split("val")),
        "test": 8,
    }


def test_a_moved_image_is_found_by_its_name(photos, tmp_path):
    rows = [row(convscope.data.open(photos), "train", 3, "remove")]
    moved = tmp_path / "elsewhere"
    shutil.move(photos, moved)
    (moved / "train" / "=dog" / "00.png").write_bytes(encode_image(picture(99), ".png"))
    write_corrected(convscope.data.open(moved), rows, tmp_path / "new")
    assert not (tmp_path / "new" / "train" / "=dog" / "3.png").exists()
    assert len(digests(tmp_path / "new")) == 12


@pytest.mark.parametrize("action", ["relabel", "remove"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"digest": "0" * 32}, "is another image"),
        ({"label": "cat"}, "the label of"),
        ({"image": "train/cat/99.png"}, "has no image"),
        ({"image": "", "number": 99}, "has no image"),
        ({"image": "", "split": "test"}, "has no image"),
    ],
)
def test_rows_that_do_not_fit_are_refused(photos, tmp_path, changes, words, action):
    dataset = convscope.data.open(photos)
    wrong = row(dataset, "train", 0, action, "cat")._replace(**changes, line=7)
    with pytest.raises(DataError, match=words) as error:
        write_corrected(dataset, [wrong], tmp_path / "new")
    assert error.value.where == "line 7"
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_an_unknown_class_is_refused_with_the_nearest(photos, tmp_path):
    dataset = convscope.data.open(photos)
    wrong = row(dataset, "train", 0, "relabel", "caat")._replace(line=7)
    with pytest.raises(InputError, match="caat") as error:
        write_corrected(dataset, [wrong], tmp_path / "new")
    assert "cat" in error.value.fix
    assert error.value.where == "line 7"


def test_nothing_is_overwritten_and_no_output_lies_inside_the_data(photos):
    dataset = convscope.data.open(photos)
    with pytest.raises(StorageError, match="exists already"):
        write_corrected(dataset, [], photos.parent)
    with pytest.raises(InputError, match="inside the data"):
        write_corrected(dataset, [], photos / "new")


HEAD = "image,split,index,digest,label,action,new_label"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing"),
        ("image,split\na,train", "missing"),
        (f"{HEAD}\na,train,0,ff,cat,delete,", "the action 'delete'"),
        (f"{HEAD}\na,train,-1,ff,cat,keep,", "the index"),
        (f"{HEAD}\na,train,1e9,ff,cat,keep,", "the index"),
        (f"{HEAD}\na,train,0,,cat,remove,", "no digest"),
        (f"{HEAD}\na,train,0,ff,cat,relabel,", "no new_label"),
        (f"{HEAD}\na,train,0,ff,cat,keep,\na,val,1,ff,cat,keep,", "two rows"),
        (f"{HEAD}\n,train,5,ff,cat,keep,\n,train,5,ff,cat,keep,", "two rows"),
        ("\0\0", "missing"),
    ],
)
def test_damaged_lists_are_refused(tmp_path, text, words):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=words):
        read_corrections(path)


def test_names_that_are_no_names_of_folders_are_refused(tmp_path, photos):
    table = photos / "train" / "cat" / "labels.csv"
    table.write_text("file,label\n0.png,a/b\n1.png,../c\n2.png,a/b\n3.png,../c\n")
    dataset = convscope.data.open(table)
    with pytest.raises(ConvscopeError, match="class names"):
        write_corrected(dataset, [], tmp_path / "new")
