"""Payloads as files: each ending, read back by the library that owns the format."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from convscope.errors import InputError, StorageError
from convscope.render.files import write_payload
from convscope.render.page import page
from convscope.visuals import Curves, Heatmap, Scale, Series, Sheet, from_json

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


def test_html_is_one_page_with_every_text_escaped(tmp_path):
    text = write_payload(tmp_path / "a.html", Sheet(items=(HEATMAP, CURVES))).read_text()
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert text.count("data:image/png;base64,") == 2
    whole = page(
        {HOSTILE: HEATMAP}, title=HOSTILE, said={HOSTILE: HOSTILE}, left_out={HOSTILE: HOSTILE}
    )
    assert "<script" not in whole


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.PNGG", ".png"])
def test_unknown_endings(tmp_path, name):
    with pytest.raises(InputError, match="format"):
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
