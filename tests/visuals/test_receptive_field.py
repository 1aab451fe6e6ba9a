"""Theoretical fields contain all pixels with a gradient; effective fields are smaller."""

import numpy as np
import pytest
import torch

import convscope
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods import receptive_field
from convscope.visuals.methods.receptive_field import theoretical_field


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
    (box,) = sheet.items[0].boxes
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
    assert sheet.items[0].boxes == ()
    assert "theoretical size: unknown" in sheet.items[0].caption
    with pytest.raises(InputError, match="size of the images"):
        receptive_field.compute(module)
