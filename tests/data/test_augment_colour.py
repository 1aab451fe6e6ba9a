"""Colour augmentations against Pillow's ImageEnhance, colorsys and NumPy's eigenvectors."""

import colorsys
import math

import numpy as np
import pytest
import scipy.stats
import torch
from PIL import Image, ImageEnhance

from convscope.data import ColourJitter, PcaLighting
from convscope.data.augment.colour import STEPS
from convscope.data.augment.lighting import IMAGENET_VALUES, IMAGENET_VECTORS
from convscope.errors import InputError

NOTHING = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(num=6, channels=3, height=12, width=10, seed=1):
    size = (num, channels, height, width)
    return torch.randint(256, size, generator=generator(seed), dtype=torch.uint8)


def alone(**strengths):
    return ColourJitter(**(NOTHING | strengths))


def drawn(jitter, num, seed):
    return jitter.numbers(num, generator(seed))[1].double().numpy()


# --- one step at a time


@pytest.mark.parametrize(
    ("name", "row", "enhance"),
    [
        ("brightness", 0, ImageEnhance.Brightness),
        ("contrast", 1, ImageEnhance.Contrast),
        ("saturation", 2, ImageEnhance.Color),
    ],
)
def test_each_step_equals_pillow(name, row, enhance):
    jitter, images = alone(**{name: 0.9}), noise()
    found = jitter.apply(images, generator(4)).numpy()
    for n, factor in enumerate(drawn(jitter, 6, 4)[row]):
        picture = Image.fromarray(images[n].permute(1, 2, 0).numpy())
        expected = np.asarray(enhance(picture).enhance(factor), np.float64).transpose(2, 0, 1)
        # Pillow rounds the grey that it blends with, cuts off what is behind the point, and
        # takes the mean of a rounded grey
        assert np.abs(found[n] - expected).max() < 2.5
        assert abs((found[n] - expected).mean()) < 1.0


def test_hue_equals_colorsys():
    jitter, images = alone(hue=0.5), noise()
    images[0, :, 0] = torch.tensor([0, 255, 128] * 3 + [7])  # greys among them
    images[0, 0, 1], images[0, 1, 1] = 255, 0
    found = jitter.apply(images, generator(2)).numpy()
    for n, turn in enumerate(drawn(jitter, 6, 2)[3]):
        for y, x in np.ndindex(12, 10):
            hue, saturation, value = colorsys.rgb_to_hsv(*(images[n, :, y, x].numpy() / 255))
            expected = np.array(colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)) * 255
            assert np.abs(found[n, :, y, x] - expected).max() < 0.01


def test_a_turn_of_one_third_moves_red_to_green():
    red = torch.zeros(1, 3, 1, 1)
    red[0, 0] = 200.0
    STEPS[3](red, torch.full((1, 1, 1, 1), 1 / 3))
    assert red.flatten().tolist() == pytest.approx([0, 200, 0], abs=1e-3)


# --- together


def by_hand(image_CHW, order, numbers):
    """The four steps in NumPy, in float64."""
    x = image_CHW.astype(np.float64)
    luma = np.array([0.299, 0.587, 0.114])
    for step in order:
        if step == 0:
            x = x * numbers[0]
        elif step == 1:
            x = numbers[1] * x + (1 - numbers[1]) * (luma @ x.reshape(3, -1)).mean()
        elif step == 2:
            x = numbers[2] * x + (1 - numbers[2]) * np.einsum("c,chw->hw", luma, x)
        else:
            for y, w in np.ndindex(x.shape[1:]):
                hue, saturation, value = colorsys.rgb_to_hsv(*(x[:, y, w] / 255))
                turned = colorsys.hsv_to_rgb((hue + numbers[3]) % 1, saturation, value)
                x[:, y, w] = np.array(turned) * 255
        x = x.clip(0, 255)
    return x


@pytest.mark.parametrize("seed", range(6))
def test_the_steps_are_applied_in_random_order(seed):
    jitter = ColourJitter(brightness=0.8, contrast=1.5, saturation=0.7, hue=0.3)
    images = noise(num=3)
    order, numbers = jitter.numbers(3, generator(seed))
    found = jitter.apply(images, generator(seed)).numpy()
    for n in range(3):
        expected = by_hand(images[n].numpy(), order, numbers[:, n].double().numpy())
        assert np.abs(found[n] - expected).max() < 0.05


def test_all_orders_occur():
    jitter = ColourJitter()
    orders = {tuple(jitter.numbers(1, generator(seed))[0]) for seed in range(300)}
    assert len(orders) == math.factorial(4)


@pytest.mark.parametrize("strength", [0.4, 1.0, 3.0])
def test_factors_fill_their_bounds(strength):
    jitter = ColourJitter(brightness=strength, contrast=strength, saturation=strength, hue=0.25)
    numbers = drawn(jitter, 4000, 0)
    low = max(0.0, 1 - strength)
    for factor in numbers[:3]:
        assert scipy.stats.kstest((factor - low) / (1 + strength - low), "uniform").pvalue > 1e-3
    assert scipy.stats.kstest(numbers[3] * 2 + 0.5, "uniform").pvalue > 1e-3


def test_strength_zero_changes_nothing():
    images = noise()
    assert alone().apply(images, generator()).equal(images.float())


def test_a_grey_image_has_neither_saturation_nor_hue():
    images = noise(channels=1)
    jitter = alone(saturation=0.9, hue=0.5)
    assert jitter.apply(images, generator()).equal(images.float())
    three = jitter.apply(images.expand(-1, 3, -1, -1), generator())
    assert (three - images).abs().max() < 0.01, "the same is true of a grey image in colour"


def test_grey_and_grey_as_rgb_give_the_same():
    jitter, images = ColourJitter(hue=0.1), noise(channels=1)
    grey = jitter.apply(images, generator(9))
    colour = jitter.apply(images.expand(-1, 3, -1, -1), generator(9))
    assert (colour - grey).abs().max() < 0.05


# --- lighting


def test_lighting_adds_one_colour_to_an_image():
    lighting = PcaLighting(std=0.05)
    images = torch.full((4000, 3, 2, 2), 128, dtype=torch.uint8)
    added = lighting.apply(images, generator()).double() - 128
    assert (added == added[:, :, :1, :1]).all()
    parts = added[:, :, 0, 0].numpy() @ np.array(IMAGENET_VECTORS) / 255
    for i, value in enumerate(IMAGENET_VALUES):
        assert scipy.stats.kstest(parts[:, i] / (value * 0.05), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(parts.T) - np.eye(3)).max() < 0.06


def test_imagenet_axes_are_orthogonal():
    axes = np.array(IMAGENET_VECTORS)
    assert np.allclose(axes.T @ axes, np.eye(3), atol=2e-4)


def test_lighting_is_clipped_to_0_to_255():
    images = noise()
    found = PcaLighting(std=3.0).apply(images, generator())
    assert (found.min(), found.max()) == (0, 255)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_fit_equals_numpy(channels):
    mixing = np.random.RandomState(3).normal(size=(channels, channels))
    colours = np.random.RandomState(4).normal(size=(500 * 12, channels)) @ mixing * 20 + 128
    images = colours.clip(0, 255).astype(np.uint8).reshape(500, 3, 4, channels)
    images = torch.from_numpy(images).permute(0, 3, 1, 2)
    lighting = PcaLighting.fit(images, std=0.2)
    pixels = images.permute(1, 0, 2, 3).reshape(channels, -1).double().numpy() / 255
    expected = np.sort(np.linalg.eigvalsh(np.cov(pixels, bias=True).reshape(channels, channels)))
    assert lighting.values == pytest.approx(expected[::-1], rel=1e-9)
    assert lighting.std == 0.2
    axes = np.array(lighting.vectors)
    covariance = axes @ np.diag(lighting.values) @ axes.T
    assert np.allclose(covariance, np.cov(pixels, bias=True), atol=1e-12)
    assert (axes[np.abs(axes).argmax(0), range(channels)] > 0).all()
    lighting.check(channels)
    assert PcaLighting.model_validate_json(lighting.model_dump_json()) == lighting


def test_fit_of_one_colour_and_of_nothing():
    assert PcaLighting.fit(torch.full((2, 3, 4, 4), 9, dtype=torch.uint8)).values == (0, 0, 0)
    with pytest.raises(InputError, match="no pixels"):
        PcaLighting.fit(torch.empty(0, 3, 4, 4))


def test_fit_uses_a_regular_subset_of_many_images(monkeypatch):
    monkeypatch.setattr("convscope.data.augment.lighting.MAX_PIXELS", 120)
    images = noise(num=6, height=5, width=8)
    assert PcaLighting.fit(images) == PcaLighting.fit(images[::2])
