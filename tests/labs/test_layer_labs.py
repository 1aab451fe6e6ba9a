"""Labs on layers: receptive fields, separable convolutions, squeeze-and-excitation, draws."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convscope.cli.lab import run
from convscope.errors import InputError
from convscope.labs.draws import Draws
from convscope.labs.layers.receptive_field import ReceptiveField, parse_layers
from convscope.labs.layers.separable import Separable
from convscope.labs.layers.squeeze_excitation import EXAMPLES, SqueezeExcitation

STACKS = {"conv3 conv3": 5, "conv3 pool2 conv3": 8, "conv5 pool2 conv5 pool2": 16, "conv3d2": 5}


@pytest.mark.parametrize(("text", "side"), STACKS.items())
def test_the_field_is_what_a_gradient_reaches(text: str, side: int) -> None:
    """Back-propagate from one unit: inputs with a gradient are the field, ones count the paths."""
    lab = ReceptiveField(parse_layers(text))
    inputs = side + 2 * lab.fields[-1].jump
    x = torch.zeros(1, 1, inputs, dtype=torch.float64, requires_grad=True)
    y = x
    for layer in lab.layers:
        taps = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
        y = F.conv1d(y, taps, stride=layer.stride, dilation=layer.dilation)
    y[0, 0, 0].backward()
    assert x.grad is not None
    read = x.grad[0, 0].numpy()
    assert lab.fields[-1].field == side
    np.testing.assert_array_equal(read[:side], lab.paths())
    assert not read[side:].any()


def test_two_small_kernels_cost_less_than_a_large_one() -> None:
    small, large = (ReceptiveField(parse_layers(text)) for text in ("conv3 conv3", "conv5"))
    assert small.fields[-1].field == large.fields[-1].field == 5
    assert (small.weights(64), large.weights(64)) == (18 * 64**2, 25 * 64**2)


@pytest.mark.parametrize(
    "text", ["", "conv", "conv0", "conv16", "pool2x", "conv3 " * 13, "conv3s0"]
)
def test_what_is_no_stack_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_layers(text)


def test_separable_counts_are_those_of_torch() -> None:
    lab = Separable(6, 10, 5, 12)
    layers = (
        torch.nn.Conv2d(6, 10, 5, padding=2, bias=False),
        torch.nn.Conv2d(6, 6, 5, padding=2, groups=6, bias=False),
        torch.nn.Conv2d(6, 10, 1, bias=False),
    )
    for cost, layer in zip(lab.costs(), layers, strict=True):
        assert cost.weights == layer.weight.numel()
        assert cost.macs == cost.weights * 12 * 12
    assert lab.ratio == pytest.approx(1 / 10 + 1 / 25)


@pytest.mark.parametrize("example", EXAMPLES)
def test_gates_are_those_of_torch(example: str) -> None:
    lab = SqueezeExcitation(8, 2, example)
    maps = torch.from_numpy(lab.maps)
    first, second = map(torch.from_numpy, lab.weights)
    gates = torch.sigmoid(second @ torch.relu(first @ maps.mean((1, 2))))
    np.testing.assert_allclose(lab.gates, gates.numpy(), rtol=1e-12)
    np.testing.assert_allclose(lab.scaled, (maps * gates[:, None, None]).numpy(), rtol=1e-12)
    assert first.numel() + second.numel() == lab.parameters == 2 * 8**2 // 2


def test_maps_are_turned_sobel_filters() -> None:
    lab = SqueezeExcitation(4, 2, "ring")
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64)
    image = torch.from_numpy(lab.image)[None, None]
    across, down = (F.conv2d(image, k[None, None])[0, 0] for k in (sobel, sobel.T))
    for channel, map in enumerate(lab.maps):
        angle = np.pi * ((channel + 0.5) / 4 - 0.25)
        turned = (np.cos(angle) * across + np.sin(angle) * down).abs() / 4
        np.testing.assert_allclose(map, turned.numpy(), atol=1e-12)


def test_an_image_opens_its_own_channels() -> None:
    vertical, horizontal = (SqueezeExcitation(8, 4, name).gates for name in EXAMPLES[:2])
    assert vertical[:4].min() > 0.8 > 0.2 > vertical[4:].max()
    np.testing.assert_allclose(vertical, horizontal[::-1], rtol=1e-9)
    assert SqueezeExcitation(8, 4, "1").name == "horizontal"


def test_draws_are_mulberry32() -> None:
    """First numbers of seed 1, as the widely used JavaScript code gives them."""
    first = (Draws(1).uniform(3) * 2**32).astype(np.int64)
    assert first.tolist() == [2693262067, 11749833, 2265367787]
    parts, whole = Draws(7), Draws(7).uniform(10)
    np.testing.assert_array_equal(np.concatenate([parts.uniform(4), parts.uniform(6)]), whole)
    normal = Draws(0).normal(20_000)
    assert abs(normal.mean()) < 0.03
    assert abs(normal.std() - 1) < 0.03


@pytest.mark.parametrize(
    ("lab", "words"),
    [
        ("receptive_field", ["--layers", "conv3 conv3", "--compare", "conv5"]),
        ("separable", ["--outputs", "2"]),
        ("squeeze_excitation", ["--example", "ring"]),
    ],
)
def test_terminal_json_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lab: str, words: list[str]
) -> None:
    run(lab, [*words, "-o", str(tmp_path / "a.svg")])
    assert capsys.readouterr().out
    assert (tmp_path / "a.svg").stat().st_size > 1000
    run(lab, [*words, "--json"])
    assert json.loads(capsys.readouterr().out)["lab"] == lab


@pytest.mark.parametrize(
    ("lab", "words"),
    [
        ("receptive_field", ["--channels", "0"]),
        ("receptive_field", ["--layers", " "]),
        ("separable", ["--kernel", "4"]),
        ("separable", ["--outputs", "0"]),
        ("squeeze_excitation", ["--reduction", "3"]),
        ("squeeze_excitation", ["--example", "cat"]),
        ("squeeze_excitation", ["--channels", "1"]),
        ("learnable_filter", ["--lr", "nan"]),
    ],
)
def test_what_does_not_fit_is_refused(lab: str, words: list[str]) -> None:
    with pytest.raises(InputError):
        run(lab, words)
