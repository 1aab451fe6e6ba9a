"""Photos and drawings of digits against MNIST's own images, which were made in the same way."""

import io

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import convscope
from convscope.cli import app
from convscope.data.sets.mnist import MNIST
from convscope.errors import InputError
from convscope.handwriting.digit import prepare_digit
from convscope.handwriting.prepared import is_prepared
from convscope.io.values import as_pixels
from convscope.network import ModelFile, save_model
from convscope.opening import untrained
from convscope.predict import is_of_digits
from convscope.shapes import CHW
from tests.handwriting import renderings


@pytest.fixture(scope="module")
def digits():
    return MNIST.split("test").images_NCHW[:, 0].numpy()


def similarity(one, other):
    """Return the cosine of two images, at the best shift of at most 1 pixel."""
    shifts = [np.roll(one, (r, c), (0, 1)) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    vectors = [shift.astype(float).ravel() for shift in shifts]
    target = other.astype(float).ravel()
    return max(
        vector @ target / np.linalg.norm(vector) / np.linalg.norm(target) for vector in vectors
    )


def test_every_image_of_mnist_is_left_as_it_is(digits):
    for image in digits[::20]:
        assert is_prepared(image[..., None])
        np.testing.assert_array_equal(prepare_digit(image[..., None]).pixels_HW, image)


# of thick, thin and turned strokes the cosine with the original is lower by nature
LEAST = {"marker": 0.75, "pencil": 0.7, "thin": 0.5, "rotated": 0.6}


@pytest.mark.parametrize("name", [each.__name__ for each in renderings.REQUIRED])
def test_renderings_become_the_digit_of_mnist(digits, name):
    render, random = getattr(renderings, name), np.random.default_rng(0)
    for image in digits[:3]:
        prepared, note = prepare_digit(as_pixels(render(image, random)))
        assert similarity(prepared, image) > LEAST.get(name, 0.85)
        assert "prepared as a digit of MNIST" in note


def test_a_thick_ring_is_no_sheet_of_paper(digits):
    for image in digits[[1433, 346]]:
        thick = as_pixels(renderings.marker(image, np.random.default_rng(0)))
        assert similarity(prepare_digit(thick).pixels_HW, image) > LEAST["marker"]


@pytest.mark.parametrize("render", [renderings.squared, renderings.lined, renderings.sheet])
def test_lines_and_sheets_of_paper_are_no_ink(digits, render):
    prepared, _ = prepare_digit(render(digits[0], np.random.default_rng(1)))
    assert similarity(prepared, digits[0]) > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("name", [each.__name__ for each in renderings.FURTHER])
def test_further_renderings_become_the_digit_of_mnist(digits, name):
    render, random = getattr(renderings, name), np.random.default_rng(0)
    close = [
        similarity(prepare_digit(as_pixels(render(image, random))).pixels_HW, image)
        > LEAST.get(name, 0.85)
        for image in digits[:10]
    ]
    assert sum(close) >= 9


def test_size_and_centre_are_those_of_mnist(digits):
    prepared, _ = prepare_digit(255 - np.pad(digits[0], ((3, 60), (40, 5)))[..., None])
    rows, columns = np.nonzero(prepared)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    weights = prepared / prepared.sum()
    assert abs((weights.sum(1) * np.arange(28)).sum() - 14) <= 0.5
    assert abs((weights.sum(0) * np.arange(28)).sum() - 14) <= 0.5


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_page_has_no_ink(value):
    with pytest.raises(InputError, match="no ink"):
        prepare_digit(np.full((200, 300, 3), value, np.uint8))


def test_grain_and_a_shadow_are_no_ink():
    page = renderings.paper(
        (300, 400), (220, 215, 205), shadow=0.3, noise=4, random=np.random.default_rng(0)
    )
    with pytest.raises(InputError, match="no ink"):
        prepare_digit(renderings.picture(page))


def test_a_blot_is_not_thinned_away():
    page = np.full((100, 100, 1), 255, np.uint8)
    page[40:43, 40:43] = 0
    assert prepare_digit(page).pixels_HW.max() == 255


def test_of_several_digits_the_largest_is_used_and_said(digits):
    plane = np.zeros((200, 420))
    plane[20:160, 20:160] = renderings.ink(digits[0], 140)
    plane[20:180, 220:380] = renderings.ink(digits[1], 160)
    page = renderings.picture(renderings.drawn(plane, np.full((200, 420, 3), 255.0), (0, 0, 0)))
    prepared, note = prepare_digit(page)
    assert similarity(prepared, digits[1]) > 0.85
    assert "2 shapes of ink are in the image, and only the largest is used" in note


def test_the_orientation_of_a_photo_is_applied(digits):
    page = Image.fromarray(renderings.corner(digits[2], np.random.default_rng(0)))
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # stored turned by 90 degrees to the left
    page.rotate(90, expand=True).save(stream, format="JPEG", quality=95, exif=exif)
    prepared = prepare_digit(as_pixels(stream.getvalue())).pixels_HW
    assert similarity(prepared, digits[2]) > 0.85


@pytest.mark.parametrize(
    ("shape", "labels", "expected"),
    [
        (CHW(1, 28, 28), "0123456789", True),
        (CHW(1, 32, 32), "0123456789", True),
        (CHW(3, 32, 32), "0123456789", False),
        (CHW(1, 28, 28), "abcdefghij", False),
        (CHW(1, 64, 64), "0123456789", False),
    ],
)
def test_models_of_digits_are_recognised(shape, labels, expected):
    assert is_of_digits(tuple(labels), shape) is expected


def test_the_prepared_digit_is_saved_and_an_existing_file_kept(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = untrained(convscope.load("lenet5"))
    card = made.card.model_copy(update={"labels": tuple("0123456789")})
    save_model(tmp_path / "model.safetensors", ModelFile(card, dict(made.network.state_dict())))
    ink = renderings.transparent(digits[0], np.random.default_rng(0))
    Image.fromarray(ink).save("ink.png")
    command = ["predict", "model.safetensors", "ink.png", "--digit", "--save-digit", "digit.png"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    with Image.open("digit.png") as saved:
        assert similarity(np.asarray(saved.convert("L")), digits[0]) > 0.85
    again = CliRunner().invoke(app, command)
    assert "already exists" in str(again.exception)
