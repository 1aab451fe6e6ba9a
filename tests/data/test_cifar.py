"""CIFAR's binary files: intact synthetic files, and damaged ones."""

import dataclasses
import gzip
import hashlib
import io
import tarfile

import numpy as np
import pytest
import torch

import convscope.data
from convscope.data import fetch
from convscope.data.dataset import SPLITS
from convscope.data.formats import cifar_records, validation
from convscope.data.formats.cifar_dataset import PIXEL_BYTES, Archive
from convscope.data.formats.published import PublishedFile
from convscope.data.loading.in_memory import Loader
from convscope.data.sets.cifar10 import CIFAR10
from convscope.data.sets.cifar100 import CIFAR100
from convscope.errors import DataError, FormatError, InputError

RECORDS = 100
BOTH = [CIFAR10, CIFAR100]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def records(num, dataset, seed):
    """Labels in turn, pixels at random; as bytes, with the arrays that went in."""
    random = np.random.RandomState(seed)
    labels = np.arange(num) % len(dataset.classes)
    pixels = random.randint(256, size=(num, 3, 32, 32), dtype=np.uint8)
    columns = [labels % 20, labels] if dataset.label_bytes == 2 else [labels]
    rows = [*(c[:, None].astype(np.uint8) for c in columns), pixels.reshape(num, -1)]
    return np.concatenate(rows, axis=1).tobytes(), labels, pixels


@pytest.fixture(params=BOTH, ids=lambda dataset: dataset.name)
def small(request, tmp_path, monkeypatch):
    """A set with files of 100 images, its contents, and the folder that they lie in."""
    original = request.param
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "own"))
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(validation, "NUM_VALIDATION", 20)
    contents = {
        file.name: records(RECORDS, original, seed) for seed, file in enumerate(original.files)
    }
    training = tuple(PublishedFile(f.name, sha256(contents[f.name][0])) for f in original.training)
    test = PublishedFile(original.test.name, sha256(contents[original.test.name][0]))
    dataset = dataclasses.replace(
        original,
        training=training,
        test=test,
        training_records=RECORDS,
        test_records=RECORDS,
        mirrors=(),
    )
    folder = tmp_path / "own" / original.archive.folder
    folder.mkdir(parents=True)
    for name, (data, _, _) in contents.items():
        (folder / name).write_bytes(data)
    return dataset, contents, folder


# --- the cards


@pytest.mark.parametrize("dataset", BOTH, ids=lambda dataset: dataset.name)
def test_the_published_files_have_the_published_lengths(dataset):
    each = {"cifar10": (30_730_000, 30_730_000), "cifar100": (153_700_000, 30_740_000)}
    sizes = dataset.size_bytes(dataset.training[0]), dataset.size_bytes(dataset.test)
    assert sizes == each[dataset.name]
    assert sum(dataset.records(file) for file in dataset.training) == 50_000
    assert dataset.records(dataset.test) == 10_000
    assert dataset.classes == tuple(sorted(dataset.classes))
    assert len(set(dataset.classes)) == {"cifar10": 10, "cifar100": 100}[dataset.name]
    assert convscope.data.find(dataset.name) is dataset


# --- what is read


def test_pixels_and_labels_are_read(small):
    dataset, contents, _ = small
    test = dataset.split("test")
    _, labels, pixels = contents[dataset.test.name]
    assert test.images_NCHW.dtype == torch.uint8
    assert np.array_equal(test.images_NCHW.numpy(), pixels)
    assert test.labels_N.tolist() == labels.tolist()
    train, val = dataset.split("train"), dataset.split("val")
    whole = np.concatenate([contents[file.name][2] for file in dataset.training])
    joined = torch.cat([train.images_NCHW, val.images_NCHW]).numpy()
    assert len(val) == 20
    assert sorted(x.tobytes() for x in joined) == sorted(x.tobytes() for x in whole)
    if dataset.name == "cifar10":
        assert val.labels_N.bincount().tolist() == [2] * 10


def test_it_trains(small):
    """The loader takes it as any other set in memory."""
    dataset, _, _ = small
    batch = Loader(dataset.split("train"), batch_size=8, seed=0).batch(0, 0)
    assert batch.images_NCHW.shape == (8, 3, 32, 32)


@pytest.mark.parametrize("place", ["cifar", "cifar/inside", "beside", "cache"])
def test_search_folders(small, tmp_path, place):
    dataset, _, folder = small
    own, cache = tmp_path / "own", tmp_path / "cache"
    target = {
        "cifar": own / dataset.name,
        "cifar/inside": own / dataset.name / dataset.archive.folder,
        "beside": own / dataset.archive.folder,
        "cache": cache / dataset.archive.folder,
    }[place]
    target.parent.mkdir(parents=True, exist_ok=True)
    if target != folder:
        folder.rename(target)
    assert dataset.locate(dataset.test).parent == target
    assert [len(dataset.split(name)) for name in SPLITS][1:] == [20, RECORDS]


def test_a_fingerprint_is_of_the_files(small):
    dataset, _, _ = small
    other = dataclasses.replace(dataset, test=PublishedFile(dataset.test.name, "0" * 64))
    assert dataset.fingerprint() != other.fingerprint()
    assert CIFAR10.fingerprint() != CIFAR100.fingerprint()


# --- what is refused


def _spoil(folder, dataset, change):
    path = folder / dataset.test.name
    data = bytearray(path.read_bytes())
    path.write_bytes(bytes(change(data, dataset)))
    return path


def _set(at, value):
    def change(data, dataset):
        data[at(dataset)] = value(dataset)
        return data

    return change


EACH = PIXEL_BYTES + 1
DAMAGE = [
    ("cut", lambda data, _: data[:-1], "99 images and"),
    ("a record short", lambda data, d: data[: -PIXEL_BYTES - d.label_bytes], ": 99 images\n"),
    ("longer", lambda data, _: data + b"x", "100 images and 1 bytes"),
    ("empty", lambda data, _: b"", "0 bytes: 0 images"),
    ("another label", _set(lambda d: d.label_bytes - 1, lambda d: len(d.classes)), "the label of"),
    ("largest label", _set(lambda d: d.label_bytes - 1, lambda d: 255), "image 0 is 255"),
    ("a pixel", _set(lambda d: 2000, lambda d: 7), "not the published file"),
    ("a label", _set(lambda d: d.label_bytes - 1, lambda d: 1), "not the published file"),
]


@pytest.mark.parametrize(
    ("change", "said"), [row[1:] for row in DAMAGE], ids=[r[0] for r in DAMAGE]
)
def test_errors_name_the_damage(small, change, said):
    dataset, _, folder = small
    path = _spoil(folder, dataset, change)
    with pytest.raises(FormatError) as caught:
        dataset.split("test")
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "expected" in str(caught.value)
    assert len(dataset.split("val")) == 20  # the other files are sound


def test_a_coarse_label_is_checked(small):
    dataset, _, folder = small
    if dataset.label_bytes == 2:
        path = _spoil(folder, dataset, _set(lambda d: 3 * (PIXEL_BYTES + 2), lambda d: 20))
        with pytest.raises(FormatError, match=r"the coarse label of image 3 is 20 \(byte 9,222\)"):
            dataset.split("test")
        assert path.exists()


def test_the_pickled_version_is_not_read(small, tmp_path):
    dataset, _, folder = small
    folder.rename(tmp_path / "away")
    (tmp_path / "own" / dataset.pickled[0]).mkdir(parents=True)
    with pytest.raises(DataError) as caught:
        dataset.split("test")
    message = str(caught.value)
    assert str(tmp_path / "own" / dataset.pickled[0]) in message
    assert "pickled" in message
    assert "run any code" in message
    assert f"convscope data get {dataset.name}" in message


def test_the_error_lists_the_searched_folders(small, tmp_path):
    dataset, _, folder = small
    folder.rename(tmp_path / "away")
    with pytest.raises(DataError, match="is not downloaded") as caught:
        dataset.locate(dataset.test)
    for folder in dataset.search_folders:
        assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["", "TEST", "validation"])
def test_unknown_splits(small, name):
    with pytest.raises(InputError, match="there is no split named"):
        small[0].split(name)


# --- the archive


def packed(dataset, contents, *, members=(), folder=None):
    """A .tar.gz as it is published: a folder, a text, the files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:

        def add(name, data, **fields):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in fields.items():
                setattr(info, field, value)
            tar.addfile(info, io.BytesIO(data))

        top = folder or dataset.archive.folder
        add(top, b"", type=tarfile.DIRTYPE)
        add(f"{top}/readme.html", b"<p>")
        for member in members:
            add(*member[:2], **(member[2] if len(member) > 2 else {}))
        for name, (data, _, _) in contents.items():
            add(f"{top}/{name}", data)
    return gzip.compress(stream.getvalue(), 1, mtime=0)


@pytest.fixture
def archived(small, tmp_path):
    """The set without its files; a function that puts an archive in their place."""
    dataset, contents, folder = small
    folder.rename(tmp_path / "away")

    def put(data, *, claimed=None):
        (tmp_path / "own" / dataset.archive.name).write_bytes(data)
        archive = Archive(dataset.archive.name, sha256(claimed or data), dataset.archive.folder)
        return dataclasses.replace(dataset, archive=archive)

    return put, contents, dataset


def test_a_local_archive_is_unpacked(archived, tmp_path):
    put, contents, plain = archived
    dataset = put(packed(plain, contents))
    folder = fetch(dataset)
    assert folder == tmp_path / "cache" / dataset.name
    assert sorted(path.name for path in folder.iterdir()) == sorted(contents)
    assert [len(dataset.split(name)) for name in SPLITS][1:] == [20, RECORDS]
    assert (tmp_path / "own" / dataset.archive.name).exists()  # it is the user's


HOSTILE = [
    ("../../outside", b"x"),
    ("/tmp/outside", b"x"),
    ("link", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
    ("hard", b"", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}),
    ("device", b"", {"type": tarfile.CHRTYPE}),
    ("data.pkl", b"cos\nsystem\n."),
]


def test_other_members_are_not_written(archived, tmp_path):
    put, contents, plain = archived
    dataset = put(packed(plain, contents, members=HOSTILE))
    fetch(dataset)
    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {*contents, dataset.archive.name}


def test_links_in_the_archive_are_not_followed(archived):
    put, contents, plain = archived
    name = plain.test.name
    link = (f"{plain.archive.folder}/{name}", b"", {"type": tarfile.SYMTYPE, "linkname": "/x"})
    rest = {key: value for key, value in contents.items() if key != name}
    dataset = put(packed(plain, rest, members=[link]))
    with pytest.raises(FormatError, match=f"the archive has no .*{name}"):
        fetch(dataset)


def test_another_archive_is_not_opened(archived, tmp_path):
    put, contents, plain = archived
    data = packed(plain, contents)
    dataset = put(data[:-100], claimed=data)
    with pytest.raises(FormatError, match="not the published archive: SHA-256"):
        fetch(dataset)
    assert not any((tmp_path / "cache").rglob("*.bin"))


@pytest.mark.parametrize("wrong", ["cut", "length", "content", "folder"])
def test_an_archive_without_the_files(archived, tmp_path, wrong):
    put, contents, plain = archived
    name = plain.test.name
    data, labels, pixels = contents[name]
    changed = {"length": data + b"x", "content": data[:-1] + b"x"}.get(wrong, data)
    contents = contents | {name: (changed, labels, pixels)}
    whole = packed(plain, contents, folder="elsewhere" if wrong == "folder" else None)
    dataset = put(whole[: len(whole) // 2] if wrong == "cut" else whole)
    with pytest.raises(FormatError):
        fetch(dataset)
    assert not (tmp_path / "cache" / dataset.name / name).exists()
    assert not list(tmp_path.rglob("*.tmp-*"))


class _Mirror:
    """In place of the network: gives what it holds, in pieces."""

    def __init__(self, data):
        self.data, self.asked = data, []

    def __call__(self, address, **_limits):
        self.asked.append(address)
        for begin in range(0, len(self.data), 1000):
            yield self.data[begin : begin + 1000]


def test_from_a_mirror(archived, tmp_path, monkeypatch):
    put, contents, plain = archived
    whole = packed(plain, contents)
    dataset = dataclasses.replace(put(whole), mirrors=("https://one/", "https://two/"))
    (tmp_path / "own" / dataset.archive.name).unlink()
    mirror = _Mirror(whole)
    monkeypatch.setattr("convscope.io.download.download", mirror)
    heard = []
    folder = fetch(dataset, progress=lambda *news: heard.append(news))
    assert mirror.asked == [f"https://one/{dataset.archive.name}"]
    assert heard[-1] == (dataset.archive.name, len(whole))
    assert sorted(path.name for path in folder.iterdir()) == sorted(contents)


def test_mirrors_with_other_content(archived, tmp_path, monkeypatch):
    put, contents, plain = archived
    dataset = dataclasses.replace(
        put(packed(plain, contents)), mirrors=("https://one/", "https://two/")
    )
    (tmp_path / "own" / dataset.archive.name).unlink()
    monkeypatch.setattr("convscope.io.download.download", _Mirror(b"<html>Sign in</html>"))
    with pytest.raises(DataError, match=r"one/\S+: SHA-256 .*two/\S+: SHA-256") as caught:
        fetch(dataset)
    assert f"put {dataset.archive.name} into" in str(caught.value)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_existing_files_are_not_downloaded(small, monkeypatch):
    dataset, _, folder = small
    monkeypatch.setattr("convscope.io.download.download", None)
    assert fetch(dataset) == folder


def test_records_of_any_number(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(3 * EACH))
    numbers = cifar_records.read_records(path, num=3, label_bytes=1)
    assert numbers.shape == (3, EACH)
    with pytest.raises(FormatError, match="cannot be read"):
        cifar_records.read_records(tmp_path / "none", num=3, label_bytes=1)
