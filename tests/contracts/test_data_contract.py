"""Contract of every data set; those whose files are present are read and measured.

MNIST is in the package, so that there is always one.
"""

import dataclasses
import functools
import gzip
import hashlib
import io
import lzma

import numpy as np
import pytest
import torch
from PIL import Image

import convscope.data
from convscope.data import Split, find, list_datasets, write_shards
from convscope.data.dataset import SPLITS, FileDataSet
from convscope.data.formats import idx_dataset, validation
from convscope.data.formats.idx import write_idx
from convscope.data.formats.idx_dataset import IdxDataSet
from convscope.data.formats.published import PublishedFile
from convscope.data.formats.validation import validation_split
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.sets.mnist import MNIST
from convscope.errors import DataError, FormatError, InputError
from convscope.io.conversion import to_grey, to_rgb
from convscope.io.image_writing import encode_image
from convscope.io.images import read_image

COUNTS = {"train": 55_000, "val": 5_000, "test": 10_000}


def _is_here(dataset):
    try:
        return bool([dataset.locate(file) for file in dataset.files])
    except DataError:
        return False


@functools.cache
def plain(path):
    """What a file holds, unpacked without the reader that is under test."""
    unpack = {".xz": lzma.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
    return unpack(path.read_bytes())


def numbers(dataset, file, *shape):
    return np.frombuffer(plain(dataset.locate(file)), np.uint8, offset=4 + 4 * len(shape)).reshape(
        shape
    )


DATASETS = [find(name) for name in list_datasets()]
IDX = [dataset for dataset in DATASETS if isinstance(dataset, IdxDataSet)]
HERE = [dataset for dataset in IDX if _is_here(dataset)]
named = pytest.mark.parametrize("dataset", IDX, ids=lambda dataset: dataset.name)
every = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)


@pytest.fixture(scope="module", params=HERE, ids=lambda dataset: dataset.name)
def opened(request):
    """A data set and all of its splits, read once and shared."""
    dataset = request.param
    return dataset, {name: dataset.split(name) for name in SPLITS}


# --- what needs no files


def test_mnist_is_in_the_package():
    assert MNIST in HERE


def test_the_list():
    names = convscope.data.list_datasets()
    assert names == [dataset.name for dataset in DATASETS]
    assert len(set(names)) == len(names)
    assert tuple(COUNTS) == SPLITS
    assert len(set(convscope.data.__all__)) == len(convscope.data.__all__)
    assert all(hasattr(convscope.data, name) for name in convscope.data.__all__)


@named
def test_published_data_sets_are_complete(dataset):
    assert dataset.name.isidentifier()
    assert dataset.name == dataset.name.lower()
    assert len(set(dataset.classes)) == len(dataset.classes) == 10
    assert dataset.shape == (1, 28, 28)
    assert len(dataset.mean) == len(dataset.std) == dataset.shape.channels
    assert all(0 < number < 1 for number in (*dataset.mean, *dataset.std))
    assert dataset.notice
    assert dataset.title
    assert len({file.name for file in dataset.files}) == len(dataset.files)
    for file in dataset.files:
        assert len(bytes.fromhex(file.sha256)) == 32


@every
def test_names_with_other_capitals_and_hyphens(dataset):
    for name in (dataset.name, dataset.name.upper(), dataset.name.replace("_", "-")):
        assert convscope.data.find(name) is dataset


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mnits", "did you mean mnist"),
        ("fashion", "did you mean fashion_mnist"),
        ("", "there is no data set"),
        ("../mnist", "convscope list datasets"),
        ("mnist\n", "mnist"),
    ],
)
def test_unknown_names(name, said):
    for open_one in (convscope.data.open, convscope.data.find):
        with pytest.raises(InputError, match=said.replace(".", r"\.")):
            open_one(name)


@every
def test_published_data_sets_follow_the_protocol(dataset):
    assert dataset.channels == dataset.shape.channels == len(dataset.mean) == len(dataset.std)
    assert len(set(dataset.classes)) == len(dataset.classes) > 1
    assert len(bytes.fromhex(dataset.fingerprint())) == 32
    assert convscope.data.source_of(dataset) == dataset.name


@named
def test_the_fingerprint_depends_on_pixels_labels_and_splits(dataset, monkeypatch):
    before = dataset.fingerprint()
    assert len(bytes.fromhex(before)) == 32
    assert dataclasses.replace(dataset).fingerprint() == before
    others = {before}
    for number, file in enumerate(dataset.files):
        changed = PublishedFile(file.name, "0" * 64)
        files = (*dataset.files[:number], changed, *dataset.files[number + 1 :])
        others.add(dataclasses.replace(dataset, idx_files=files).fingerprint())
    for name in ("SPLIT_SEED", "NUM_VALIDATION"):
        with monkeypatch.context() as patch:
            patch.setattr(validation, name, getattr(validation, name) + 1)
            others.add(dataset.fingerprint())
    assert len(others) == 7
    images, labels, test_images, test_labels = dataset.files
    swapped = dataclasses.replace(dataset, idx_files=(test_images, labels, images, test_labels))
    assert swapped.fingerprint() not in others


def test_fingerprints_and_files_differ_between_data_sets():
    assert len({dataset.fingerprint() for dataset in DATASETS}) == len(DATASETS)
    sums = [file.sha256 for dataset in DATASETS for file in dataset.files]
    assert len(set(sums)) == len(sums)


def test_fingerprints_are_frozen():
    # models and runs carry it: it changes only with the data or the cut
    assert MNIST.fingerprint() == (
        "e4766d843ef04c740e099e1ff066509bae6eecca50e730e5ead394c16ad39cb2"
    )


# --- what is read


def test_counts_shapes_and_types(opened):
    dataset, splits = opened
    for name, split in splits.items():
        assert isinstance(split, Split)
        assert len(split) == COUNTS[name]
        assert split.images_NCHW.shape == (COUNTS[name], *dataset.shape)
        assert split.images_NCHW.dtype == torch.uint8
        assert split.images_NCHW.is_contiguous()
        assert split.labels_N.shape == (COUNTS[name],)
        assert split.labels_N.dtype == torch.int64


def test_labels_are_classes_and_every_class_is_in_every_split(opened):
    dataset, splits = opened
    for split in splits.values():
        assert split.labels_N.unique().tolist() == list(range(len(dataset.classes)))


def test_pixels_use_the_whole_scale(opened):
    _, splits = opened
    for split in splits.values():
        assert (split.images_NCHW.min(), split.images_NCHW.max()) == (0, 255)


def test_training_and_validation_partition_the_file(opened):
    """Every image of the file is in exactly one of the two, in the order of the file."""
    dataset, splits = opened
    images = numbers(dataset, dataset.files[0], 60_000, 28, 28)
    labels = numbers(dataset, dataset.files[1], 60_000)
    held_back = validation_split(labels)
    indices = {"train": np.flatnonzero(~held_back), "val": np.flatnonzero(held_back)}
    assert not set(indices["train"]) & set(indices["val"])
    assert sorted([*indices["train"], *indices["val"]]) == list(range(60_000))
    for name, index in indices.items():
        assert np.array_equal(splits[name].images_NCHW[:, 0].numpy(), images[index])
        assert np.array_equal(splits[name].labels_N.numpy(), labels[index])


def test_the_test_split_is_the_test_file(opened):
    dataset, splits = opened
    images = numbers(dataset, dataset.files[2], 10_000, 28, 28)
    labels = numbers(dataset, dataset.files[3], 10_000)
    assert np.array_equal(splits["test"].images_NCHW[:, 0].numpy(), images)
    assert np.array_equal(splits["test"].labels_N.numpy(), labels)


def test_validation_has_the_same_share_of_every_class(opened):
    _, splits = opened
    held_back = splits["val"].labels_N.bincount(minlength=10)
    total = held_back + splits["train"].labels_N.bincount(minlength=10)
    assert ((held_back - total * (5_000 / 60_000)).abs() < 1).all()


def test_validation_images_are_spread_over_the_file(opened):
    dataset, _ = opened
    held_back = validation_split(numbers(dataset, dataset.files[1], 60_000))
    tenths = held_back.reshape(10, 6_000).sum(1)
    assert abs(tenths - 500).max() < 5 * np.sqrt(500)


def test_mean_and_std_are_those_of_the_training_split(opened):
    dataset, splits = opened
    # whole numbers, so that nothing is rounded before the end
    pixels = splits["train"].images_NCHW.flatten().bincount(minlength=256).tolist()
    count = sum(pixels)
    mean = sum(value * times for value, times in enumerate(pixels)) / count
    square = sum(value**2 * times for value, times in enumerate(pixels)) / count
    assert round(mean / 255, 6) == dataset.mean[0]
    assert round((square - mean**2) ** 0.5 / 255, 6) == dataset.std[0]


def test_splits_are_reproducible_and_writable(opened):
    dataset, splits = opened
    for name in ("val", "test"):
        one = dataset.split(name)
        one.images_NCHW.fill_(9)
        one.labels_N.fill_(9)
        again = dataset.split(name)
        assert torch.equal(again.images_NCHW, splits[name].images_NCHW)
        assert torch.equal(again.labels_N, splits[name].labels_N)


@pytest.mark.parametrize("name", ["trian", "", "TEST", "validation", "test "])
def test_unknown_splits(opened, name):
    with pytest.raises(InputError, match="there is no split named"):
        opened[0].split(name)


def test_the_files_are_the_published_ones_of_mnist():
    """MD5 as Yann LeCun's files were known by for twenty years: of what is in the package."""
    published = (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    )
    for file, expected in zip(MNIST.files, published, strict=True):
        path = MNIST.folders[0] / f"{file.name}.xz"
        assert hashlib.md5(plain(path), usedforsecurity=False).hexdigest() == expected
        assert hashlib.sha256(plain(path)).hexdigest() == file.sha256
    assert (MNIST.folders[0] / "NOTICE.md").is_file()


def test_the_splits_of_mnist_are_frozen():
    labels = numbers(MNIST, MNIST.files[1], 60_000)
    index = np.flatnonzero(validation_split(labels))
    assert index[:8].tolist() == [1, 3, 65, 71, 74, 90, 93, 101]
    assert hashlib.sha256(index.astype("<i8").tobytes()).hexdigest() == (
        "552492dbc6bea96ccfbd29ba2a30ea976327e70190d0a4ba42b6010c5b7b4faa"
    )


# --- what is opened by its path: photos of many sizes, small images of one, and their shards


def _picture(number, size, mode):
    if mode == "I;16":  # a camera of 12 bits
        pixels = np.random.RandomState(number).randint(4096, size=size, dtype=np.uint16)
        return encode_image(pixels[..., None], ".png")
    shape = size if mode == "L" else (*size, len(mode))
    pixels = np.random.RandomState(number).randint(256, size=shape, dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _folder(root, splits, *, size, mode="RGB"):
    for number in range(20):
        tall = size if max(size) < 64 else (size[0] + number, size[1])
        for split in splits:
            path = root / split / "ab"[number % 2] / f"{number:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_picture(100 * len(split) + number, tall, mode))
    return root


def _shards(root, folder):
    write_shards(convscope.data.open(folder), root, max_images=7)
    return root


def _arrays(root, size):
    """A .npz file with the splits' images and labels, as `size` says."""
    root.mkdir()
    arrays = {}
    for number, name in enumerate(SPLITS):
        random = np.random.RandomState(number)
        arrays[f"{name}_images"] = random.randint(256, size=(20, *size), dtype=np.uint8)
        arrays[f"{name}_labels"] = np.array(["a", "b"])[np.arange(20) % 2]
    np.savez(root / "x.npz", **arrays)
    return root / "x.npz"


def _table(root):
    """A CSV file with the labels and splits of images in one folder."""
    rows = ["file,label,split"]
    for number in range(60):
        path = root / "images" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_picture(number, (70 + number, 80), "RGB"))
        rows.append(f"{path.name},{'ab'[number % 2]},{SPLITS[number % 3]}")
    (root / "labels.csv").write_text("\n".join(rows))
    return root / "labels.csv"


BY_PATH = {
    "table": lambda root: _table(root / "x"),
    "arrays": lambda root: _arrays(root / "x", (9, 8, 3)),
    "grey arrays": lambda root: _arrays(root / "x", (70, 80)),
    "photos": lambda root: _folder(root / "x", SPLITS, size=(70, 80)),
    "cut photos": lambda root: _folder(root / "x", [""], size=(70, 80)),
    "small": lambda root: _folder(root / "x", SPLITS, size=(12, 13), mode="L"),
    "alpha": lambda root: _folder(root / "x", SPLITS, size=(70, 80), mode="RGBA"),
    "small alpha": lambda root: _folder(root / "x", SPLITS, size=(12, 13), mode="LA"),
    "16 bits": lambda root: _folder(root / "x", SPLITS, size=(70, 80), mode="I;16"),
    "small 16 bits": lambda root: _folder(root / "x", SPLITS, size=(12, 13), mode="I;16"),
    "alpha shards": lambda root: _shards(
        root / "y", _folder(root / "x", [""], size=(70, 80), mode="LA")
    ),
    "16-bit shards": lambda root: _shards(
        root / "y", _folder(root / "x", SPLITS, size=(70, 80), mode="I;16")
    ),
    "shards": lambda root: _shards(root / "y", _folder(root / "x", SPLITS, size=(70, 80))),
    "small shards": lambda root: _shards(
        root / "y", _folder(root / "x", [""], size=(9, 9), mode="L")
    ),
}


@pytest.fixture(scope="module", params=BY_PATH)
def place(request, tmp_path_factory):
    return BY_PATH[request.param](tmp_path_factory.mktemp("by path"))


def test_data_sets_by_path_follow_the_protocol(place):
    dataset = convscope.data.open(place)
    assert dataset.classes == ("a", "b")
    assert dataset.channels in (1, 3)
    assert dataset.shape is None or dataset.shape.channels == dataset.channels
    assert len(dataset.mean) == len(dataset.std) == dataset.channels
    assert all(0 < number < 1 for number in (*dataset.mean, *dataset.std))
    again = convscope.data.open(convscope.data.source_of(dataset))
    for name in ("name", "classes", "channels", "shape", "mean", "std"):
        assert getattr(again, name) == getattr(dataset, name), name
    assert again.fingerprint() == dataset.fingerprint()
    assert len(bytes.fromhex(dataset.fingerprint())) == 32
    with pytest.raises(InputError, match="there is no split named"):
        dataset.split("trian")


def test_splits_of_data_sets_by_path(place):
    dataset = convscope.data.open(place)
    seen = []
    for name in SPLITS:
        split = dataset.split(name)
        assert isinstance(split, Split if dataset.shape else PhotoSplit)
        assert split.labels_N.shape == (len(split),)
        assert split.labels_N.unique().tolist() == [0, 1]
        for index in range(len(split)):
            image = split.image(index)
            assert image.dtype == torch.uint8
            assert image.shape[0] == dataset.channels
            assert dataset.shape is None or image.shape == dataset.shape
            seen.append(hashlib.sha256(image.contiguous().numpy()).hexdigest())
    assert len(set(seen)) == len(seen)  # no image in two splits


def test_files_are_decoded_by_one_rule(place):
    dataset = convscope.data.open(place)
    if not isinstance(dataset, FileDataSet):
        return
    conversion = dataset.conversion
    for name in SPLITS:
        photos, split = dataset.photos(name), dataset.split(name)
        for index in range(len(split)):
            data = photos.read(index).data
            pixels = read_image(data)
            assert pixels.dtype == (np.uint8 if conversion.white_level is None else np.uint16)
            own = (to_grey if dataset.channels == 1 else to_rgb)(pixels, conversion)
            np.testing.assert_array_equal(split.image(index).permute(1, 2, 0), own)
    assert conversion.white_level in (None, 4095)


def _seen(images_NCHW):
    """A preprocessing to one size: the first 8 x 8 pixels."""
    return images_NCHW[:, :, :8, :8].float()


@pytest.mark.parametrize("world_size", [1, 3])
def test_inputs_are_every_image_once(place, world_size):
    split = convscope.data.open(place).split("train")
    expected = torch.cat([_seen(split.image(index)[None]) for index in range(len(split))])
    for rank in range(world_size):
        batches = list(split.inputs(_seen, batch_size=3, rank=rank, world_size=world_size))
        assert torch.equal(torch.cat([inputs for inputs, _ in batches]), expected[rank::world_size])
        labels = torch.cat([labels for _, labels in batches])
        assert torch.equal(labels, split.labels_N[rank::world_size])


def test_inputs_of_a_data_set_in_memory(opened):
    _, splits = opened
    inputs = torch.cat([x for x, _ in splits["val"].inputs(_seen, batch_size=999)])
    assert torch.equal(inputs, _seen(splits["val"].images_NCHW))


# --- damage, on a copy that is small enough to be damaged often


@pytest.fixture
def small(tmp_path, monkeypatch):
    """120 training images, of which 10 are held back, and 20 for the test; in plain files."""
    for name, count in (("NUM_TRAINING", 120), ("NUM_TEST", 20)):
        monkeypatch.setattr(idx_dataset, name, count)
    monkeypatch.setattr(validation, "NUM_VALIDATION", 10)
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path))
    random = np.random.RandomState(0)
    files = []
    (tmp_path / "small").mkdir()
    for kind, count in (("train", 120), ("test", 20)):
        for shape, most in (((count, 28, 28), 256), ((count,), 10)):
            name = f"{kind}-{len(shape)}"
            whole = write_idx(random.randint(most, size=shape, dtype=np.uint8))
            (tmp_path / "small" / name).write_bytes(whole)
            files.append(PublishedFile(name, hashlib.sha256(whole).hexdigest()))
    return dataclasses.replace(MNIST, name="small", folders=(), mirrors=(), idx_files=tuple(files))


def test_splits_of_a_small_copy(small):
    assert [len(small.split(name)) for name in SPLITS] == [110, 10, 20]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("at", [-1, 20])
def test_a_changed_byte_is_detected(small, split, at):
    files = small.files[2:] if split == "test" else small.files[:2]
    for file in files:
        path = small.locate(file)
        whole = bytearray(path.read_bytes())
        whole[at] ^= 1
        path.write_bytes(whole)
        with pytest.raises(FormatError, match="not the published file") as caught:
            dataclasses.replace(small).split(split)
        assert str(path) in str(caught.value)
        whole[at] ^= 1
        path.write_bytes(whole)
    assert dataclasses.replace(small).split(split)


def test_files_of_another_shape_are_refused(small):
    path, labels = small.locate(small.files[2]), small.locate(small.files[3])
    for other in ((19, 28, 28), (20, 28, 27), (20, 784)):
        path.write_bytes(write_idx(np.zeros(other, np.uint8)))
        with pytest.raises(FormatError, match=r"expected: \(20, 28, 28\)"):
            small.split("test")
    path.write_bytes(labels.read_bytes())  # one in the place of the other
    with pytest.raises(FormatError, match=path.name):
        small.split("test")


def test_a_missing_file_is_named(small):
    small.locate(small.files[3]).unlink()
    assert len(small.split("train")) == 110
    with pytest.raises(DataError, match="no test-1 in"):
        small.split("test")


@pytest.mark.parametrize("counts", [[60_000], [59_999, 1], [6_000] * 10, [1, 29_999, 30_000]])
def test_validation_split_of_any_labels(counts):
    labels = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    held_back = validation_split(labels)
    assert held_back.sum() == 5_000
    for label, count in enumerate(counts):
        assert abs(held_back[labels == label].sum() - count / 12) < 1


def test_no_data_set_reads_the_test_file_for_training(small):
    small.locate(small.files[2]).unlink()
    small.locate(small.files[3]).unlink()
    assert len(small.split("val")) == 10
