"""The computation that the page shows under a pixel equals what the engine computed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2e.conftest import Export
from e2e.harness import call, raw, started
from e2e.models import MODELS, random_pixels
from e2e.site import Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]

NUM_UNITS = 200
TOLERANCE = 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_explanations_equal_the_engines_activations(
    name: str, exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported(name)
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    random = np.random.default_rng(0)
    steps = [step for step in model.card.architecture.trace.steps if not step.auxiliary]
    chosen = random.integers(len(steps), size=NUM_UNITS)
    units = [
        (steps[step].path, int(random.integers(steps[step].output_shape.numel))) for step in chosen
    ]
    results = call(visit, "explained", raw(random_pixels(model, 5)), units)
    assert "failure" not in results, results
    assert len(results) == NUM_UNITS
    for result in results:
        difference = abs(result["value"] - result["activation"])
        assert difference <= TOLERANCE * result["largest"], result
    assert len({round(result["activation"], 6) for result in results}) > NUM_UNITS / 4
