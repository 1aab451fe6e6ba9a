"""Every rule of `check`, each with a folder that breaks it."""

import io
import os
import socket
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

import convscope.data
from convscope.data import check
from convscope.data.checks import rules as check_rules
from convscope.errors import DataError
from convscope.io.photos.probe import probe

module = sys.modules[check.__module__]  # which the function of the same name hides


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    """Processes of their own are tested in test_check_workers."""

    def probed(references, **_options):
        return enumerate(map(probe, references))

    monkeypatch.setattr(module, "probe_all", probed)


def picture(seed, *, size=(80, 60), mode="RGB"):
    """Blobs of colour, unlike those of any other seed."""
    random = np.random.RandomState(seed)
    coarse = Image.fromarray(random.randint(256, size=(6, 8, 3), dtype=np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC).convert(mode)


def encoded(image, form="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def put(root, path, data):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


@pytest.fixture
def clean(tmp_path):
    """Three splits of two classes, with nothing to complain about."""
    root = tmp_path / "pets"
    seed = 0
    for split, num in (("train", 12), ("val", 3), ("test", 3)):
        for label in ("cat", "dog"):
            for i in range(num):
                seed += 1
                put(root, f"{split}/{label}/{i:03}.jpg", encoded(picture(seed), quality=90))
    return root


def codes(report):
    return {finding.code for finding in report.findings}


def test_a_clean_folder_has_no_findings(clean):
    report = check(clean)
    assert report.findings == ()
    assert report.ok
    assert report.counts == {
        "train": {"cat": 12, "dog": 12},
        "val": {"cat": 3, "dog": 3},
        "test": {"cat": 3, "dog": 3},
    }
    assert (report.name, report.num_files, report.formats) == ("pets", 36, {"JPEG": 36})
    assert report.sizes.smallest == report.sizes.median == report.sizes.largest == (60, 80)
    assert {label: len(samples) for label, samples in report.samples.items()} == {
        "cat": 12,
        "dog": 12,
    }
    convscope.data.open(clean)


# --- what opens where, and how bad it is: code, the trap, a part of the place

NEW = "train/cat/new"


def _jpeg(seed=900, **options):
    return encoded(picture(seed), quality=90, **options)


def bomb():
    """A PNG whose header promises 60,000 x 60,000."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return _jpeg(exif=exif)


def animated():
    frames = [picture(910), picture(911)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def deep():
    values = np.random.RandomState(0).randint(65536, size=(60, 80)).astype(np.uint16)
    return encoded(Image.fromarray(values), "PNG")


def see_through(alpha):
    image = picture(1)
    image.putalpha(Image.new("L", image.size, alpha))
    return encoded(image, "PNG")


def white_ink():
    """Ink that is visible on black only."""
    shape = np.zeros((60, 80), np.uint8)
    shape[20:40, 20:60] = 255
    return encoded(Image.fromarray(np.dstack([np.full_like(shape, 255)] * 3 + [shape])), "PNG")


def bits_flipped():
    """Pillow decodes it without a word; libjpeg has one to say (the extra `fast`)."""
    data = bytearray(encoded(picture(900, size=(160, 120)), quality=90))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    return bytes(data)


def file_of(name, data):
    return lambda root: put(root, name, data() if callable(data) else data)


def copied(source, target, **changes):
    def lay(root):
        put(root, target, (root / source).read_bytes())

    return lay


def looks_like(source, target):
    def lay(root):
        half = Image.open(root / source).resize((40, 30))
        put(root, target, encoded(half, quality=60))

    return lay


def folder(name):
    return lambda root: (root / name).mkdir(parents=True)


def many(root, label, num):
    for i in range(num):
        put(root, f"train/{label}/more{i}.jpg", encoded(picture(2000 + i), quality=90))


def few(root):
    for extra in (root / "train/cat").glob("00[2-9].jpg"):
        extra.unlink()


def loop(root):
    (root / "train/cat/again").symlink_to(root / "train/cat")


def socket_file(root):
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root / "train/cat")  # the name of a socket is short
        try:
            server.bind("x.jpg")
        finally:
            os.chdir(here)


def third_class(*splits):
    def lay(root):
        for n, split in enumerate(splits):
            for i in range(12):
                seed = 3000 + 100 * n + i
                put(root, f"{split}/cow/{i}.jpg", encoded(picture(seed), quality=90))

    return lay


def wrapped(root):
    names = [path.name for path in root.iterdir()]
    (root / "images").mkdir()
    for name in names:
        (root / name).rename(root / "images" / name)


TRAPS = [
    # files
    ("empty", file_of(f"{NEW}.jpg", b""), "0 bytes"),
    ("damaged", file_of(f"{NEW}.jpg", lambda: _jpeg()[:700]), "truncated or damaged"),
    ("damaged", file_of(f"{NEW}.png", lambda: encoded(picture(1), "PNG")[:900]), "new.png"),
    ("not_an_image", file_of(f"{NEW}.jpg", b"a text"), "text"),
    ("not_an_image", file_of(f"{NEW}.jpg", bytes(5000)), "only zero bytes"),
    ("not_an_image", file_of(f"{NEW}.jpg", b"<!DOCTYPE html><p>404"), "a web page"),
    ("not_an_image", file_of(f"{NEW}.jpg", b"version https://git-lfs.gi"), "Git LFS"),
    ("not_an_image", file_of(f"{NEW}.png", b"PK\3\4aaaa"), "an archive"),
    ("not_an_image", file_of(f"{NEW}.jpg", b"\x01\x02\x03\xfe"), "first bytes: 01 02 03 fe"),
    ("unread_format", file_of(f"{NEW}.jpg", b"8BPS" + bytes(99)), "Photoshop"),
    ("unread_format", file_of(f"{NEW}.png", b"<svg onload='alert(1)'/>"), "SVG"),
    ("too_large", file_of(f"{NEW}.png", bomb), "pixels"),
    ("half_damaged", file_of(f"{NEW}.jpg", bits_flipped), "orrupt JPEG"),
    ("flat", file_of(f"{NEW}.png", lambda: encoded(Image.new("RGB", (80, 60), "red"), "PNG")), ""),
    ("small", file_of(f"{NEW}.jpg", lambda: encoded(picture(1, size=(20, 15)))), "20 x 15"),
    ("large", file_of(f"{NEW}.jpg", lambda: encoded(picture(1, size=(800, 600)))), "800 x 600"),
    ("long", file_of(f"{NEW}.jpg", lambda: encoded(picture(1, size=(300, 60)))), "300 x 60"),
    ("turned", file_of(f"{NEW}.jpg", turned), ""),
    ("cmyk", file_of(f"{NEW}.jpg", lambda: encoded(picture(1, mode="CMYK"))), "CMYK"),
    ("deep", file_of(f"{NEW}.png", deep), ""),
    ("alpha", file_of(f"{NEW}.png", lambda: see_through(250)), ""),
    ("alpha_picture", file_of(f"{NEW}.png", lambda: see_through(20)), ""),
    ("alpha_blank", file_of(f"{NEW}.png", white_ink), ""),
    ("reduced", file_of(f"{NEW}.jpg", lambda: encoded(Image.new("RGB", (6000, 4200)))), ""),
    ("palette", file_of(f"{NEW}.png", lambda: encoded(picture(1, mode="P"), "PNG")), ""),
    ("animated", file_of(f"{NEW}.gif", animated), ""),
    ("grey", file_of(f"{NEW}.jpg", lambda: encoded(picture(1, mode="L"))), ""),
    ("lying_ending", file_of(f"{NEW}.jpg", lambda: encoded(picture(1), "PNG")), "PNG by content"),
    # copies
    ("leak", copied("train/cat/000.jpg", "test/cat/x.jpg"), "test/cat/x.jpg = train/cat/000.jpg"),
    ("leak", copied("train/cat/000.jpg", "val/cat/x.jpg"), "train/cat/000.jpg"),
    ("label_conflict", copied("train/cat/000.jpg", "train/dog/x.jpg"), "cat and dog"),
    ("label_conflict", copied("train/cat/000.jpg", "test/dog/x.jpg"), "cat and dog"),
    ("duplicate", copied("train/cat/000.jpg", "train/cat/x.jpg"), "train/cat/x.jpg"),
    ("near_leak", looks_like("train/cat/000.jpg", "test/cat/x.jpg"), "test/cat/x.jpg"),
    ("near_label_conflict", looks_like("train/cat/000.jpg", "train/dog/x.jpg"), "cat and dog"),
    ("near_duplicate", looks_like("train/cat/000.jpg", "train/cat/x.jpg"), "train/cat/x.jpg"),
    # the folder
    ("class_not_in_train", third_class("val", "test"), "cow: only in val/"),
    ("class_not_in_split", third_class("train"), "cow: not in val/"),
    ("empty_class", folder("train/cow"), "train/cow"),
    ("empty_in_split", folder("val/cow"), "val/cow"),
    (
        "case_twins",
        lambda root: [third_class("train", "val", "test")(root), many(root, "Cow", 12)],
        "Cow = cow",
    ),
    ("odd_class_name", file_of("train/c\x1b[31mow/1.jpg", _jpeg), r"c\x1b[31mow"),
    ("odd_name", file_of("train/cat/a\nb.jpg", _jpeg), r"a\nb.jpg"),
    ("odd_name", file_of(os.fsdecode(b"train/cat/\xff\xfe.jpg"), _jpeg), r"\xff\xfe.jpg"),
    ("odd_name", file_of("train/cat/\u202egpj.exe.jpg", _jpeg), r"\u202egpj"),
    ("broken_link", lambda root: (root / "train/cat/x.jpg").symlink_to("nowhere"), "x.jpg"),
    ("broken_link", lambda root: (root / "train/cow").symlink_to("nowhere"), "train/cow"),
    ("loop", loop, "train/cat/again"),
    ("special", lambda root: os.mkfifo(root / "train/cat/x.jpg"), "train/cat/x.jpg"),
    ("special", socket_file, "train/cat/x.jpg"),
    ("tiny_class", few, "cat: 4 images"),
    ("imbalance", lambda root: many(root, "dog", 120), "132 and 12, 11 to 1"),
    ("stray", file_of("train/lost.jpg", _jpeg), "train/lost.jpg"),
    ("stray", file_of("more/cat/1.jpg", _jpeg), "more"),
    ("unclear_layout", file_of("more/cat/1.jpg", _jpeg), "as classes"),
    ("inner_folder", wrapped, "images"),
    ("own_output", file_of("train/run/run.lock", b"1"), "train/run"),
    ("left_out_image", file_of(NEW, _jpeg), "JPEG by content"),
    ("left_out_image", file_of(f"{NEW}.psd", b"8BPS" + bytes(99)), "Photoshop"),
    ("other_file", file_of("train/cat/labels.csv", b"1,2"), "labels.csv"),
    ("other_file", lambda root: os.mkfifo(root / "train/cat/pipe"), "train/cat/pipe"),
    ("skipped", file_of("train/cat/.DS_Store", b"x"), ".DS_Store"),
    ("skipped", file_of("train/cat/._001.jpg", b"x"), "._001.jpg"),
    ("skipped", file_of("__MACOSX/train/cat/001.jpg", b"x"), "__MACOSX"),
    ("skipped", file_of("train/.ipynb_checkpoints/001.jpg", _jpeg), ".ipynb_checkpoints"),
    ("skipped", file_of("train/cat/Thumbs.db", b"x"), "Thumbs.db"),
    ("split_by_other_name", lambda root: (root / "val").rename(root / "valid"), "valid"),
    ("two_folders_one_split", file_of("valid/cat/1.jpg", _jpeg), "both are the split val"),
    ("no_train", lambda root: (root / "train").rename(root.parent / "gone"), ""),
    (
        "empty_split",
        lambda root: (root / "val").rename(root / ".val") and (root / "val").mkdir(),
        "val",
    ),
]


@pytest.mark.parametrize(("code", "lay", "place"), TRAPS, ids=[row[0] for row in TRAPS])
def test_each_rule_finds_its_case(clean, code, lay, place):
    lay(clean)
    report = check(clean)
    assert code in codes(report)
    (finding,) = [finding for finding in report.findings if finding.code == code]
    assert any(place in str(found) for found in finding.places), finding.places
    assert finding.fix
    assert report.ok == (not report.of("error"))


def test_every_rule_has_a_test_case():
    tables = (check_rules.ERRORS, check_rules.WARNINGS, check_rules.NOTES)
    listed = list(check_rules.RULES)
    assert len(listed) == sum(map(len, tables))
    elsewhere = {"no_images", "one_class", "unreadable", "crashes", "hangs", "colour"}
    elsewhere |= {
        "no_val",
        "group_leak",
        "missing_file",
        "unnamed",
    }  # folder/test_divide.py, test_tables.py
    elsewhere |= {"thin", "long_class_name", "refused"}
    assert {row[0] for row in TRAPS} | elsewhere == set(listed)


WORST = ("error", "warning", "note")


@pytest.mark.parametrize(("code", "lay", "place"), TRAPS, ids=[row[0] for row in TRAPS])
def test_folders_without_errors_can_be_opened(clean, code, lay, place):
    """A folder that `check` calls free of errors opens."""
    lay(clean)
    if check(clean).ok:
        opened = convscope.data.open(clean)
        assert opened.classes in (("cat", "dog"), ("cat", "cow", "dog"))


def test_findings_are_sorted_by_severity(clean):
    for _code, lay, _place in TRAPS[:30]:
        lay(clean)
    copied("train/cat/001.jpg", "test/dog/y.jpg")(clean)
    told = [finding.severity for finding in check(clean).findings]
    assert told == sorted(told, key=WORST.index)
    assert set(told) == set(WORST)


# --- folders that are not split


@pytest.fixture
def unsplit(tmp_path):
    root = tmp_path / "all"
    for n, label in enumerate(("cat", "dog")):
        for i in range(12):
            put(root, f"{label}/deep/{i}.jpg", encoded(picture(100 * n + i), quality=90))
    return root


def test_class_folders_side_by_side(unsplit):
    report = check(unsplit)
    assert report.findings == ()
    assert report.counts == {"all": {"cat": 12, "dog": 12}}
    put(unsplit, "train/1.jpg", encoded(picture(999)))  # a class that is called so
    assert check(unsplit).classes == ("cat", "dog", "train")


def test_one_class_is_an_error(unsplit):
    (unsplit / "dog").rename(unsplit / ".dog")
    report = check(unsplit)
    assert codes(report) == {"one_class", "skipped"}
    assert not report.ok


@pytest.mark.parametrize("inside", [[], ["a.jpg"], ["README.md"], ["train/a.jpg"], [".x/a.jpg"]])
def test_no_images(tmp_path, inside):
    for path in inside:
        put(tmp_path / "set", path, encoded(picture(1)))
    (tmp_path / "set").mkdir(exist_ok=True)
    report = check(tmp_path / "set")
    assert not report.ok
    assert codes(report) & {"no_images", "one_class", "no_train"}
    assert sum(sum(classes.values()) for classes in report.counts.values()) <= 1


def test_colour_among_grey(unsplit):
    for path in unsplit.rglob("*.jpg"):
        path.write_bytes(encoded(Image.open(path).convert("L"), quality=90))
    assert check(unsplit).findings == ()
    put(unsplit, "cat/new.jpg", encoded(picture(999)))
    assert codes(check(unsplit)) == {"colour"}


# --- what may not be read


def test_folders_without_permission(clean, monkeypatch):
    """Whoever runs the tests may be root, who may list everything."""
    real = os.scandir

    def scandir(path):
        if str(path).endswith("train/dog"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = check(clean)
    (finding,) = [f for f in report.findings if f.code == "unreadable"]
    assert str(finding.places[0]) == "train/dog"
    assert not report.ok


def test_a_file_without_permission(clean, monkeypatch):
    def refuse(reference):
        raise DataError("cannot be read: permission denied")

    monkeypatch.setattr(sys.modules[probe.__module__], "read", refuse)
    (finding,) = [f for f in check(clean).findings if f.code == "unreadable"]
    assert len(finding.places) == 36


def test_a_file_larger_than_any_image(clean, monkeypatch):
    monkeypatch.setattr("convscope.io.photos.reference.MAX_FILE_BYTES", 5000)
    put(clean, f"{NEW}.jpg", bytes(5001))
    (finding,) = [f for f in check(clean).findings if f.code == "too_large"]
    assert str(finding.places[0]) == "train/cat/new.jpg: 5,001 bytes"


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_paths_that_are_not_folders(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="folder"):
        check(tmp_path / name)


def test_recursive_links_end(tmp_path):
    """Thirty folders, each with two links to the next: 2^30 ways, each folder entered once."""
    root = tmp_path / "set"
    for n in range(30):
        (root / f"cat/{n}").mkdir(parents=True)
    for n in range(29):
        (root / f"cat/{n}/a").symlink_to(root / f"cat/{n + 1}")
        (root / f"cat/{n}/b").symlink_to(root / f"cat/{n + 1}")
    put(root, "cat/29/x.jpg", encoded(picture(1)))
    report = check(root)
    assert report.counts == {"all": {"cat": 1}}
    assert "loop" in codes(report)


# --- the report


def test_json_contains_printable_text_only(clean):
    import json

    put(clean, os.fsdecode(b"train/cat/\xff<img onerror=x>\x1b[2J.jpg"), b"")
    report = check(clean)
    text = report.to_json()
    told = json.loads(text)
    assert "\x1b" not in text.replace("\\u001b", "\x1b")
    assert text.encode("utf-8")
    assert told["ok"] is False
    assert told["num_files"] == 37
    (empty,) = [finding for finding in told["findings"] if finding["code"] == "empty"]
    assert empty["places"] == [
        {"paths": [r"train/cat/\xff<img onerror=x>\x1b[2J.jpg"], "detail": "0 bytes"}
    ]
    assert told["counts"]["train"] == {"cat": 12, "dog": 12}


def test_named_sets_are_checked_in_memory():
    from convscope.data import Split, check_dataset
    from convscope.data.sets.mnist import MNIST

    class Few:
        """The first images of MNIST, one of them twice."""

        name, classes, mean, std = "few", MNIST.classes, MNIST.mean, MNIST.std
        channels, shape = 1, MNIST.shape

        def split(self, name):
            import torch

            full = MNIST.split("test")
            first = {"train": 0, "val": 100, "test": 130}[name]
            images, labels = full.images_NCHW[first:][:100], full.labels_N[first:][:100]
            if name == "test":
                images = torch.cat([images, full.images_NCHW[:1]])
                labels = torch.cat([labels, full.labels_N[:1]])
            return Split(images, labels)

        def fingerprint(self):
            return ""

    report = check_dataset(Few())
    found = {finding.code: finding for finding in report.findings}
    assert "train[0] = test[100]" in [str(place) for place in found["leak"].places]
    assert len(found["leak"].places) == 71  # 70 of val are test's first
    assert sum(report.counts["train"].values()) == 100


def test_a_strip_that_evaluation_cannot_resize_is_an_error(clean):
    """6000 x 3 pixels: 256 x 512,000 after the resize, whose matrix would take gigabytes."""
    put(clean, "val/cat/strip.png", encoded(picture(99, size=(6000, 3)), "PNG"))
    put(clean, "val/cat/banner.png", encoded(picture(98, size=(900, 60)), "PNG"))
    report = check(clean)
    (thin,) = [finding for finding in report.findings if finding.code == "thin"]
    assert not report.ok
    assert [place.paths for place in thin.places] == [("val/cat/strip.png",)]
    assert "6000x3" in thin.places[0].detail
    assert "thin" in codes(check(clean, side=32))
    put(clean, "val/cat/strip.png", encoded(picture(99, size=(2000, 6)), "PNG"))
    assert "thin" in codes(check(clean))
    assert "thin" not in codes(check(clean, side=32))  # smaller networks need less


def test_class_names_that_no_model_file_holds(clean):
    for split in ("train", "val", "test"):
        (clean / split / "cat").rename(clean / split / ("c" * 201))
        (clean / split / "dog").rename(clean / split / ("d" * 200))
    (long,) = [f for f in check(clean).findings if f.code == "long_class_name"]
    assert [place.paths for place in long.places] == [("c" * 201,)]


def test_whatever_training_refuses_is_an_error(clean, monkeypatch):
    """Rules of opening that have no finding of their own are reported too."""

    def refused(*_):
        raise DataError("the moon is full", fix="wait")

    monkeypatch.setattr(module, "open_folder", refused)
    report = check(clean)
    assert codes(report) == {"refused"}
    assert not report.ok
    assert "the moon is full; fix: wait" in str(report.findings[0].places[0])
