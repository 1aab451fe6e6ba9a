"""int8 on the disk: used again for the same network and images only, within a limit."""

import os

import pytest
import torch

import convscope
from convscope.engine.int8 import kept, quantise, quantised
from convscope.network import build


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path))
    return tmp_path / "engines" / "int8"


def network():
    return build(convscope.load("lenet5"), seed=0).eval()


def images(seed=0):
    return torch.randn(8, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


def called(subject, inputs_NCHW):
    """The model, and the sentences on what is kept."""
    notes = []
    graph = quantised(subject, [inputs_NCHW], note=notes.append)
    return graph.data, [note for note in notes if "images only" not in note]


def test_the_same_network_and_images_are_calibrated_once(folder, monkeypatch):
    first, notes = called(network(), images())
    assert notes == []
    monkeypatch.setattr(quantise, "calibrated", None)  # not called again
    again, (note,) = called(network(), images())
    assert again == first
    (file,) = folder.iterdir()
    assert note.startswith("int8: calibrated earlier with the same images")
    assert str(file) in note


@pytest.mark.parametrize("change", ["weights", "images", "bits", "code", "order"])
def test_another_network_or_other_images_are_calibrated_again(change, folder, monkeypatch):
    subject, inputs_NCHW = network(), images()
    called(subject, inputs_NCHW)
    if change == "weights":
        last = list(subject.parameters())[-1]
        last.data[0] += 1e-3
    elif change == "bits":
        monkeypatch.setattr(quantise, "adds_in_32_bits", lambda: False)
    elif change == "code":
        monkeypatch.setattr(kept, "_code", lambda: "another")
    else:
        inputs_NCHW = images(1) if change == "images" else inputs_NCHW.flip(0)
    _, notes = called(subject, inputs_NCHW)
    assert not [note for note in notes if "calibrated earlier" in note]
    assert len(list(folder.iterdir())) == 2


DAMAGES = {
    "cut": lambda data: data[:-1],
    "a bit": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "header": lambda data: data.replace(b"convscope int8", b"convscope int9", 1),
    "empty": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_said_and_replaced(damage, folder):
    first, _ = called(network(), images())
    (file,) = folder.iterdir()
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    again, (note,) = called(network(), images())
    assert again == first
    assert "is not valid, so int8 is calibrated again" in note
    assert "calibrated earlier" in called(network(), images())[1][0]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "engines").write_text("a file")
    *_, note = called(network(), images())[1]
    assert note.startswith("int8 is not remembered: ")


def test_a_folder_in_place_of_the_file_is_said(folder):
    called(network(), images())
    (file,) = folder.iterdir()
    file.unlink()
    file.mkdir()
    _, notes = called(network(), images())
    assert any("cannot be read, so int8 is calibrated again" in note for note in notes)


def test_files_that_were_not_used_for_longest_are_removed(folder, monkeypatch):
    monkeypatch.setattr(kept, "MOST_BYTES", 2500)
    for number in range(3):
        kept.write(f"{number}" * 64, bytes(1000), pytest.fail)
        os.utime(folder / f"{str(number) * 32}.int8", (number, number))
    assert kept.read("1" * 64, lambda note: None) == bytes(1000)  # used now
    kept.write("3" * 64, bytes(1000), pytest.fail)
    assert sorted(path.name[0] for path in folder.iterdir()) == ["1", "3"]
    (folder / "notes.txt").write_text("of the user")
    notes = []
    kept.write("4" * 64, bytes(3000), notes.append)
    assert notes == ["int8 is not remembered: 3 kB is above 2.5 kB"]
    assert (folder / "notes.txt").exists()
