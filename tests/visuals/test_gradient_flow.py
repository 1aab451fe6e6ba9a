"""Gradients by layer compared with `backward`; vanishing and exploding gradients."""

import numpy as np
import pytest
import torch

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.network import gradient_flow


def rows(sheet):
    return {row[1]: row for row in sheet.items[1].rows}


def test_gradients_equal_those_of_backward():
    network = build(convscope.load("lenet5"), seed=0).eval()
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (16, 1, 32, 32), generator=generator, dtype=torch.uint8)
    split = Split(images, torch.arange(16) % 10)
    sheet = gradient_flow.compute(network, split=split, preprocessing=lambda x: x.float() / 255)
    reference = build(convscope.load("lenet5"), seed=0).eval()
    logits = reference(images.float() / 255)
    torch.nn.functional.cross_entropy(logits, split.labels_N).backward()
    result = rows(sheet)
    for path in ("conv1", "conv2", "conv3", "fc1", "fc2"):
        weight = reference.get_parameter(f"{path}.weight")
        expected = float(weight.grad.square().mean().sqrt())
        assert result[path][4] == pytest.approx(expected, rel=1e-4)
        size = float(weight.detach().square().mean().sqrt())
        assert result[path][5] == pytest.approx(expected / size, rel=1e-4)
    assert result["tanh1"][4] is None


@pytest.mark.parametrize(("gain", "grows"), [(0.2, False), (5.0, True)])
def test_vanishing_and_exploding_gradients(gain, grows):
    layers = [torch.nn.Linear(8, 8, bias=False) for _ in range(6)]
    for layer in layers:
        torch.nn.init.orthogonal_(layer.weight, gain=gain)
    module = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    image = torch.randn(1, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    sheet = gradient_flow.compute(module, image * 1e-6, target=3)
    values = [row[3] for row in sheet.items[1].rows]
    ratios = np.array(values[:-1]) / np.array(values[1:])
    assert ratios == pytest.approx(np.full(5, gain), rel=1e-3)
    assert (values[0] > values[-1]) == grows


def test_layers_with_zero_gradient_are_named():
    module = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
    )
    with torch.no_grad():
        module[1].bias.fill_(-100)
    sheet = gradient_flow.compute(module, torch.ones(1, 1, 2, 2), target=0)
    assert "The gradient is 0 at" in sheet.items[0].caption
    assert sheet.png()


def test_invalid_inputs_are_rejected():
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Softmax(1))
    with pytest.raises(InputError, match="no layer"):
        gradient_flow.compute(module, torch.ones(1, 1, 2, 2))
    network = build(convscope.load("lenet5"), seed=0)
    with pytest.raises(InputError, match="neither"):
        gradient_flow.compute(network)
    with pytest.raises(InputError, match="target=10"):
        gradient_flow.compute(network, torch.zeros(1, 1, 32, 32), target=10)
