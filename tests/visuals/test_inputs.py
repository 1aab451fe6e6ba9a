"""Inputs from a card and a photo: preprocessed image, underlay and note."""

import numpy as np
import pytest
import torch

import convscope
from convscope.arch import Chain
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.network import Card, build_block
from convscope.opening import untrained
from convscope.shapes import CHW
from convscope.visuals.inputs import MAX_SIDE, model_inputs

NORMALISE = Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def inputs(preprocessing, size):
    architecture = convscope.load("resnet20")
    card = Card(
        architecture=architecture,
        labels=tuple(f"class {k}" for k in range(10)),
        preprocessing=preprocessing,
    )
    network = untrained(architecture).network
    raw_NCHW = torch.randint(0, 256, (1, 3, *size), dtype=torch.uint8)
    return raw_NCHW, model_inputs(
        card, network, build_block(preprocessing, CHW(3, *size)), raw_NCHW=raw_NCHW
    )


@pytest.mark.parametrize(
    ("chain", "size", "note", "underlay"),
    [
        ({"resize": Resize((32, 32))}, (32, 32), "", (32, 32)),
        (
            {"resize": Resize((32, 32))},
            (60, 90),
            "Image of 60 x 90 resized to 32 x 32 by the model's preprocessing.",
            (60, 90),
        ),
        (
            {"resize": Resize(36), "crop": CenterCrop(32)},
            (72, 144),
            "Image of 72 x 144 resized to 36 x 72, then cropped to 32 x 32 by the "
            "model's preprocessing.",
            (64, 64),
        ),
        (
            {"resize": Resize((28, 28)), "border": CenterCrop(32)},
            (28, 28),
            "Image of 28 x 28 padded to 32 x 32 by the model's preprocessing.",
            (32, 32),
        ),
    ],
)
def test_note_and_underlay(chain, size, note, underlay):
    raw_NCHW, result = inputs(Chain(**chain, normalise=NORMALISE), size)
    assert result.image_NCHW.shape == (1, 3, 32, 32)
    assert result.underlay.shape == (*underlay, 3)
    assert result.note == note
    if underlay == size:
        assert np.array_equal(result.underlay, raw_NCHW[0].permute(1, 2, 0).numpy())


def test_large_photos_are_reduced_to_the_limit_of_a_payload():
    _, result = inputs(Chain(resize=Resize((32, 32)), normalise=NORMALISE), (40, 5000))
    assert result.underlay.shape == (33, MAX_SIDE, 3)
    assert MAX_SIDE**2 * 3 < 64 << 20


def test_data_with_another_number_of_channels_are_converted():
    inputs = untrained(convscope.load("resnet20")).visual_inputs(data="mnist")
    batches = inputs.split.inputs(inputs.preprocessing, batch_size=2, device="cpu")
    assert next(iter(batches))[0].shape == (2, 3, 32, 32)
