"""The hint to try --invert: only for single-channel models, and only for the plain reverse."""

import numpy as np
import pytest
import torch

import convscope
from convscope.arch import Chain
from convscope.data.sets.mnist import MNIST
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.model import Model
from convscope.network import Card, ModelFile, build
from convscope.opening import untrained
from convscope.predict import inversion_note, training_background
from convscope.shapes import CHW

MNIST_NORMALISE = Normalize(MNIST.mean, MNIST.std)
IMAGENET_NORMALISE = Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def model(normalise, name="lenet5", **blocks):
    architecture = convscope.load(name)
    card = Card(
        architecture=architecture,
        labels=tuple(f"class {n}" for n in range(architecture.num_classes)),  # no digits
        preprocessing=Chain(**blocks, normalise=normalise),
    )
    return Model(ModelFile(card, dict(build(architecture, seed=0).state_dict())))


@pytest.fixture(scope="module")
def digits():
    return MNIST.split("test").images_NCHW


@pytest.mark.parametrize(
    "blocks", [{"pad": CenterCrop(32)}, {"resize": Resize((32, 32))}], ids=["pad", "resize"]
)
def test_digits_on_paper_get_the_hint_and_digits_on_black_do_not(digits, blocks):
    mnist = model(MNIST_NORMALISE, **blocks)
    on_black = digits[0, 0].numpy()
    assert mnist.predict(on_black)[0].note == ""
    assert "try --invert" in mnist.predict(255 - on_black)[0].note
    assert mnist.predict(255 - on_black, invert=True)[0].note == ""
    assert mnist.predict(on_black, invert=True)[0].note == "", "never when --invert was given"


def test_every_test_digit_is_told_apart(digits):
    notes = [inversion_note(image[None], "dark") for image in digits]
    assert sum(bool(note) for note in notes) == 0
    reverse = [inversion_note(255 - image[None], "dark") for image in digits]
    assert sum(bool(note) for note in reverse) == len(digits)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_no_photo_gets_the_hint_from_a_colour_model(value):
    """A white background alone is +2.4 after ImageNet's normalisation."""
    photo = np.full((224, 224, 3), value, np.uint8)
    photo[80:140, 80:140] = (200, 30, 30)
    colour = model(IMAGENET_NORMALISE, "resnet20", resize=Resize((32, 32)))
    assert colour.predict(photo)[0].note == ""


def test_no_hint_where_training_was_on_grey_photos(digits):
    grey = model(Normalize((0.45,), (0.25,)), pad=CenterCrop(32))
    assert grey.predict(255 - digits[0, 0].numpy())[0].note == ""
    assert untrained(convscope.load("lenet5")).predict(digits[0, 0].numpy())[0].note == ""


def test_an_even_grey_image_is_not_plainly_the_reverse():
    assert inversion_note(torch.full((1, 1, 28, 28), 140, dtype=torch.uint8), "dark") == ""


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({"normalise": MNIST_NORMALISE}, "dark"),
        ({"normalise": Normalize((0.9,), (0.2,))}, "light"),
        ({"normalise": Normalize((0.5,), (0.25,))}, None),
        ({"normalise": Normalize((0.0,), (1.0,))}, None),
    ],
)
def test_the_background_follows_from_the_mean(layers, expected):
    input = CHW(1, 28, 28)
    preprocessing = convscope.network.build_block(Chain(**layers), input)
    assert training_background(preprocessing, input) == expected


def test_a_light_background_is_reversed_too(digits):
    assert inversion_note(digits[:1], "light") != ""
    assert inversion_note(255 - digits[:1], "light") == ""
