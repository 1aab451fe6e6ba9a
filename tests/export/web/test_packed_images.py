"""Images to train on in the tab: the file's form, its size, and when it lies beside a page."""

import gzip
import json

import numpy as np
import pytest

import convscope
from convscope.data.formats.idx_dataset import IdxDataSet
from convscope.errors import InputError
from convscope.export.web import target
from convscope.export.web.packed_images import SHARES, Share, data_for, packed_images

from .pages import digits, joined


def read(content):
    """Header, classes and pixels, by the form that docs/reference/web.md states."""
    whole = gzip.decompress(content)
    assert whole[:4] == b"CVI1"
    end = 8 + int.from_bytes(whole[4:8], "little")
    header = json.loads(whole[8:end])
    count = header["train"] + header["held_out"]
    classes = np.frombuffer(whole, np.uint8, count, end)
    pixels = np.frombuffer(whole, np.uint8, offset=end + count)
    return header, classes, pixels.reshape(count, *header["shape"])


def test_images_and_classes_come_back():
    mnist = convscope.data.open("mnist")
    header, classes, pixels = read(packed_images(mnist, Share(40, 10)))
    assert (header["train"], header["held_out"], header["shape"]) == (40, 10, [1, 28, 28])
    assert header["labels"] == list("0123456789")
    assert "LeCun" in header["notice"]
    (train, train_labels), (test, test_labels) = mnist.read_training(), mnist.read_test()
    np.testing.assert_array_equal(pixels, np.concatenate([train[:40], test[:10]]))
    np.testing.assert_array_equal(classes, np.concatenate([train_labels[:40], test_labels[:10]]))
    mean, std = header["mean"][0], header["std"][0]
    assert (round(train.mean() / 255, 4), round(train.std() / 255, 4)) == (0.1307, 0.3081)
    assert (round(mean, 4), round(std, 4)) == (0.1307, 0.3082) or abs(std - 0.3081) < 1e-4


@pytest.mark.slow
def test_mnist_takes_at_most_4_mb():
    content = packed_images(convscope.data.open("mnist"), SHARES["mnist"])
    header, _, _ = read(content)
    assert (header["train"], header["held_out"]) == (20_000, 2_000)
    assert len(content) <= 4_000_000


def with_provenance(card, **data):
    return card.model_copy(update={"provenance": {"data": data}})


def test_the_data_are_those_of_the_model():
    card = digits().file().card
    assert data_for(card) == "mnist"
    assert data_for(with_provenance(card, name="fashion_mnist")) == "fashion_mnist"
    assert data_for(with_provenance(card, name="../mnist")) is None
    letters = card.model_copy(update={"labels": tuple("abcdefghij"), "provenance": {}})
    assert data_for(letters) is None
    assert data_for(letters.model_copy(update={"labels": tuple("0123456789")})) == "mnist"
    assert data_for(joined().file().card) is None


@pytest.fixture
def small(fake_page, monkeypatch):
    """Exports without the process that verifies, with few digits, all of the test images."""
    monkeypatch.setattr(target, "require_agreement", lambda *_: None)
    monkeypatch.setitem(SHARES, "mnist", Share(20, 10))
    monkeypatch.setattr(IdxDataSet, "read_training", IdxDataSet.read_test)


@pytest.mark.usefixtures("small")
def test_digits_lie_beside_a_network_for_digits(tmp_path):
    digits().export("web", tmp_path / "out")
    digits().export("web", tmp_path / "without", training=False)
    manifest = json.loads((tmp_path / "out/model/model.json").read_text())
    assert manifest["training"] == [{"name": "mnist", "file": "training/mnist.cvi"}]
    assert read((tmp_path / "out/model/training/mnist.cvi").read_bytes())[0]["name"] == "mnist"
    assert json.loads((tmp_path / "without/model/model.json").read_text())["training"] == []


@pytest.mark.usefixtures("small")
def test_nothing_to_train_on_is_said(tmp_path):
    with pytest.raises(InputError, match="no images to train joined on"):
        joined().export("web", tmp_path / "out", training=True)
    assert not (tmp_path / "out").exists()
