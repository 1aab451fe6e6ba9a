"""Data sets as a network reads them: transparency, 16 bits, channels, from opening to the model."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope import data as datasets
from convscope import starting
from convscope.data import DataOptions
from convscope.data.converted import (
    ConvertedArrays,
    blank_notes,
    conversion_of,
    converted,
    decoding_notes,
)
from convscope.errors import InputError
from convscope.extras import install_command
from convscope.io.conversion import Conversion
from convscope.io.image_writing import encode_image
from convscope.network.model_file import read_card
from convscope.shapes import CHW

FAST = ["epochs=1", "batch_size=4"]


def fill(root, make, *, num=8):
    """Class folders of images: make(label, number) -> (H, W, C)."""
    for split in ("train", "val", "test"):
        for label in range(2):
            folder = root / split / ("cat", "dog")[label]
            folder.mkdir(parents=True)
            for number in range(num):
                (folder / f"{number}.png").write_bytes(encode_image(make(label, number), ".png"))
    return root


def icons(label, number):
    """Black ink whose shape is in the alpha channel."""
    image = np.zeros((32, 32, 4), np.uint8)
    image[..., 3] = np.random.default_rng(number).integers(0, 30, (32, 32))
    image[8:24, 4:28, 3] = 255 if label else 0
    return image


def sensor(label, number):
    """10 bits in a 16-bit file."""
    rng = np.random.default_rng(number)
    image = rng.integers(0, 512, (32, 32, 1)).astype(np.uint16)
    image[8:24] += 511 * np.uint16(label)
    image[0, 0] = 1020
    return image


def colours(label, number):
    image = np.full((32, 32, 3), 40 + number, np.uint8)
    image[..., label] = 250
    return image


def test_icons_train_on_a_background_that_the_model_keeps(tmp_path):
    root = fill(tmp_path / "icons", icons)
    images = datasets.open(root).split("train").images_NCHW
    assert images[:8].float().mean() > 230  # white paper, not a black frame
    options = DataOptions(background="black")
    assert not datasets.open(root, options=options).split("train").images_NCHW.any()
    assert datasets.open(root).fingerprint() == datasets.open(root, options=options).fingerprint()
    options = DataOptions(background="#102030")
    opened = datasets.open(root, options=options)
    assert "#102030" in " ".join(decoding_notes(opened))
    list(starting.train("lenet5", opened, epochs=1, batch_size=4, out=tmp_path / "run"))
    card = read_card(tmp_path / "run" / "model.safetensors")
    assert card.conversion == Conversion(background="#102030")
    record = json.loads((tmp_path / "run" / "data.json").read_text())
    assert record["options"]["background"] == "#102030"
    model = convscope.open(tmp_path / "run")
    file = root / "test" / "cat" / "0.png"
    np.testing.assert_array_equal(
        model.prepare(file)[0], model.decoded(datasets.open(root))[0].split("test").image(0)
    )
    assert model.evaluate(root).num_samples
    model.on_background("white")
    assert model.prepare(file).float().mean() > 230
    list(starting.resume(tmp_path / "run", epochs=2))


def test_ten_bits_keep_their_grey_levels_and_the_model_its_white_level(tmp_path):
    root = fill(tmp_path / "sensor", sensor)
    opened = datasets.open(root)
    images = opened.split("train").images_NCHW
    assert len(images.unique()) > 200
    assert int(images.max()) >= 254
    assert decoding_notes(opened) == (
        "16-bit images: 1,023 is white, measured on 16 of 16 training images",
    )
    planned = starting.plan("lenet5", opened, out=tmp_path / "run", settings=FAST)
    assert any("1,023 is white" in note for note in planned.notes)
    list(starting.start(planned))
    model = convscope.open(tmp_path / "run")
    assert model.conversion.white_level == 1023
    assert model.decoded(opened)[1] == ("16-bit images: 1,023 is white, as in training",)
    dark = np.full((32, 32, 1), 100, np.uint16)  # its own white level would be 255
    file = encode_image(dark, ".png")
    assert int(model.prepare(file).max()) == round(100 * 255 / 1023)
    (prediction,) = model.predict(file)
    assert prediction.note == "" or "16 bits" not in prediction.note
    model.conversion = Conversion()
    assert "measured on these images (16 of 16)" in model.decoded(opened)[1][0]
    (prediction,) = model.predict(file)
    assert "16 bits per channel" in prediction.note


def test_shards_keep_the_background(tmp_path):
    root = fill(tmp_path / "icons", icons)
    opened = datasets.open(root, options=DataOptions(background="#404040"))
    datasets.write_shards(opened, tmp_path / "shards")
    shards = datasets.open(tmp_path / "shards")
    assert conversion_of(shards) == conversion_of(opened)
    assert shards.mean == opened.mean
    assert torch.equal(shards.split("test").images_NCHW.sort(0)[0].sum(), opened_sum(opened))
    other = datasets.open(tmp_path / "shards", options=DataOptions(background="white"))
    assert conversion_of(other).background == "#ffffff"


def opened_sum(opened):
    return opened.split("test").images_NCHW.sum()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_reads_images_in_its_own_channels(channels, tmp_path):
    root = fill(tmp_path / "things", colours if channels == 1 else sensor)
    opened = datasets.open(root)
    assert opened.channels == 4 - channels
    architecture = convscope.load("lenet5", num_classes=2, input=CHW(channels, 32, 32))
    planned = starting.plan(architecture, opened, out=tmp_path / "run", settings=FAST)
    kind = "grey" if channels == 1 else "colour"
    assert any("all 48 are read in " + kind in note for note in planned.notes)
    assert planned.data.mean == pytest.approx(
        planned.data.split("train").images_NCHW.float().mean((0, 2, 3)).div(255).tolist(), abs=1e-5
    )
    list(starting.start(planned))
    model = convscope.open(tmp_path / "run")
    evaluation = model.evaluate(root, split="test")
    assert evaluation.num_samples == 16
    files = sorted((root / "test").rglob("*.png"))
    predictions = model.predict([str(file) for file in files])
    right = sum(p.top[0].label == f.parent.name for p, f in zip(predictions, files, strict=True))
    assert right / 16 == pytest.approx(evaluation.accuracy)


def test_images_in_memory_are_converted_as_files_are():
    class Arrays:
        name, classes, channels, shape = "arrays", ("a", "b"), 3, CHW(3, 5, 4)

        def split(self, name):
            rng = np.random.default_rng(0)
            images = torch.from_numpy(rng.integers(0, 256, (6, 3, 5, 4), dtype=np.uint8))
            return datasets.Split(images, torch.zeros(6, dtype=torch.int64))

    grey, notes = converted(Arrays(), channels=1)
    assert isinstance(grey, ConvertedArrays)
    assert grey.shape == CHW(1, 5, 4)
    assert "all 18 are read in grey" in notes[0]
    images = Arrays().split("train").images_NCHW
    for before, after in zip(images, grey.split("train").images_NCHW, strict=True):
        expected = Image.fromarray(before.permute(1, 2, 0).numpy()).convert("L")
        np.testing.assert_array_equal(after[0], np.asarray(expected))
    again, notes = converted(grey, channels=3)
    assert torch.equal(*again.split("train").images_NCHW[:, 1:].unbind(1))
    same, notes = converted(grey, channels=1)
    assert same is grey
    assert notes == ()


def test_options_without_meaning_are_refused():
    with pytest.raises(InputError, match="background"):
        datasets.open("mnist", options=DataOptions(background="black"))


def test_without_the_extra_heic_files_are_left_out_and_counted(tmp_path, monkeypatch):
    root = fill(tmp_path / "things", colours)
    for number in range(3):
        (root / "train" / "cat" / f"IMG_{number}.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    monkeypatch.setattr("convscope.io.formats.heic_installed", lambda: False)
    notes = " ".join(datasets.open(root).notes)
    assert "3 of 51 files" in notes
    assert f"3 .heic ({install_command('heic')})" in notes


def test_training_on_images_that_vanish_on_the_background_is_said(tmp_path):
    def white_ink(label, number):
        return icons(label, number) | np.uint8([255, 255, 255, 0])

    root = fill(tmp_path / "icons", white_ink)
    assert "#ffffff" in blank_notes(datasets.open(root))[0]
    assert not blank_notes(datasets.open(root, options=DataOptions(background="black")))
    assert blank_notes(datasets.open(root))[0] in starting.plan("lenet5", root).notes


def test_the_number_of_reduced_images_is_said(tmp_path, monkeypatch):
    root = fill(tmp_path / "photos", lambda c, n: np.repeat(colours(c, n), 3 + n % 2, axis=0))
    monkeypatch.setattr("convscope.io.image_limits.MAX_INPUT_PIXELS", 100 * 32)
    events = list(starting.train("resnet20", root, epochs=1, batch_size=4, out=tmp_path / "run"))
    notes = [event.message for event in events if event.type == "Note"]
    assert any(note.startswith("8 of 16 validation images have more") for note in notes)
    evaluation = convscope.open(tmp_path / "run").evaluate(root)
    assert evaluation.source.reduced == 8
