"""Archives of strangers: what is unpacked, and what is refused (faults.md, row 17)."""

import io
import struct
import tarfile
import zipfile

import numpy as np
import pytest

import convscope.data
from convscope.data.unpack import unpack
from convscope.errors import FormatError, StorageError
from convscope.io.image_writing import encode_image

IMAGE = encode_image(np.random.RandomState(0).randint(0, 256, (20, 20, 3)).astype(np.uint8), ".png")
GOOD = [f"photos/train/{label}/{i}.png" for label in ("cat", "dog") for i in range(3)]


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def tarred(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for member in members:
            info, data = member if isinstance(member[0], tarfile.TarInfo) else _entry(*member)
            archive.addfile(info, io.BytesIO(data))
    return path


def _entry(name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def special(kind, name="photos/train/cat/link.png"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info, b""


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tar.xz"])
def test_images_are_unpacked_and_other_files_left_out(tmp_path, ending):
    names = [
        *GOOD,
        "photos/__MACOSX/train/._1.png",
        "photos/.hidden/1.png",
        "photos/train/cat/run.sh",
        "photos/train/cat/model.pkl",
    ]
    members = [(name, IMAGE) for name in names]
    path = tmp_path / f"photos{ending}"
    if ending == ".zip":
        zipped(path, members)
    else:
        tarred(path, members, f"w:{ending.removeprefix('.tar').removeprefix('.')}")
    result = unpack(path, tmp_path / "new")
    files = sorted(p.relative_to(tmp_path / "new") for p in (tmp_path / "new").rglob("*.*"))
    assert [str(file) for file in files] == sorted(name.removeprefix("photos/") for name in GOOD)
    assert (result.files, result.left_out, result.bytes) == (6, 4, 6 * len(IMAGE))
    assert convscope.data.open(tmp_path / "new").classes == ("cat", "dog")


def test_classes_stay_where_they_are(tmp_path):
    path = zipped(tmp_path / "a.zip", [("cat/1.png", IMAGE), ("cat/2.png", IMAGE)])
    unpack(path, tmp_path / "one")
    assert (tmp_path / "one" / "cat" / "1.png").exists()
    path = zipped(tmp_path / "b.zip", [("train/cat/1.png", IMAGE), ("train/dog/2.png", IMAGE)])
    unpack(path, tmp_path / "two")
    assert (tmp_path / "two" / "train" / "dog" / "2.png").exists()


HOSTILE_NAMES = ("../out.png", "a/../../out.png", "/tmp/out.png", "..\\out.png", "C:\\out.png")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_names_that_lead_outside_are_refused(tmp_path, name, kind):
    pack = zipped if kind == "zip" else tarred
    path = pack(tmp_path / f"a.{kind}", [*((one, IMAGE) for one in GOOD), (name, IMAGE)])
    with pytest.raises(FormatError, match="is refused"):
        unpack(path, tmp_path / "new")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tar_are_refused(tmp_path, kind):
    path = tarred(tmp_path / "a.tar", [*((one, IMAGE) for one in GOOD), special(kind)])
    with pytest.raises(FormatError, match="a link or a device"):
        unpack(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_link_in_zip_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("photos/1.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(FormatError, match="a link or a device"):
        unpack(path, tmp_path / "new")


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    path = tarred(tmp_path / "a.tar", [("x/A.png", IMAGE), ("x/a.PNG", IMAGE)])
    with pytest.raises(FormatError, match="twice"):
        unpack(path, tmp_path / "new")


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, kind):
    member = ("x/a.png", bytes(80 << 20))
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(*member)
    else:
        tarred(path, [member], "w:gz")
    with pytest.raises(FormatError, match="that unpacks to more than"):
        unpack(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_member_that_is_longer_than_it_says_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/a.png", bytes(100_000))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    with pytest.raises(FormatError):
        unpack(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no", b"no archive", bytes(2000)])
def test_what_is_no_archive_is_refused(tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(FormatError):
        unpack(path, tmp_path / "new")


def test_an_archive_without_images_and_an_output_that_exists(tmp_path):
    path = zipped(tmp_path / "a.zip", [("readme.md", b"text")])
    with pytest.raises(FormatError, match="no images among 1 file"):
        unpack(path, tmp_path / "new")
    with pytest.raises(StorageError, match="exists already"):
        unpack(path, tmp_path)
