"""Theoretical fields contain all pixels with a gradient; effective fields are smaller."""

import numpy as np
import pytest
import torch

import convscope
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.units import receptive_field
from convscope.visuals.methods.units.receptive_field import central_square, theoretical_field


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("lenet5", "conv2"),
        ("lenet5", "tanh1"),
        ("resnet20", "stage2.block1"),
        ("all_cnn_c", "block2.down"),
    ],
)
def test_the_gradient_is_zero_outside_the_theoretical_field(name, layer):
    network = build(convscope.load(name), seed=0)
    sheet = receptive_field.compute(network, layer=layer, num_images=4)
    values = np.array(sheet.items[0].values)
    rows, columns = np.nonzero(values)
    _, box = sheet.items[0].boxes
    assert rows.min() >= box.top
    assert rows.max() < box.top + box.height
    assert columns.min() >= box.left
    assert columns.max() < box.left + box.width
    if name == "lenet5":  # without padding every pixel of the field counts
        assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (
            box.height,
            box.width,
        )


def test_theoretical_fields_of_lenet5():
    network = build(convscope.load("lenet5"), seed=0)
    assert theoretical_field(network, "conv1", (14, 14)) == (14, 14, 5, 5)
    assert theoretical_field(network, "conv2", (5, 5)) == (10, 10, 14, 14)
    assert theoretical_field(torch.nn.Identity(), "", (0, 0)) is None


def test_the_same_seed_gives_the_same_map():
    network = build(convscope.load("lenet5"), seed=0)
    one = receptive_field.compute(network, num_images=2, seed=3)
    assert one == receptive_field.compute(network, num_images=2, seed=3)
    assert one != receptive_field.compute(network, num_images=2, seed=4)


def test_the_field_of_one_unit_is_its_kernel():
    network = build(convscope.load("lenet5"), seed=0)
    sheet = receptive_field.compute(network, layer="conv1", unit=2, num_images=1)
    weight = network.get_parameter("conv1.weight")[2, 0].detach().abs()
    field = sheet.items[0].values[14:19, 14:19]
    assert np.abs(field - (weight / weight.max()).numpy()).max() < 1e-6
    with pytest.raises(InputError, match="unit=6"):
        receptive_field.compute(network, layer="conv1", unit=6)


def test_a_torch_module_has_no_theoretical_field():
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(72, 2)
    )
    sheet = receptive_field.compute(module, torch.zeros(1, 1, 8, 8), layer="0", num_images=2)
    assert len(sheet.items[0].boxes) == 1  # the effective one
    assert "theoretical size: unknown" in sheet.items[0].caption
    with pytest.raises(InputError, match="size of the images"):
        receptive_field.compute(module)


def test_a_box_larger_than_the_image_is_cut_at_its_edges_and_this_is_said():
    network = build(convscope.load("resnet20"), seed=0)
    (effective, box), caption = (
        getattr(receptive_field.compute(network, num_images=2).items[0], name)
        for name in ("boxes", "caption")
    )
    assert (box.top, box.left, box.height, box.width) == (0, 0, 32, 32)
    assert effective.height < 32
    assert "cut at the edges of the image of 32 x 32" in caption
    assert "The colour scale ends at the 99.8th percentile" in caption


@pytest.mark.parametrize("centre", [(15, 15), (20, 9)])
def test_the_effective_field_of_a_gaussian_holds_half_of_it(centre):
    """Within a square of half-width 1.0518 sigma a Gaussian of two axes has half of its mass."""
    sigma, (y, x) = 3.0, np.mgrid[:40, :40]
    values = np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * sigma**2))
    square = central_square(values.astype(np.float32))
    assert abs(square.height - 2 * 1.0518 * sigma) <= 1
    assert abs(square.top + (square.height - 1) / 2 - centre[0]) <= 0.5
    assert abs(square.left + (square.width - 1) / 2 - centre[1]) <= 0.5


def test_one_bright_pixel_does_not_change_the_effective_field():
    values = np.random.default_rng(0).random((60, 60)).astype(np.float32)
    values[20:40, 20:40] += 10
    square = central_square(values)
    values[5, 5] = 100
    assert abs(central_square(values).height - square.height) <= 2
