"""Edited parameters and channels that are switched off: Chromium equals PyTorch with hooks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.model import Model
from e2e.conftest import Export
from e2e.harness import call, decoded, encoded, probabilities, raw, started
from e2e.models import answer, random_pixels
from e2e.site import Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]
Off = dict[str, list[int]]
Weights = dict[str, NDArray[np.float32]]

TOLERANCE = 1e-4

CASES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("lenet5", ("conv2", "fc1"), ("conv1.weight", "fc2.weight")),
    ("mixed", ("stem.norm", "fc1"), ("mixed.threes.conv.weight", "stem.norm.running_var")),
    ("efficientnet_lite0", ("stage2.block1.expand.conv",), ("stem.conv.weight",)),
)
"""Model, layers of which channels are switched off, and parameters that are edited."""


@contextmanager
def changed(model: Model, off: Off, weights: Weights) -> Iterator[None]:
    """Make the same changes in PyTorch, for a while."""

    def zeroed(channels: list[int]) -> Callable[..., Tensor]:
        def hook(_: nn.Module, __: Any, output: Tensor) -> Tensor:
            output = output.clone()
            output[:, channels] = 0
            return output

        return hook

    network = model.network
    hooks = [
        network.get_submodule(path).register_forward_hook(zeroed(channels))
        for path, channels in off.items()
    ]
    state = network.state_dict()
    before = {name: state[name].clone() for name in weights}
    with torch.no_grad():
        for name, values in weights.items():
            state[name].copy_(torch.from_numpy(values))
    yield
    with torch.no_grad():
        for name, values_before in before.items():
            state[name].copy_(values_before)
    for each in hooks:
        each.remove()


def edit(visit: Visit, weights: Weights, off: Off) -> float:
    """Edit, and return the milliseconds that it took."""
    result = call(visit, "edit", {name: encoded(values) for name, values in weights.items()}, off)
    assert isinstance(result, float | int), result
    return result


@pytest.mark.parametrize(("name", "layers", "parameters"), CASES)
def test_edits_equal_pytorchs(
    name: str, layers: tuple[str, ...], parameters: tuple[str, ...], exported: Exported,
    harness_folder: Path, serve: Serve, open_page: Open,
) -> None:  # fmt: skip
    model, folder = exported(name)
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    pixels_HWC = random_pixels(model, 4)
    original = answer(model, pixels_HWC)
    random = np.random.default_rng(0)
    state = model.network.state_dict()
    off = {path: [0, 3] for path in layers}
    # a second edit of the same parts takes another way than the first: without a new session
    for scale in (0.5, 0.25):
        weights = {
            each: (state[each].numpy() * random.uniform(scale, 2, state[each].shape)).astype("f")
            for each in parameters
        }
        edit(visit, weights, off)
        with changed(model, off, weights):
            expected = answer(model, pixels_HWC)
        assert np.abs(expected - original).max() > 10 * TOLERANCE
        assert np.abs(expected - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
        off = {path: [1] for path in layers}
    edit(visit, {}, {layers[0]: [2]})
    with changed(model, {layers[0]: [2]}, {}):
        expected = answer(model, pixels_HWC)
    assert np.abs(expected - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
    edit(visit, {}, {})
    assert np.abs(original - probabilities(visit, pixels_HWC)).max() <= TOLERANCE


def test_a_joined_output_is_switched_off_for_all_that_read_it(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("mixed")
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    pixels_HWC = random_pixels(model, 5)
    channels = [0, 7, 15]

    def before(_: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        x_NCHW = inputs[0].clone()
        x_NCHW[:, channels] = 0
        return (x_NCHW,)

    hook = model.network.get_submodule("lrn").register_forward_pre_hook(before)
    expected = answer(model, pixels_HWC)
    hook.remove()
    edit(visit, {}, {"mixed": channels})
    assert np.abs(expected - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
    # the map itself shows it too
    result = call(visit, "run", raw(pixels_HWC), ["mixed"])["activations"]["mixed"]
    maps_CHW = decoded(result["data"]).reshape(result["shape"])
    assert not maps_CHW[channels].any()
    assert maps_CHW[1].any()


@pytest.mark.parametrize(
    ("weights", "off", "key"),
    [
        ({"conv9.weight": np.zeros(3, "f")}, {}, "run.noParameter"),
        ({"conv1.bias": np.zeros(5, "f")}, {}, "run.parameterSize"),
        ({"conv1.bias": np.full(6, np.nan, "f")}, {}, "run.notFinite"),
        ({}, {"conv9": [0]}, "run.noLayer"),
        ({}, {"conv1": [6]}, "run.noChannel"),
        ({}, {"conv1": [-1]}, "run.noChannel"),
    ],
)
def test_edits_that_do_not_fit_change_nothing(
    weights: Weights, off: Off, key: str, exported: Exported,
    harness_folder: Path, serve: Serve, open_page: Open,
) -> None:  # fmt: skip
    model, folder = exported("lenet5")
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    pixels_HWC = random_pixels(model)
    arrays = {name: encoded(values) for name, values in weights.items()}
    assert call(visit, "edit", arrays, off)["failure"] == key
    expected = answer(model, pixels_HWC)
    assert np.abs(expected - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
