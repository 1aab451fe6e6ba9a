"""Interventions compared with a network whose weights were changed by hand."""

import copy

import pytest
import torch
from torch import nn

import convscope
from convscope.data import Split
from convscope.errors import InputError
from convscope.network import build
from convscope.shapes import CHW
from convscope.visuals.methods.units import intervene


def small():
    generator = torch.Generator().manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.ReLU(),
        nn.Conv2d(6, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 5),
    )
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 4
    return network.eval()


RAW = (torch.rand(9, 3, 12, 12, generator=torch.Generator().manual_seed(1)) * 255).byte()


def prepare(pixels):
    return pixels.float() / 64 - 2


IMAGES = prepare(RAW)


def by_hand(network, unit, factor):
    """A scaled channel: the weights that read it are scaled."""
    changed = copy.deepcopy(network)
    with torch.no_grad():
        changed[2].weight[:, unit] *= factor
        return changed(IMAGES).softmax(1)


@pytest.mark.parametrize(
    ("settings", "factor"), [({}, 0.0), ({"action": "scale", "factor": -1.5}, -1.5)]
)
def test_one_channel_zeroed_or_scaled(settings, factor):
    network = small()
    sheet = intervene.compute(network, IMAGES[:1], layer="1", unit=3, **settings)
    (bars,) = sheet.items
    expected = by_hand(network, 3, factor)[0] * 100
    for row, (_, after) in zip(bars.rows, bars.values, strict=True):
        assert after == pytest.approx(float(expected[int(row.split()[-1])]), abs=1e-3)


def test_two_channels_swapped():
    network = small()
    sheet = intervene.compute(network, IMAGES[:1], layer="1", unit=1, action="swap", other=4)
    changed = copy.deepcopy(network)
    with torch.no_grad():
        changed[2].weight[:, [1, 4]] = changed[2].weight[:, [4, 1]]
        expected = changed(IMAGES[:1]).softmax(1)[0] * 100
    bars = sheet.items[0]
    for row, (_, after) in zip(bars.rows, bars.values, strict=True):
        assert after == pytest.approx(float(expected[int(row.split()[-1])]), abs=1e-3)


def test_channels_are_ranked_by_effect_and_by_accuracy():
    network = small()
    with torch.no_grad():
        labels_N = network(IMAGES).argmax(1)
        labels_N[0] = (labels_N[0] + 1) % 5
    split = Split(RAW, labels_N)
    sheet = intervene.compute(
        network, IMAGES[:1], layer="1", target=2, split=split, preprocessing=prepare
    )
    _, effects, accuracy = sheet.items
    before = float(network(IMAGES[:1]).detach().softmax(1)[0, 2])
    for unit, _, after, change, _ in effects.rows:
        probability = float(by_hand(network, unit, 0.0)[0, 2])
        assert after == pytest.approx(probability, abs=1e-5)
        assert change == pytest.approx(probability - before, abs=1e-5)
    sizes = [abs(row[3]) for row in effects.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert sorted(row[0] for row in effects.rows) == list(range(6))
    for unit, share, change in accuracy.rows:
        right = float((by_hand(network, unit, 0.0).argmax(1) == labels_N).float().mean())
        assert share == pytest.approx(right, abs=1e-6)
        assert change == pytest.approx(right - 8 / 9, abs=1e-6)


def test_a_branch_of_a_concatenation():
    """The other branches run with fewer images, so each change runs by itself."""
    network = build(
        convscope.load("googlenet_bn", input=CHW(3, 47, 47), num_classes=4), seed=0
    ).eval()
    image = torch.randn(1, 3, 47, 47, generator=torch.Generator().manual_seed(2))
    layer = "inception3a.b1.relu"
    sheet = intervene.compute(network, image, layer=layer, target=0, max_channels=2)
    assert "a forward pass of its own" in sheet.items[0].caption
    whole = intervene.compute(network, image, layer="inception3a", target=0, max_channels=2)
    assert whole.items[0].caption == ""
    with torch.no_grad():
        for unit, _, after, _, _ in sheet.items[1].rows:

            def zero(_, __, output, unit=unit):
                output[:, unit] = 0
                return output

            with network.get_submodule(layer).register_forward_hook(zero):
                expected = float(network(image).softmax(1)[0, 0])
            assert after == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unit": 1, "action": "swap"}, "needs both"),
        ({"unit": 1, "action": "swap", "other": 6}, "other=6"),
        ({"unit": 1, "action": "scale", "factor": float("nan")}, "factor"),
        ({"action": "swap", "other": 2}, "needs both"),
        ({"max_channels": 0}, "max_channels"),
    ],
)
def test_settings_that_do_not_fit(settings, message):
    with pytest.raises(InputError, match=message):
        intervene.compute(small(), IMAGES[:1], layer="1", **settings)
