"""Shards: read by other programs, round trip, and detection of damage."""

import hashlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

import convscope.data
from convscope.data import Split, index_shards, write_shards
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.shards import index as index_module
from convscope.data.shards.dataset import ShardSet
from convscope.data.shards.packing import CONTENT, packing
from convscope.errors import ConvscopeError, DataError, FormatError, InputError, StorageError
from convscope.io import storage
from convscope.io.photos import Reference, read

SPLITS = ("train", "val", "test")
ENDINGS = ("index.json", "tar")


def picture(number, size=(66, 70)):
    pixels = np.random.RandomState(number).randint(256, size=(*size, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG" if number % 2 else "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two classes, three splits, 8 + 4 + 2 images."""
    root = tmp_path_factory.mktemp("folder") / "pets"
    number = 0
    for split, count in zip(SPLITS, (4, 2, 1), strict=True):
        for label in ("cat", "dog"):
            place = root / split / label
            place.mkdir(parents=True)
            for i in range(count):
                (place / f"{i}.jpg").write_bytes(picture(number))
                number += 1
    return root


@pytest.fixture(scope="module")
def packed(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("shards") / "out"
    write_shards(convscope.data.open(folder), out, max_images=3)
    return out


@pytest.fixture
def copy(packed, tmp_path):
    return shutil.copytree(packed, tmp_path / "copy")


def pairs(split):
    return sorted((split.read(i).data, int(split.labels_N[i])) for i in range(len(split)))


# --- what is written


def test_files_and_labels_are_those_of_the_folder(folder, packed):
    dataset, shards = convscope.data.open(folder), convscope.data.open(packed)
    assert isinstance(shards, ShardSet)
    for name in ("name", "classes", "channels", "shape", "mean", "std", "splits"):
        assert getattr(shards, name) == getattr(dataset, name), name
    for name in SPLITS:
        assert isinstance(shards.split(name), PhotoSplit)
        assert pairs(shards.split(name)) == pairs(dataset.split(name))


def test_the_files_are_as_the_format_says(packed):
    assert sorted(path.name for path in packed.iterdir()) == [
        "index.json",
        *(f"test-000000.{e}" for e in ENDINGS),
        *(f"train-{n:06}.{e}" for n in range(3) for e in ENDINGS),
        *(f"val-{n:06}.{e}" for n in range(2) for e in ENDINGS),
    ]
    index = json.loads((packed / "index.json").read_text())
    assert index["format"] == "convscope-shards-1"
    assert index["classes"] == ["cat", "dog"]
    for shard in (shard for shards in index["splits"].values() for shard in shards):
        whole = (packed / shard["name"]).read_bytes()
        assert len(whole) == shard["bytes"]
        assert hashlib.sha256(whole).hexdigest() == shard["sha256"]


def test_tarfile_reads_the_same(packed):
    """Python's own reader finds, for each image, the member and the label that the index says."""
    for path in packed.glob("*.tar"):
        index = json.loads(path.with_suffix(".index.json").read_text())
        with tarfile.open(path) as tar:
            names = tar.getnames()
            keys = [name.split(".")[0] for name in names]
            assert keys[::2] == keys[1::2]
            for name, label in zip(index["names"], index["labels"], strict=True):
                data = tar.extractfile(name).read()
                assert int(tar.extractfile(name.split(".")[0] + ".cls").read()) == label
                ending = {b"\xff\xd8": "jpg", b"\x89P": "png"}[data[:2]]
                assert name.endswith(f".{ending}")
        assert names[::2] == index["names"]


def test_the_same_set_gives_the_same_bytes(folder, packed, tmp_path):
    write_shards(convscope.data.open(folder), tmp_path / "again", max_images=3)
    for path in packed.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_packing_shards_again_gives_the_same_images(packed, tmp_path):
    write_shards(convscope.data.open(packed), tmp_path / "one")
    one = convscope.data.open(tmp_path / "one")
    assert len(list((tmp_path / "one").glob("train-*.tar"))) == 1
    for name in SPLITS:
        assert pairs(one.split(name)) == pairs(convscope.data.open(packed).split(name))


def test_every_shard_stays_within_its_bytes(folder, tmp_path):
    write_shards(convscope.data.open(folder), tmp_path / "a", max_bytes=20_000)
    shards = list((tmp_path / "a").glob("*.tar"))
    assert len(shards) > 5
    index = json.loads((tmp_path / "a" / "index.json").read_text())
    for shard in (shard for shards in index["splits"].values() for shard in shards):
        assert shard["bytes"] <= 20_000 or shard["images"] == 1
    write_shards(convscope.data.open(folder), tmp_path / "b", max_bytes=1)
    assert len(list((tmp_path / "b").glob("*.tar"))) == 14


def test_images_in_memory_become_png(tmp_path):
    made = Split(
        torch.arange(30, dtype=torch.uint8).reshape(30, 1, 1, 1).expand(30, 1, 5, 6) * 8,
        torch.arange(30) % 3,
    )

    class Small:
        name, classes, channels, shape = "small", ("a", "b", "c"), 1, (1, 5, 6)
        mean, std = (0.5,), (0.25,)

        def split(self, name):
            return made

        def fingerprint(self):
            return "0" * 64

    write_shards(Small(), tmp_path / "out")
    shards = convscope.data.open(tmp_path / "out")
    assert (shards.shape, shards.channels, shards.mean) == ((1, 5, 6), 1, (0.5,))
    split = shards.split("val")
    assert isinstance(split, Split)
    order = split.images_NCHW[:, 0, 0, 0].sort().indices
    assert torch.equal(split.images_NCHW[order], made.images_NCHW)
    assert torch.equal(split.labels_N[order], made.labels_N)


def test_progress(folder, tmp_path):
    heard = []
    write_shards(
        convscope.data.open(folder), tmp_path / "out", progress=lambda n, of: heard.append((n, of))
    )
    assert heard == [(n, 14) for n in range(1, 15)]


@pytest.mark.parametrize("limits", [{"max_bytes": 0}, {"max_images": 0}, {"max_images": -1}])
def test_invalid_limits(folder, tmp_path, limits):
    with pytest.raises(InputError, match="1 or more"):
        write_shards(convscope.data.open(folder), tmp_path / "out", **limits)


def test_existing_folders_are_not_overwritten(folder, tmp_path):
    (tmp_path / "file").write_bytes(b"mine")
    for place in (tmp_path, tmp_path / "file"):
        with pytest.raises(StorageError, match=r"the folder is not empty|this is not a folder"):
            write_shards(convscope.data.open(folder), place)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_file_that_is_not_an_image_leaves_no_shards(folder, tmp_path):
    broken = shutil.copytree(folder, tmp_path / "in")
    (broken / "val/dog/0.jpg").write_bytes(b"<html>")
    with pytest.raises(FormatError, match=r"val/dog/0\.jpg: this is a web page"):
        write_shards(convscope.data.open(broken), tmp_path / "out", max_images=2)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_leaves_no_shards(folder, tmp_path, monkeypatch):
    write, calls = os.write, []

    def full(handle, data):
        calls.append(len(data))
        if len(calls) > 12:
            raise OSError(28, "No space left on device")
        return write(handle, data)

    dataset = convscope.data.open(folder)
    _ = dataset.mean
    monkeypatch.setattr(storage.os, "write", full)
    with pytest.raises(StorageError, match="no space left"):
        write_shards(dataset, tmp_path / "out", max_images=2)
    assert list((tmp_path / "out").iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
import convscope.data
from convscope.io import storage
write, calls = storage.write, []
def killing(path, parts):
    if len(calls) == int(sys.argv[3]):
        handle = os.open(f"{path}.tmp-{os.getpid()}-0123abcd", os.O_WRONLY | os.O_CREAT)
        os.write(handle, b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(path)
    return write(path, parts)
storage.write = killing
convscope.data.write_shards(convscope.data.open(sys.argv[1]), Path(sys.argv[2]), max_images=3)
"""


@pytest.mark.parametrize("after", [0, 3, 12])  # 6 shards and their indices are 12 files
def test_a_killed_writer_is_repeated(folder, packed, tmp_path, after):
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(folder), str(out), str(after)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    with pytest.raises(DataError, match="was interrupted"):
        convscope.data.open(out)
    notes = []
    write_shards(convscope.data.open(folder), out, max_images=3, note=notes.append)
    assert notes == [f"{after + 1} files of an interrupted `data pack` are removed"]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in packed.iterdir()
    }


def test_shards_of_others_are_not_removed(folder, packed, tmp_path):
    out = shutil.copytree(packed, tmp_path / "out")
    (out / "index.json").unlink()  # as another program leaves them
    with pytest.raises(StorageError, match="not empty"):
        write_shards(convscope.data.open(folder), out)
    (out / ".convscope-packing").write_bytes(CONTENT)
    (out / "notes.txt").write_bytes(b"mine")
    with pytest.raises(StorageError, match="not empty"):
        write_shards(convscope.data.open(folder), out)
    assert len(list(out.iterdir())) == 14


def test_one_writer_at_a_time(folder, tmp_path):
    with (
        packing(tmp_path / "out", print),
        pytest.raises(StorageError, match="another process is packing"),
    ):
        write_shards(convscope.data.open(folder), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


# --- what is read


def test_random_access(packed):
    split = convscope.data.open(packed).split("train")
    alone = {split.read(i).where: split.read(i).data for i in random.Random(0).sample(range(8), 8)}
    for where, data in alone.items():
        shard, _, member = where.partition(":")
        with tarfile.open(packed / shard) as tar:
            assert tar.extractfile(member).read() == data
    with pytest.raises(IndexError):
        split.read(8)


def test_fingerprints(folder, packed, tmp_path):
    shards = convscope.data.open(packed)
    assert shards.fingerprint() == convscope.data.open(packed).fingerprint()
    write_shards(convscope.data.open(folder), tmp_path / "other", max_images=2)
    assert convscope.data.open(tmp_path / "other").fingerprint() != shards.fingerprint()


def test_without_val_a_tenth_of_the_training_images_is_used(tmp_path):
    source = tmp_path / "in"
    for label in ("a", "b"):
        (source / "train" / label).mkdir(parents=True)
        for i in range(10):
            (source / "train" / label / f"{i}.png").write_bytes(picture(2 * i))
    write_shards(convscope.data.open(source), tmp_path / "out")
    for path in (tmp_path / "out").glob("val-*"):
        path.unlink()
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    del index["splits"]["val"]
    (tmp_path / "out" / "index.json").write_text(json.dumps(index))
    shards = convscope.data.open(tmp_path / "out")
    assert "10 %" in shards.notes[0]
    train, val = shards.split("train"), shards.split("val")
    assert (len(train), len(val)) == (16, 2)
    assert val.labels_N.sort().values.tolist() == [0, 1]
    names = [s.read(i).where for s in (train, val) for i in range(len(s))]
    assert len(set(names)) == 18
    with pytest.raises(DataError, match="no split test"):
        shards.split("test")


# --- damage


def _change(path, place, by=1):
    whole = bytearray(path.read_bytes())
    whole[place] ^= by
    path.write_bytes(whole)


def test_missing_or_truncated_shards_are_errors(copy):
    path = copy / "train-000001.tar"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(DataError, match=r"train-000001\.tar"):
        convscope.data.open(copy)
    path.unlink()
    with pytest.raises(DataError, match=r"train-000001\.tar: cannot be read: no such file"):
        convscope.data.open(copy)


def test_a_changed_byte_names_shard_and_member(copy):
    shards = convscope.data.open(copy)
    split = shards.split("train")
    reference = split.files.reference(4)
    _change(copy / "train-000001.tar", reference.offset + 40)
    with pytest.raises(DataError, match=r"train-000001\.tar:00000004\.\w+: its CRC-32"):
        split.read(4)
    assert split.read(3).data


def test_a_shard_that_changes_while_it_is_read(copy):
    split = convscope.data.open(copy).split("train")
    with open(copy / "train-000000.tar", "r+b") as file:
        file.truncate(split.files.reference(1).offset + 10)
    with pytest.raises(DataError, match=r"train-000000\.tar:00000001\.\w+: the shard ends"):
        split.read(1)
    (copy / "train-000000.tar").unlink()
    with pytest.raises(DataError, match=r"train-000000\.tar:00000000\.\w+: cannot be read"):
        split.read(0)


@pytest.mark.parametrize("name", ["train-000000.index.json", "index.json"])
def test_changes_of_an_index_are_detected_or_harmless(copy, name):
    path = copy / name
    whole = path.read_bytes()
    expected = {split: pairs(convscope.data.open(copy).split(split)) for split in ("train", "val")}
    places = random.Random(1).sample(range(len(whole)), 60)
    for place in places:
        _change(path, place, by=1 + place % 7)
        try:
            shards = convscope.data.open(copy)
            found = {split: pairs(shards.split(split)) for split in ("train", "val")}
        except ConvscopeError:
            found = expected
        assert found == expected
        path.write_bytes(whole)


INDEX_CHANGES = {
    "climbs out": lambda i: i["splits"]["val"][0].update(name="../x.tar"),
    "absolute": lambda i: i["splits"]["val"][0].update(name="/etc/passwd.tar"),
    "no tar": lambda i: i["splits"]["val"][0].update(name="passwd"),
    "other split": lambda i: i["splits"].update(dev=i["splits"].pop("val")),
    "no classes": lambda i: i.update(classes=[]),
    "twice": lambda i: i.update(classes=["cat", "cat"]),
    "two channels": lambda i: i.update(channels=2),
    "means": lambda i: i.update(mean=[0.5]),
    "shape": lambda i: i.update(shape=[1, 28, 28]),
    "version": lambda i: i.update(format="convscope-shards-2"),
    "field": lambda i: i.update(code="import os"),
    "an escape": lambda i: i.update(classes=["cat", "\x1b[2Jdog"]),
    "a name of two lines": lambda i: i.update(name="a\nb"),
    "half a character": lambda i: i.update(name="a\ud800b"),
    "negative": lambda i: i["splits"]["val"][0].update(bytes=-1),
}


@pytest.mark.parametrize("kind", INDEX_CHANGES)
def test_inconsistent_indices(copy, kind):
    index = json.loads((copy / "index.json").read_text())
    INDEX_CHANGES[kind](index)
    (copy / "index.json").write_text(json.dumps(index))
    with pytest.raises(FormatError, match=r"index\.json"):
        convscope.data.open(copy)


MEMBER_CHANGES = {
    "label": lambda m: m["labels"].__setitem__(0, 2),
    "beyond": lambda m: m["offsets"].__setitem__(0, 1 << 40),
    "shorter": lambda m: m["crc32"].pop(),
    "fewer": lambda m: [column.pop() for key, column in m.items() if key != "format"],
}


@pytest.mark.parametrize("kind", MEMBER_CHANGES)
def test_inconsistent_shard_indices(copy, kind):
    path = copy / "val-000000.index.json"
    members = json.loads(path.read_text())
    MEMBER_CHANGES[kind](members)
    path.write_text(json.dumps(members))
    with pytest.raises(FormatError, match=r"differs from index\.json"):
        convscope.data.open(copy).split("val")
    index = json.loads((copy / "index.json").read_text())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    index["splits"]["val"][0]["index_sha256"] = digest
    (copy / "index.json").write_text(json.dumps(index))
    with pytest.raises(FormatError, match=r"val-000000\.index\.json"):
        convscope.data.open(copy).split("val")


def forge(copy, members, index=lambda index: None):
    """Change the index of a shard, and `index.json` so that its checksums agree."""
    path = copy / "val-000000.index.json"
    content = json.loads(path.read_text())
    members(content)
    path.write_text(json.dumps(content))
    whole = json.loads((copy / "index.json").read_text())
    whole["splits"]["val"][0]["index_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    whole["splits"]["val"][0]["bytes"] = (copy / "val-000000.tar").stat().st_size
    index(whole)
    (copy / "index.json").write_text(json.dumps(whole))


def test_a_forged_member_of_8_gib_is_refused_before_it_is_read(copy):
    os.truncate(copy / "val-000000.tar", 9 << 30)  # sparse
    forge(copy, lambda m: m["sizes"].__setitem__(0, 8 << 30))
    with pytest.raises(FormatError, match="an image of 8,589,934,592 bytes"):
        convscope.data.open(copy).split("val")
    huge = Reference(str(copy / "val-000000.tar"), "val", 512, 8 << 30, 0)
    with pytest.raises(FormatError, match="an image of 8,589,934,592 bytes"):
        read(huge)


@pytest.mark.parametrize("name", ["index.json", "val-000000.index.json"])
def test_an_index_of_many_entries_is_refused_before_it_is_parsed(copy, name, monkeypatch):
    monkeypatch.setattr(index_module, "MAX_ENTRIES", 1_000)
    many = [0] * 2_000
    if name == "index.json":
        forge(copy, lambda m: None, lambda i: i.update(classes=many))
    else:
        forge(copy, lambda m: m.update(labels=many))
    with pytest.raises(FormatError, match="entries"):
        convscope.data.open(copy).split("val")


@pytest.mark.parametrize(
    "classes", [["cat", "d" * 5_000], [str(number) for number in range(100_001)]]
)
def test_class_names_are_few_and_short(copy, classes):
    forge(copy, lambda m: None, lambda i: i.update(classes=classes))
    with pytest.raises(FormatError, match=r"longer than 200|at most 100000"):
        convscope.data.open(copy)


def test_a_shard_that_is_no_regular_file_is_refused(copy):
    (copy / "val-000000.tar").unlink()
    os.mkfifo(copy / "val-000000.tar")
    with pytest.raises(DataError, match="not a regular file"):
        convscope.data.open(copy)


# --- of other programs


def shard(path, files, **options):
    with tarfile.open(path, "w", **options) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_shards_of_another_program(tmp_path):
    for split, count in (("train", 6), ("validation", 2)):
        files = []
        for i in range(count):
            files += [
                (f"s/{i:04}.png", picture(2 * i)),
                (f"s/{i:04}.cls", b"%d\n" % (i % 3)),
                (f"s/{i:04}.pkl", b"cos\nsystem\n"),
                (f"s/{i:04}.txt", b"a caption"),
            ]
        shard(tmp_path / f"imagenet-{split}-0000.tar", files)
    index = index_shards(tmp_path, classes=["x", "y", "z"])
    assert {name: len(shards) for name, shards in index.splits.items()} == {"train": 1, "val": 1}
    dataset = convscope.data.open(tmp_path)
    assert dataset.classes == ("x", "y", "z")
    split = dataset.split("train")
    assert split.labels_N.tolist() == [0, 1, 2, 0, 1, 2]
    assert [split.read(i).data for i in range(6)] == [picture(2 * i) for i in range(6)]
    assert split.read(1).where == "imagenet-train-0000.tar:s/0001.png"
    assert len(dataset.mean) == 3


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([b'{"label": 1}', b'{"label": 0}'], ("0", "1")),
        ([b'{"cls": "dog", "x": 3}', b'{"class": "cat"}'], ("cat", "dog")),
        ([b"1", b"0"], ("0", "1")),
    ],
)
def test_labels_in_json(tmp_path, labels, classes):
    files = [(f"{i}.json", label) for i, label in enumerate(labels)]
    shard(tmp_path / "a.tar", [*files, *((f"{i}.jpg", picture(1)) for i in range(2))])
    index_shards(tmp_path)
    dataset = convscope.data.open(tmp_path)
    assert dataset.classes == classes
    assert dataset.photos("train").labels_N.tolist() == [1, 0]


def test_numbers_that_do_not_occur_are_no_classes(tmp_path):
    files = []
    for number, label in enumerate((7, 99_999, 7)):
        files += [(f"{number}.jpg", picture(1)), (f"{number}.cls", b"%d" % label)]
    shard(tmp_path / "a.tar", files)
    assert index_shards(tmp_path).classes == ("7", "99999")
    assert convscope.data.open(tmp_path).photos("train").labels_N.tolist() == [0, 1, 0]


def test_special_files_are_no_shards(tmp_path):
    os.mkfifo(tmp_path / "a.tar")
    with pytest.raises(DataError, match="not a regular file"):
        index_shards(tmp_path)
    (tmp_path / "a.tar").unlink()
    (tmp_path / "a.tar").symlink_to("/dev/zero")
    with pytest.raises(DataError, match="not a regular file"):
        index_shards(tmp_path)


FOREIGN = {
    "no label": ([("1.jpg", b"x")], "images without a label: 1"),
    "two images": (
        [("1.jpg", b"x"), ("1.png", b"x"), ("1.cls", b"0")],
        "two images",
    ),
    "two labels": (
        [("1.jpg", b"x"), ("1.cls", b"0"), ("1.json", b"1")],
        "two labels",
    ),
    "negative": ([("1.jpg", b"x"), ("1.cls", b"-1"), ("2.jpg", b"x"), ("2.cls", b"0")], "some"),
    "no JSON": ([("1.jpg", b"x"), ("1.json", b"{")], "invalid JSON"),
    "deep JSON": ([("1.jpg", b"x"), ("1.json", b"[" * 100_000)], "invalid JSON"),
    "true": ([("1.jpg", b"x"), ("1.json", b'{"label": true}')], "the label 'True'"),
    "empty": ([("1.jpg", b"x"), ("1.cls", b"")], "the label ''"),
    "an escape": ([("1.jpg", b"x"), ("1.cls", b"\x1b[2J")], "the label"),
    "long": ([("1.jpg", b"x"), ("1.cls", b"x" * 300)], "at most 200 letters"),
    "huge": ([("1.jpg", b"x"), ("1.cls", b"999999999")], "the label 999999999"),
    "no images": ([("1.txt", b"x")], "no images"),
    "climbs out": ([("../1.jpg", b"x")], "leads out"),
}


def test_every_image_format_is_indexed(tmp_path):
    files = []
    for number, form in enumerate(("PNG", "AVIF", "TIFF")):
        stream = io.BytesIO()
        Image.new("RGB", (8, 8), (number, 9, 9)).save(stream, form)
        files += [
            (f"{number}.{form.lower()}", stream.getvalue()),
            (f"{number}.cls", b"%d" % (number % 2)),
        ]
    shard(tmp_path / "a.tar", files)
    assert sum(part.images for part in index_shards(tmp_path).splits["train"]) == 3


def test_what_is_not_a_folder_of_shards_has_its_own_advice(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        index_shards(tmp_path / "none")
    (tmp_path / "a.tar.gz").write_bytes(b"x")
    with pytest.raises(DataError, match=r"1 compressed \.tar files: a\.tar\.gz"):
        index_shards(tmp_path)
    shard(tmp_path / "b.tar", [("cat/1.jpg", b"x")])
    with pytest.raises(DataError) as caught:
        index_shards(tmp_path)
    assert "tar -xf b.tar" in caught.value.fix


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_shards_that_are_refused(tmp_path, kind):
    files, said = FOREIGN[kind]
    shard(tmp_path / "a.tar", files)
    with pytest.raises(ConvscopeError, match=said):
        index_shards(tmp_path)
    assert not (tmp_path / "index.json").exists()


@pytest.mark.parametrize("name", ["index.json", "a.index.json"])
def test_other_files_are_not_overwritten(tmp_path, name):
    shard(tmp_path / "a.tar", [("1.png", picture(0)), ("1.cls", b"0")])
    (tmp_path / name).write_text('{"of": "somebody else"}')
    with pytest.raises(StorageError, match="not an index of shards"):
        index_shards(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / name).unlink()
    assert index_shards(tmp_path) == index_shards(tmp_path)


def test_shards_without_an_index(tmp_path):
    shard(tmp_path / "a.tar", [("1.jpg", picture(1)), ("1.cls", b"0")])
    with pytest.raises(DataError, match="convscope data index"):
        convscope.data.open(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no \.tar files"):
        index_shards(tmp_path / "empty")


@pytest.mark.parametrize(("form", "ending"), [("TIFF", "tif"), ("AVIF", "avif"), ("JPEG", "jfif")])
def test_images_of_every_format_are_indexed(form, ending, tmp_path):
    with tarfile.open(tmp_path / "train.tar", "w") as tar:
        for number in range(4):
            stream = io.BytesIO()
            Image.new("RGB", (70, 70), (60 * number, 0, 0)).save(stream, form)
            for name, data in ((ending, stream.getvalue()), ("cls", b"%d" % (number % 2))):
                member = tarfile.TarInfo(f"s{number}.{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    assert convscope.data.index_shards(tmp_path).splits["train"][0].images == 4
