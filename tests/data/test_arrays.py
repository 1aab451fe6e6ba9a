"""Own data sets in IDX, .npy and .npz files: the shapes that people bring, and hostile files."""

import contextlib
import gzip
import io
import resource
import struct
import zipfile

import numpy as np
import pytest

import convscope.data
from convscope.data import DataOptions
from convscope.data.arrays.npy import read_npy
from convscope.data.arrays.roles import role_of
from convscope.data.formats.idx import write_idx
from convscope.errors import ConvscopeError, DataError, FormatError, InputError


def pixels(number, *shape):
    return np.random.RandomState(number).randint(256, size=shape, dtype=np.uint8)


X, Y = pixels(0, 60, 9, 8), np.arange(60) % 3
V, W = pixels(1, 20, 9, 8), np.arange(20) % 3


def saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def upright(split):
    return split.images_NCHW.numpy(), split.labels_N.numpy()


@pytest.mark.parametrize(
    ("name", "split", "kind", "group"),
    [
        ("train-images-idx3-ubyte.gz", "train", "images", ""),
        ("t10k-labels.idx1-ubyte", "test", "labels", ""),
        ("emnist-letters-test-images-idx3-ubyte.gz", "test", "images", "emnist letters"),
        ("k49-train-imgs.npz", "train", "images", "k"),
        ("kmnist-test-labels.npz", "test", "labels", "kmnist"),
        ("x_train", "train", "images", ""),
        ("yTest", "test", "labels", ""),
        ("trainLabels", "train", "labels", ""),
        ("X_val.npy", "val", "images", ""),
        ("val_labels", "val", "labels", ""),
        ("valid_targets", "val", "labels", ""),
        ("class_names", "all", "names", ""),
        ("pathmnist.npz", "all", None, "pathmnist"),
    ],
)
def test_names_state_split_and_kind(name, split, kind, group):
    assert role_of(name) == (split, kind, group)


def keras(root):
    return saved(root / "mnist.npz", x_train=X, y_train=Y.astype(np.uint8), x_test=V, y_test=W)


def medmnist(root):
    three = {"train": (X, Y), "val": (V, W), "test": (pixels(2, 20, 9, 8), W)}
    arrays = {f"{split}_images": x for split, (x, _) in three.items()}
    return saved(
        root / "bloodmnist.npz",
        **arrays,
        **{f"{split}_labels": y[:, None].astype(np.uint8) for split, (_, y) in three.items()},
    )


def kuzushiji(root):
    for split, x, y in (("train", X, Y), ("test", V, W)):
        saved(root / f"kmnist-{split}-imgs.npz", arr_0=x)
        saved(root / f"kmnist-{split}-labels.npz", arr_0=y.astype(np.uint8))
    return root


def idx(root):
    for name, array in (("train-images-idx3", X), ("t10k-images-idx3", V)):
        (root / f"{name}-ubyte").write_bytes(write_idx(array))
    for name, array in (("train-labels-idx1", Y), ("t10k-labels-idx1", W)):
        packed = gzip.compress(write_idx(array.astype(np.uint8)))
        (root / f"{name}-ubyte.gz").write_bytes(packed)
    return root


def npy(root):
    for name, array in (("X_train", X), ("y_train", Y), ("X_test", V), ("y_test", W)):
        np.save(root / f"{name}.npy", array)
    return root


def two_files(root):
    saved(root / "train.npz", x=X, y=Y)
    saved(root / "test.npz", x=V, y=W)
    return root


SHAPES = {f.__name__: f for f in (keras, medmnist, kuzushiji, idx, npy, two_files)}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_that_people_bring(tmp_path, shape):
    dataset = convscope.data.open(SHAPES[shape](tmp_path))
    assert dataset.classes == ("0", "1", "2")
    assert tuple(dataset.shape) == (1, 9, 8)
    test = pixels(2, 20, 9, 8) if shape == "medmnist" else V
    images, labels = upright(dataset.split("test"))
    assert np.array_equal(images[:, 0], test)
    assert np.array_equal(labels, W)
    both = [upright(dataset.split(name)) for name in ("train", "val")]
    if shape == "medmnist":
        assert np.array_equal(both[0][0][:, 0], X)
        assert dataset.notes == ()
    else:
        assert [len(labels) for _, labels in both] == [54, 6]
        assert "10 % of train" in dataset.notes[-1]
        of = {x.tobytes(): y for x, y in zip(X, Y, strict=True)}
        for images, labels in both:
            assert all(of.pop(x.tobytes()) == y for x, y in zip(images, labels, strict=True))
        assert not of


def test_a_file_opens_the_set_it_belongs_to(tmp_path):
    kuzushiji(tmp_path)
    other = dict.fromkeys(("train", "test"), V)
    for split, x in other.items():
        saved(tmp_path / f"k-{split}-imgs.npz", arr_0=x)
        saved(tmp_path / f"k-{split}-labels.npz", arr_0=W)
    with pytest.raises(DataError, match="2 data sets: k, kmnist") as caught:
        convscope.data.open(tmp_path)
    assert "k-test-imgs.npz" in str(caught.value)
    opened = convscope.data.open(tmp_path / "kmnist-test-labels.npz")
    assert len(opened.split("test")) == 20
    assert opened.name == "kmnist"


@pytest.mark.parametrize("order", ["NHWC", "NCHW", "flat"])
def test_orders_of_axes(tmp_path, order):
    images = pixels(3, 30, 7, 7, 3)
    given = {"NHWC": images, "NCHW": images.transpose(0, 3, 1, 2), "flat": images[..., 0]}[order]
    given = given.reshape(30, 49) if order == "flat" else given
    dataset = convscope.data.open(
        saved(tmp_path / "a.npz", train_images=given, train_labels=Y[:30], test_images=V[:0])
        if order != "flat"
        else saved(tmp_path / "a.npz", train_images=given, train_labels=Y[:30])
    )
    expected = images.transpose(0, 3, 1, 2) if order != "flat" else images[:, None, :, :, 0]
    seen = np.concatenate([upright(dataset.split(n))[0] for n in ("train", "val")])
    assert sorted(x.tobytes() for x in seen) == sorted(x.tobytes() for x in expected)


@pytest.mark.parametrize(
    "given",
    [
        X / 255,
        (X / np.float32(255)).astype(np.float32),
        (X / 255).astype(np.float16),
        X.astype(np.int64),
        X.astype(np.float32),
        X.astype(">i4"),
        np.asfortranarray(X),
    ],
    ids=lambda array: str(array.dtype),
)
def test_types_that_are_certain_are_converted(tmp_path, given):
    dataset = convscope.data.open(
        saved(tmp_path / "a.npz", x_train=given, y_train=Y, x_val=V, y_val=W)
    )
    assert np.array_equal(upright(dataset.split("train"))[0][:, 0], X)
    assert (given.dtype == np.uint8) == (not dataset.notes)


def test_copies_stay_in_one_split(tmp_path):
    twice = np.repeat(pixels(4, 60, 9, 8), 2, axis=0)
    dataset = convscope.data.open(saved(tmp_path / "a.npz", x=twice, y=np.repeat(Y, 2)))
    seen = [{x.tobytes() for x in upright(dataset.split(n))[0]} for n in dataset.splits]
    assert dataset.splits == ("train", "val", "test")
    assert len(set.union(*seen)) == sum(map(len, seen)) == 60


def test_labels_that_do_not_begin_at_0_keep_their_numbers(tmp_path):
    path = saved(tmp_path / "a.npz", x_train=X, y_train=Y * 5 + 1, x_val=V, y_val=W * 5 + 1)
    assert convscope.data.open(path).classes == ("1", "6", "11")
    assert convscope.data.open(path).split("val").labels_N.tolist() == W.tolist()


def test_class_names(tmp_path):
    path = saved(tmp_path / "a.npz", x_train=X, y_train=Y + 1, x_val=V, y_val=W + 1)
    opened = convscope.data.open(path, options=DataOptions(class_names=("ant", "bee", "cow")))
    assert opened.classes == ("ant", "bee", "cow")
    assert "labels 1 to 3" in opened.notes[-1]
    more = convscope.data.open(path, options=DataOptions(class_names=("-", "ant", "bee", "cow")))
    assert more.split("val").labels_N.tolist() == (W + 1).tolist()
    assert "1 of 4 classes have no training image" in more.notes[-1]
    with pytest.raises(DataError, match="labels without a class name"):
        convscope.data.open(path, options=DataOptions(class_names=("ant", "bee")))
    stored = saved(tmp_path / "b.npz", x=X, y=Y, class_names=np.array(["ant", "bee", "cow"]))
    assert convscope.data.open(stored).classes == ("ant", "bee", "cow")
    texts = saved(tmp_path / "c.npz", x=X, y=np.array(["bee", "ant", "cow"])[Y])
    assert convscope.data.open(texts).classes == ("ant", "bee", "cow")


def test_emnist_is_turned_upright_and_has_its_names(tmp_path):
    for split, x, y in (("train", X, Y), ("test", V, W)):
        base = tmp_path / f"emnist-letters-{split}"
        base.with_name(f"{base.name}-images-idx3-ubyte").write_bytes(write_idx(x))
        labels = write_idx((y + 1).astype(np.uint8))
        base.with_name(f"{base.name}-labels-idx1-ubyte").write_bytes(labels)
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n3 67 99\n")
    dataset = convscope.data.open(tmp_path)
    assert dataset.classes == ("Aa", "Bb", "Cc")
    assert np.array_equal(upright(dataset.split("test"))[0][:, 0], V.transpose(0, 2, 1))
    assert any("upright" in note for note in dataset.notes)


def test_kuzushiji_has_its_characters(tmp_path):
    kuzushiji(tmp_path)
    rows = "index,codepoint,char\n0,U+304A,お\n1,U+304D,き\n2,U+3059,す\n"
    (tmp_path / "kmnist_classmap.csv").write_text(rows, "utf-8")
    assert convscope.data.open(tmp_path).classes == ("お", "き", "す")


REFUSED = {
    "objects": ({"x": np.array([{}, {}, {}]), "y": Y[:3]}, "Python objects"),
    "standardised": ({"x": (X - 128.0) / 60, "y": Y}, "float64 with values"),
    "unit but not bytes": ({"x": pixels(5, 60, 9, 8) / 300, "y": Y}, "float64 with values"),
    "NaN": ({"x": np.full((9, 9, 8), np.nan), "y": Y[:9]}, "float64 with values"),
    "16 bit": ({"x": X.astype(np.uint16) * 200, "y": Y}, "uint16 with values"),
    "complex": ({"x": X.astype(complex), "y": Y}, "complex128|Python objects|c16"),
    "four channels": ({"x": pixels(6, 60, 9, 8, 4), "y": Y}, r"shape \(60, 9, 8, 4\)"),
    "either order": ({"x": pixels(6, 60, 3, 8, 3), "y": Y}, r"shape \(60, 3, 8, 3\)"),
    "many labels": ({"x": X, "y": np.eye(3, dtype=int)[Y] | 1}, "up to 3 per image"),
    "part of a label": ({"x": X, "y": Y + 0.5}, "labels of float64"),
    "other counts": ({"x": X, "y": Y[:59]}, "60 images and 59 labels"),
    "no labels": ({"x": X}, "no images with labels"),
    "one class": ({"x": X, "y": Y * 0}, "only one class"),
    "other classes": (
        {"x_train": X, "y_train": Y, "x_test": V, "y_test": W + 2},
        "13 of 20 labels of test are not in train, such as",
    ),
    "other shapes": (
        {"x_train": X, "y_train": Y, "x_test": V[:, 1:], "y_test": W},
        "different shapes",
    ),
    "escapes in labels": ({"x": X, "y": np.array(["a", "b", "\x1b[2J"])[Y]}, "control characters"),
    "two sets of images": ({"x": X, "images": X, "y": Y}, "are both the images"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_certain_is_refused(tmp_path, kind):
    arrays, message = REFUSED[kind]
    with pytest.raises((DataError, FormatError), match=message):
        convscope.data.open(saved(tmp_path / "a.npz", **arrays))


@pytest.mark.parametrize(("low", "high"), [(0, 51_000), (-4.5, 4.7)])
def test_the_scaling_that_a_refusal_advises_works(tmp_path, low, high):
    array = low + (high - low) * X.astype(np.float64) / X.max()
    with pytest.raises(DataError) as caught:
        convscope.data.open(saved(tmp_path / "a.npz", x=array, y=Y))
    code = caught.value.fix.removeprefix("scale it: ").partition(", with")[0]
    scaled = eval(code, {"array": array})
    assert convscope.data.open(saved(tmp_path / "b.npz", x=scaled, y=Y)).classes == ("0", "1", "2")
    assert abs(scaled.astype(int) - np.rint(X / X.max() * 255)).max() <= 1


def test_arrays_in_folders_around_them_and_their_compressed_copies(tmp_path):
    raw = tmp_path / "MNIST" / "raw"  # as torchvision leaves them
    raw.mkdir(parents=True)
    for name, array in (("images.idx3", X), ("labels.idx1", Y.astype(np.uint8))):
        data = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
        (raw / f"train-{name}-ubyte").write_bytes(data + array.tobytes())
        (raw / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(data + array.tobytes()))
    opened = convscope.data.open(tmp_path)
    assert {name: len(opened.split(name)) for name in opened.splits} == {"train": 54, "val": 6}
    assert "the data are in MNIST/raw/" in opened.notes


def test_options_that_do_not_apply_are_refused(tmp_path):
    with pytest.raises(InputError, match="layout cannot apply"):
        convscope.data.open(keras(tmp_path), options=DataOptions(layout="splits"))


def test_images_without_labels_are_left_out_with_their_number(tmp_path):
    dataset = convscope.data.open(saved(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=V))
    assert "20 images of test have no labels: left out" in dataset.notes


def test_a_folder_of_images_stays_one(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.png").write_bytes(b"x")
    saved(tmp_path / "features.npz", x=X, y=Y)
    assert convscope.data.open(tmp_path).classes == ("a", "b")


# --- hostile files


def header_of(shape, descr="|u1", size=None, version=1):
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    form = "<H" if version == 1 else "<I"
    length = struct.pack(form, len(text) if size is None else size)
    return b"\x93NUMPY" + bytes([version, 0]) + length + text


def zipped(path, data, *, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.npy", data)
        archive.writestr("y.npy", header_of((1,)) + b"0")
    return path


HOSTILE = {
    "a huge shape": header_of((1 << 40, 28, 28)),
    "a product beyond 64 bits": header_of((1 << 62, 1 << 62)),
    "a negative shape": header_of((-1, 28, 28)),
    "five dimensions": header_of((1, 1, 1, 1, 1)) + b"0",
    "a long header": header_of((1,), size=1 << 30, version=2) + bytes(1 << 20),
    "pickled": header_of((1,), "|O") + b"cos\nsystem\n(S'touch /tmp/x'\ntR.",
    "a structure": header_of((1,), [("a", "<i4")]),
    "code": b"\x93NUMPY\x01\x00" + struct.pack("<H", 20) + b"__import__('os')    ",
    "deep": b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"[" * 9000,
    "cut": header_of((100, 9, 8)) + bytes(10),
    "longer": header_of((2, 2, 2)) + bytes(9),
    "no header": b"\x93NUM",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_arrays_are_refused(tmp_path, kind):
    with pytest.raises(FormatError):
        convscope.data.open(zipped(tmp_path / "a.npz", HOSTILE[kind]))
    (tmp_path / "b.npy").write_bytes(HOSTILE[kind])
    with pytest.raises(FormatError):
        read_npy(tmp_path / "b.npy")


def test_a_bomb_takes_no_memory(tmp_path):
    """3 GB of zeros in 3 MB: refused by its header."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x_train.npy", "w", force_zip64=True) as member:
            member.write(header_of((3 << 30,)))
            for _ in range(30):
                member.write(bytes(10 << 20))
        archive.writestr("y_train.npy", header_of((1,)) + b"0")
    with pytest.raises(FormatError, match="3,221,225,472 bytes"):
        convscope.data.open(tmp_path / "a.npz")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


def test_other_archives_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    for data in (b"", b"PK", b"<html>", bytes(1000), zipfile.ZipFile(io.BytesIO(), "w").comment):
        path.write_bytes(data)
        with pytest.raises(ConvscopeError):
            convscope.data.open(path)
    zipped(path, header_of((1,)) + b"0", method=zipfile.ZIP_LZMA)
    with pytest.raises(FormatError, match="compressed in another way"):
        convscope.data.open(path)


@pytest.mark.parametrize("shape", ["keras", "idx"])
def test_damaged_files_are_refused_or_harmless(tmp_path, shape):
    path = SHAPES[shape](tmp_path)
    victim = path if path.is_file() else tmp_path / "train-labels-idx1-ubyte.gz"
    whole = victim.read_bytes()
    random = np.random.RandomState(7)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.randint(len(whole), size=random.randint(1, 5)):
            damaged[place] = random.randint(256)
        victim.write_bytes(damaged[: random.randint(1, 2 * len(whole))])
        with contextlib.suppress(ConvscopeError):
            convscope.data.open(path)
