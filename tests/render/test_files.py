"""Payloads as files: each ending, read back by the library that owns the format."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from convscope.errors import InputError, StorageError
from convscope.payload import Curves, Heatmap, Scale, Series, Sheet, Table, from_json
from convscope.render.files import write_payload
from convscope.render.pages.html import page

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)
HOSTILE = "../../<script>alert(1)</script>"
HEATMAP = Heatmap(title=HOSTILE, caption=HOSTILE, values=VALUES, scale=Scale.spanning(VALUES))
CURVES = Curves(
    x_label="x",
    y_label="y",
    series=(
        Series(name=HOSTILE, x=(1, 2), y=(0.5, None)),
        Series(name=HOSTILE, x=(1,), y=(2.0,)),
    ),
)


def test_png(tmp_path):
    with Image.open(write_payload(tmp_path / "a.png", HEATMAP)) as image:
        assert image.format == "PNG"


def test_json(tmp_path):
    path = write_payload(tmp_path / "a.json", HEATMAP)
    assert from_json(path.read_bytes()) == HEATMAP
    assert json.loads(path.read_text())["kind"] == "heatmap"


def test_npy_and_npz(tmp_path):
    assert np.array_equal(np.load(write_payload(tmp_path / "a.npy", HEATMAP)), VALUES)
    with np.load(write_payload(tmp_path / "a.npz", HEATMAP)) as found:
        assert np.array_equal(found["values"], VALUES)
    sheet = Sheet(items=(HEATMAP, CURVES, CURVES))
    path = write_payload(tmp_path / "b.npz", sheet)
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    assert len(names) == len(set(names)) == 5
    assert not any(".." in name or "/" in name for name in names)
    with np.load(path, allow_pickle=False) as found:
        assert any(np.isnan(found[name]).any() for name in found.files)
    with pytest.raises(InputError, match=r"\.npz"):
        write_payload(tmp_path / "b.npy", sheet)
    assert not (tmp_path / "b.npy").exists()


@pytest.mark.parametrize(
    "name", ["file", "allow_pickle", "self", "args", "kwds", "compress", "", "a/b", "数"]
)
def test_an_array_may_have_any_name(tmp_path, name):
    """Defect 9: `np.savez` takes names as keywords, so `file` raised a TypeError."""
    table = Table(columns=(name, name), rows=((1.5, 2.5),))
    with np.load(write_payload(tmp_path / "a.npz", table), allow_pickle=False) as arrays:
        assert sorted(float(arrays[key][0]) for key in arrays.files) == [1.5, 2.5]
    curves = Curves(x_label="x", y_label="y", series=(Series(name=name, x=(1,), y=(2,)),))
    with np.load(write_payload(tmp_path / "b.npz", curves), allow_pickle=False) as arrays:
        assert arrays[arrays.files[0]].tolist() == [[1, 2]]


def test_npy_never_drops_an_array_because_of_its_name(tmp_path):
    lines = tuple(Series(name=name, x=(1,), y=(2,)) for name in ("loss", "underlay"))
    with pytest.raises(InputError, match="2 arrays"):
        write_payload(tmp_path / "a.npy", Curves(x_label="x", y_label="y", series=lines))


def test_npz_has_the_same_bytes_every_time(tmp_path):
    paths = [write_payload(tmp_path / f"{n}.npz", HEATMAP) for n in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_svg_and_text(tmp_path):
    svg = write_payload(tmp_path / "a.svg", HEATMAP).read_text(encoding="utf-8")
    assert svg.startswith("<svg ")
    assert "<script" not in svg
    text = write_payload(tmp_path / "a.txt", CURVES).read_text(encoding="utf-8")
    assert "y over x" in text
    assert "\x1b" not in text


def test_payloads_save_themselves(tmp_path):
    assert CURVES.save(tmp_path / "a.json") == tmp_path / "a.json"
    assert from_json((tmp_path / "a.json").read_text()) == CURVES
    with pytest.raises(StorageError, match="exists"):
        CURVES.save(tmp_path / "a.json")


def test_html_is_one_page_with_every_text_escaped(tmp_path):
    text = write_payload(tmp_path / "a.html", Sheet(items=(HEATMAP, CURVES))).read_text()
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert text.count("<svg ") == text.count("</svg>") == 2
    whole = page({HOSTILE: HEATMAP, "b": CURVES}, title=HOSTILE)
    assert "<script" not in whole


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.PNGG", ".png"])
def test_unknown_endings(tmp_path, name):
    with pytest.raises(InputError, match="the name"):
        write_payload(tmp_path / name, HEATMAP)


def test_what_is_there_stays(tmp_path):
    path = tmp_path / "a.PNG"
    path.write_bytes(b"mine")
    with pytest.raises(StorageError, match="exists"):
        write_payload(path, HEATMAP)
    assert path.read_bytes() == b"mine"
    write_payload(path, HEATMAP, overwrite=True)
    assert Image.open(io.BytesIO(path.read_bytes())).format == "PNG"
    with pytest.raises(StorageError, match="folder"):
        write_payload(tmp_path / "no" / "a.png", HEATMAP)
    (tmp_path / "dir.png").mkdir()
    with pytest.raises(StorageError, match="folder"):
        write_payload(tmp_path / "dir.png", HEATMAP)
