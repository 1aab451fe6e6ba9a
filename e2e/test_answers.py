"""Chromium's answers and activations equal Python's, from raw pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2e.conftest import Export
from e2e.harness import call, decoded, probabilities, raw, started
from e2e.models import MODELS, activations, answer, random_pixels
from e2e.site import Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]

TOLERANCE = 1e-4


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_equal_pythons(
    name: str, exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported(name)
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    assert started(visit)["engine"] == {"name": "WebAssembly", "threads": 1}
    for seed in range(3):
        pixels_HWC = random_pixels(model, seed)
        expected = answer(model, pixels_HWC)
        assert np.abs(expected - probabilities(visit, pixels_HWC)).max() <= TOLERANCE
        # not the same answer for every image
        assert expected.max() - expected.min() > 10 * TOLERANCE


@pytest.mark.parametrize("name", ["lenet5", "mixed", "efficientnet_lite0"])
def test_activations_of_all_layers_equal_pythons(
    name: str, exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported(name)
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    pixels_HWC = random_pixels(model, 3)
    outputs = call(visit, "run", raw(pixels_HWC), "all")["activations"]
    paths = tuple(step.path for step in model.card.architecture.trace.steps if step.layer)
    expected = activations(model, pixels_HWC, paths)
    for path in paths:
        values = decoded(outputs[path]["data"])
        largest = np.abs(expected[path]).max()
        assert outputs[path]["shape"] == list(expected[path].shape), path
        difference = np.abs(expected[path].ravel() - values).max()
        assert difference <= TOLERANCE * max(largest, 1), path
