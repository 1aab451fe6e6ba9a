"""Perturbations compared with NumPy and SciPy; probabilities and accuracy with a loop."""

import numpy as np
import pytest
import scipy.ndimage
import torch
from torch import nn

from convscope.confidence import wilson_interval
from convscope.data import Split
from convscope.errors import InputError
from convscope.visuals.methods.network import robustness
from convscope.visuals.perturbation import PERTURBATIONS, blurred, noisy, reduced, rotated, shifted

PIXELS = (torch.rand(2, 3, 20, 25, generator=torch.Generator().manual_seed(0)) * 255).round()


@pytest.mark.parametrize("name", list(PERTURBATIONS))
def test_strength_0_changes_nothing(name):
    assert 0 in PERTURBATIONS[name].strengths
    assert torch.equal(PERTURBATIONS[name].apply(PIXELS, 0.0, 0), PIXELS)


@pytest.mark.parametrize("strength", [20.0, -20.0])
def test_shift_in_whole_pixels(strength):
    columns = round(strength / 100 * 25)
    expected = scipy.ndimage.shift(PIXELS.numpy(), (0, 0, 0, columns), order=0, mode="nearest")
    assert np.array_equal(shifted(PIXELS, strength, 0).numpy(), expected)


def test_a_quarter_turn_is_clockwise():
    square = PIXELS[..., :20]
    turned = rotated(square, 90.0, 0)
    assert torch.allclose(turned, torch.rot90(square, -1, (2, 3)), atol=1e-2)


@pytest.mark.parametrize("angle", [20.0, -45.0])
def test_rotation_equals_scipy(angle):
    """Inside; at the edge SciPy repeats pixels by their centres, as here."""
    image = PIXELS[0, 0]
    expected = scipy.ndimage.rotate(image.numpy(), -angle, reshape=False, order=1, mode="nearest")
    ours = rotated(image[None, None], angle, 0)[0, 0].numpy()
    assert np.abs(ours - expected).max() < 0.1


def test_blur_equals_scipy():
    """Sigma is a percentage of the shorter side, 20; both cut the Gaussian at 3 sigma."""
    sigma = 2.0
    expected = scipy.ndimage.gaussian_filter(
        PIXELS.double().numpy(), (0, 0, sigma, sigma), mode="nearest", radius=6
    )
    assert np.abs(blurred(PIXELS.double(), 10.0, 0).numpy() - expected).max() < 1e-9


def test_noise_has_the_stated_deviation_and_depends_on_the_seed_alone():
    grey = torch.full((1, 1, 200, 200), 128.0)
    noise = noisy(grey, 20.0, 3) - 128
    assert float(noise.std()) == pytest.approx(20, rel=0.02)
    assert torch.equal(noisy(grey.repeat(2, 1, 1, 1), 20.0, 3)[1:], noisy(grey, 20.0, 3))
    assert not torch.equal(noisy(grey, 20.0, 4), noisy(grey, 20.0, 3))


def test_the_interval_is_wilsons():
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0.0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def prepare(pixels):
    return (pixels.float() - 100) / 50


def small():
    generator = torch.Generator().manual_seed(1)
    network = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16 * 21, 5))
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 20
    return network.eval()


def test_probabilities_and_accuracy_equal_a_loop():
    network = small()
    raw = (torch.rand(7, 3, 20, 25, generator=torch.Generator().manual_seed(2)) * 255).byte()
    split = Split(raw, torch.tensor([0, 1, 2, 3, 4, 0, 1]))
    sheet = robustness.compute(
        network,
        prepare(raw[:1]),
        target=2,
        pixels_NCHW=raw[:1].float(),
        split=split,
        preprocessing=prepare,
        kinds=("shift", "brightness"),
        num_images=6,
    )
    _, _, one, _, many = sheet.items
    place = 0
    for kind in ("shift", "brightness"):
        for strength in PERTURBATIONS[kind].strengths:
            inputs = prepare(PERTURBATIONS[kind].apply(raw[:6].float(), strength, 0))
            with torch.no_grad():
                logits = network(inputs)
            assert one.rows[place][3] == pytest.approx(float(logits.softmax(1)[0, 2]), abs=1e-5)
            assert one.rows[place][4] == f"class {int(logits[0].argmax())}"
            right = int((logits.argmax(1) == split.labels_N[:6]).sum())
            assert many.rows[place][3] == pytest.approx(right / 6)
            place += 1
    assert len(one.rows) == len(many.rows) == place
    assert "first 6 images" in sheet.caption


def test_without_pixels_the_input_is_perturbed():
    image = prepare(PIXELS[:1])
    sheet = robustness.compute(small(), image, kinds=("brightness",))
    assert "its range as 0 to 255" in sheet.caption
    span = image.max() - image.min()
    with torch.no_grad():
        logits = small()((image + 60 / 255 * span).clamp(max=image.max()))
    row = next(row for row in sheet.items[2].rows if row[1] == 60)
    target = int(small()(image).argmax())
    assert row[3] == pytest.approx(float(logits.softmax(1)[0, target]), abs=1e-4)


def test_an_image_or_a_data_set_is_needed():
    with pytest.raises(InputError, match="neither an image nor"):
        robustness.compute(small())


def test_photos_of_many_megapixels_are_reduced_by_means_of_squares():
    photo = torch.rand(1, 1, 3000, 4000, generator=torch.Generator().manual_seed(0))
    small_NCHW = reduced(photo)
    assert small_NCHW.shape == (1, 1, 1000, 1333)
    assert float(small_NCHW[0, 0, 7, 9]) == pytest.approx(float(photo[0, 0, 21:24, 27:30].mean()))
    assert reduced(PIXELS) is PIXELS
