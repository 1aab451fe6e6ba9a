"""`convscope data show DATA --index N`: one image with its original pixels, and its class."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.errors import InputError, StorageError
from convscope.samples.photos import listed_photos


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    root = tmp_path_factory.mktemp("samples")
    return {name: convscope.sample(name, root / name) for name in ("photos", "table", "shards")}


def show(*arguments):
    result = CliRunner().invoke(app, ["data", "show", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_one_image_of_a_published_set(tmp_path):
    out = tmp_path / "digit.png"
    text = show("mnist", "--index", 7, "--split", "test", "-o", out)
    assert text == f"{out}: class 9 (image 7 of mnist, split test)\n"
    pixels = convscope.data.open("mnist").split("test").image(7)[0].numpy()
    assert np.array_equal(np.asarray(Image.open(out)), pixels)


def test_one_photo_of_a_folder_in_its_own_size(samples, tmp_path):
    out = tmp_path / "photo.png"
    photo = [p for p in listed_photos() if p.split == "val"][9]
    facts = json.loads(show(samples["photos"], "--index", 9, "--split", "val", "-o", out, "--json"))
    assert facts["class"] == photo.label
    original = samples["photos"] / photo.file
    assert np.array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(original)))


@pytest.mark.parametrize("name", ["table", "shards"])
def test_images_of_other_forms_have_the_class_of_their_photo(samples, tmp_path, name):
    photos = {
        np.asarray(Image.open(samples["photos"] / photo.file)).tobytes(): photo.label
        for photo in listed_photos()
    }
    for index in range(0, 14, 4):
        out = tmp_path / f"{index}.png"
        facts = json.loads(
            show(samples[name], "--index", index, "--split", "test", "-o", out, "--json")
        )
        assert facts["class"] == photos[np.asarray(Image.open(out)).tobytes()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--index", "10000", "--split", "test"], "split test of mnist has no image 10,000"),
        (["--index", "-1"], "has no image -1"),
        (["--index", "0", "--recipe", "photos"], "--index saves one image"),
        (["--index", "0", "--num", "3"], "--index saves one image"),
    ],
)
def test_what_cannot_be_saved_is_refused(tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        show("mnist", *arguments, "-o", tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_kept(tmp_path):
    out = tmp_path / "digit.png"
    out.write_bytes(b"mine")
    with pytest.raises(StorageError, match="already exists"):
        show("mnist", "--index", 0, "-o", out)
    assert out.read_bytes() == b"mine"
