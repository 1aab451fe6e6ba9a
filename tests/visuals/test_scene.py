"""From a card and a photo to a scene: what the network saw, what lies beneath, what is said."""

import numpy as np
import pytest
import torch

import convscope
from convscope.arch import Chain
from convscope.errors import InputError
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.model import untrained
from convscope.network import Card, build_block
from convscope.shapes import CHW
from convscope.visuals.scene import LONGEST, scene_of

NORMALISE = Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def scene(preprocessing, size):
    architecture = convscope.load("resnet20")
    card = Card(
        architecture=architecture,
        labels=tuple(f"class {k}" for k in range(10)),
        preprocessing=preprocessing,
    )
    network = untrained(architecture).network
    raw_NCHW = torch.randint(0, 256, (1, 3, *size), dtype=torch.uint8)
    return raw_NCHW, scene_of(
        card, network, build_block(preprocessing, CHW(3, *size)), raw_NCHW=raw_NCHW
    )


@pytest.mark.parametrize(
    ("chain", "size", "said", "beneath"),
    [
        ({"resize": Resize((32, 32))}, (32, 32), "", (32, 32)),
        ({"resize": Resize((32, 32))}, (60, 90), "resized to 32 x 32, as", (60, 90)),
        (
            {"resize": Resize(36), "crop": CenterCrop(32)},
            (72, 144),
            "resized to 36 x 72, then cut to 32 x 32, as",
            (64, 64),
        ),
        (
            {"resize": Resize((28, 28)), "border": CenterCrop(32)},
            (28, 28),
            "was bordered to 32 x 32, as",
            (32, 32),
        ),
    ],
)
def test_what_is_said_and_what_lies_beneath(chain, size, said, beneath):
    raw_NCHW, made = scene(Chain(**chain, normalise=NORMALISE), size)
    assert made.image_NCHW.shape == (1, 3, 32, 32)
    assert made.underlay.shape == (*beneath, 3)
    assert said in made.note
    assert bool(made.note) == bool(said)
    if beneath == size:
        assert np.array_equal(made.underlay, raw_NCHW[0].permute(1, 2, 0).numpy())


def test_the_largest_photos_fit_into_a_payload():
    _, made = scene(Chain(resize=Resize((32, 32)), normalise=NORMALISE), (40, 5000))
    assert made.underlay.shape == (33, LONGEST, 3)
    assert LONGEST**2 * 3 < 64 << 20


def test_data_of_other_channels_are_refused():
    found = untrained(convscope.load("resnet20"))
    with pytest.raises(InputError, match="1 channels"):
        found.scene(data="mnist")
