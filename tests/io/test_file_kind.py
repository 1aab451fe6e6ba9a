"""Files and folders are identified by their content."""

import io
import json
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.errors import ConvscopeError
from convscope.io.file_kind import identify
from convscope.network.safetensors_file import read_header


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def tarred():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("0.jpg"))
    return buffer.getvalue()


def saved(*, new=True):
    buffer = io.BytesIO()
    torch.save({"w": torch.ones(1)}, buffer, _use_new_zipfile_serialization=new)
    return buffer.getvalue()


def picture(form):
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(buffer, form)
    return buffer.getvalue()


def onnx():
    """The fields of a ModelProto: ir_version 8, producer_name, graph."""
    return b"\x08\x08" + b"\x12\x07pytorch" + b"\x3a\x04\x0a\x02ab" + b"\x42\x02\x10\x11"


FILES = {
    "torch": (saved(), "weights", "torch.save"),
    "old torch": (saved(new=False), "weights", "before version 1.6"),
    "pickle": (pickle.dumps({"a": 1}), "weights", "pickle"),
    "Flax": (b"\x82\xa6params\x81\xa5conv1\xc0\xa4step\x00", "code", "MessagePack"),
    "Caffe": (b"\x0a\x02ab\xa2\x06\x04\x0a\x02cd", "code", ".caffemodel"),
    "prototxt": (b'name: "a"\nlayer {\n  name: "data"\n}\n', "code", ".prototxt"),
    "frozen graph": (b"\x0a\x03\x0a\x01x\x22\x02\x08\x1b", "code", ".pb"),
    "Core ML": (b"\x08\x04\x12\x02\x0a\x00\xa2\x1f\x02\x0a\x00", "code", "Core ML"),
    "Darknet": (bytes(4) + b"\2\0\0\0" + bytes(20), "code", "Darknet"),
    "TorchScript": (zipped("m/data.pkl", "m/code/a.py", "m/version"), "code", "TorchScript"),
    "export": (zipped("m/archive_format", "m/models/model.json"), "code", "torch.export"),
    "Keras 3": (zipped("config.json", "model.weights.h5"), "code", ".keras"),
    "npz": (zipped("images.npy", "labels.npy"), "data", ".npz"),
    "zip": (zipped("a.txt"), "other", "zip archive"),
    "damaged zip": (saved()[:-40], "other", "damaged zip"),
    "tar": (tarred(), "other", "tar archive"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "weights", "HDF5"),
    "TensorFlow Lite": (b"\x1c\0\0\0TFL3" + bytes(20), "code", "TensorFlow Lite"),
    "ONNX": (onnx(), "code", "ONNX"),
    "PNG": (picture("PNG"), "image", "PNG"),
    "JPEG": (picture("JPEG"), "image", "JPEG"),
    "WebP": (picture("WEBP"), "image", "WebP"),
    "BMP": (picture("BMP"), "image", "BMP"),
    "PPM": (picture("PPM"), "image", "PPM"),
    "architecture": (convscope.load("lenet5").to_json().encode(), "architecture", "no weights"),
    "architecture, UTF-16": (convscope.load("lenet5").to_json().encode("utf-16"),
                             "architecture", "no weights"),
    "JSON": (json.dumps({"a": 1}).encode(), "other", "JSON"),
    "web page": (b"\n<!DOCTYPE html><html>404</html>", "other", "web page"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "other", "Git LFS"),
    "text": ("你好, text".encode(), "other", "text"),
    "empty": (b"", "empty", "empty"),
    "noise": (bytes(range(1, 256)), "other", "unknown"),
}  # fmt: skip


@pytest.mark.parametrize("form", FILES)
def test_files_are_identified_by_their_content(form, tmp_path):
    raw, kind, name = FILES[form]
    path = tmp_path / "file.safetensors"  # whatever its name says
    path.write_bytes(raw)
    identified = identify(path)
    assert identified.kind == kind
    assert name in identified.name
    with pytest.raises(ConvscopeError) as caught:
        convscope.open(path)
    assert name in str(caught.value)
    assert "bytes in a file of" not in str(caught.value)
    with pytest.raises(ConvscopeError):
        read_header(path)


def test_folders_special_files_and_names(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    messages = {
        "fifo": "not readable (not a regular file)",
        "photos": "a folder of folders, as DATA is",
        "saved": "a SavedModel of TensorFlow",
        "empty": "an empty folder",
        "missing": "there is no file",
        "resnet18": "an architecture without weights",
        "n" * 300: "there is no file",
        "a\0b": "there is no file",
    }
    for name, message in messages.items():
        known = name == "resnet18"
        with pytest.raises(ConvscopeError) as caught:
            convscope.open(name if known else tmp_path / name)
        assert message in str(caught.value)
        with pytest.raises(ConvscopeError):
            convscope.load_weights("resnet18", tmp_path / name)


def test_any_bytes_are_identified(tmp_path):
    draw = np.random.default_rng(5)
    raws = [raw for raw, _, _ in FILES.values()]
    for _ in range(400):
        raw = bytearray(raws[draw.integers(len(raws))])
        for _ in range(draw.integers(0, 5)):
            place = draw.integers(len(raw) + 1)
            raw[place : place + draw.integers(0, 9)] = draw.bytes(draw.integers(0, 9))
        (tmp_path / "x").write_bytes(raw)
        assert identify(tmp_path / "x").name
