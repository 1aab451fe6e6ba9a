"""`convscope look`: pictures, numbers and pages; a model of its own, and one of the zoo."""

import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope.cli import main
from convscope.errors import InputError
from convscope.model import Model
from convscope.network import build, save_model
from convscope.network.model_file import ModelFile
from convscope.opening import open_or_untrained, untrained
from convscope.payload import from_json


def cli(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "convscope", "look", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A LeNet-5 with names for its classes, as a file."""
    found = untrained(convscope.load("lenet5"))
    labels = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
    card = found.card.model_copy(update={"labels": labels})
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    save_model(path, ModelFile(card, dict(found.network.state_dict())))
    return path


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (48, 60)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_and_what_is_said(model, photo, tmp_path):
    done = cli("grad-cam", model, photo, "--class", "vier", "-o", tmp_path / "out.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "class 4 (vier)" in done.stderr
    assert "Image of 48 x 60 resized to 32 x 32" in done.stderr
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.width > 2 * 300  # the photo, and the map over it
    again = cli("grad-cam", model, photo, "-o", tmp_path / "out.png")
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_numbers_on_stdout_and_for_numpy(model, photo, tmp_path):
    done = cli("saliency", model, photo, "--json", "-o", tmp_path / "out.npz")
    assert done.returncode == 0, done.stderr
    payload = from_json(done.stdout)
    with np.load(tmp_path / "out.npz") as found:
        assert np.array_equal(found["values"], payload.values)
    assert payload.underlay.shape == (48, 60, 3)


def test_the_zoo_is_looked_into_with_a_warning():
    done = cli("filters", "lenet5")
    assert done.returncode == 0, done.stderr
    assert "not trained" in done.stderr
    assert "Kernels of conv1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("grad_camm", "lenet5"), "did you mean grad_cam"),
        (("saliency", "lenet55"), "did you mean lenet5"),
        (("saliency", "lenet5"), "needs an image"),
        (("saliency", "lenet5", "gone.png"), "gone.png"),
        (("filters", "lenet5", "--layer", "conv9"), "did you mean conv"),
        (("filters", "lenet5", "--set", "max_kernels"), "NAME=VALUE"),
        (("filters", "lenet5", "-o", "out.jpg"), "out.jpg"),
        (("all", "lenet5"), "page.html"),
        (("all", "lenet5", "--check", "-o", "a.png"), "single visual"),
        (("top_patches", "lenet5"), "--data"),
    ],
)
def test_mistakes_are_messages(arguments, word, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["convscope", "look", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_everything_on_one_page(model, photo, tmp_path):
    done = cli("all", model, photo, "-o", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "page.html").read_text()
    assert 'id="saliency"' in text
    assert "<h2>Not shown</h2>" in text
    assert "left out: top_patches, embedding, confusion_gallery: needs a data set" in done.stderr
    assert text.count("needs a data set") == done.stderr.count("needs a data set") == 1
    assert re.search(r"page\.html: \d+ visuals in [0-9.]+ s", done.stderr)
    assert f"convscope look all {model} {photo} -o {tmp_path / 'page.html'}" in text
    assert "<b>" in text.partition("predictions")[2]  # probabilities of the classes
    order = [text.index(f'id="{name}"') for name in ("grad_cam", "filters", "gradient_flow")]
    assert order == sorted(order)


@pytest.mark.slow
def test_check(model, photo):
    done = cli("saliency", model, photo, "--check", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kind"] == "sheet"


def test_in_python(model, photo):
    found = convscope.open(model)
    by_name = found.look("saliency", photo, target="drei")
    by_number = convscope.look(found, "saliency", photo, target=3)
    assert by_name == by_number
    assert Image.open(io.BytesIO(by_name.png())).format == "PNG"
    assert found.look("filters", settings={"max_kernels": 2}).tiles.shape[0] == 2
    patches = found.visual_inputs(data=None)
    assert patches.image_NCHW is None


def test_models_of_the_zoo_by_name(model):
    found, trained = open_or_untrained("lenet5")
    assert not trained
    assert isinstance(found, Model)
    expected = build(convscope.load("lenet5"), seed=0).state_dict()
    assert all(torch.equal(expected[k], v) for k, v in found.network.state_dict().items())
    assert open_or_untrained(str(model))[1]
    with pytest.raises(InputError, match="no file"):
        open_or_untrained("nothing/here")
