"""Key layouts against lists made from the libraries' own modules, by tools/library_keys.py."""

import json
from pathlib import Path

import pytest

from convscope.weights.layout import source_tensors
from convscope.zoo import load
from tests.zoo.sample import QUICK
from tools.library_keys import digest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "library_keys"
ROWS = [
    pytest.param(
        *(library, name, row),
        id=f"{library}-{name}",
        marks=[pytest.mark.slow] * (name not in QUICK),
    )
    for file in sorted(FIXTURES.glob("*.json"))
    for library, rows in json.loads(file.read_text()).items()
    for name, row in rows.items()
]


@pytest.mark.parametrize(("library", "name", "row"), ROWS)
def test_keys_and_shapes_are_the_librarys(library, name, row):
    architecture = load(name)
    shapes = {key: source.shape for key, source in source_tensors(architecture, library).items()}
    counters = [key for key in shapes if key.endswith("num_batches_tracked")]
    assert len(shapes) - len(counters) == row["keys"]
    assert digest(shapes) == row["sha256"]
    assert architecture.table().totals.parameters == row["parameters"]
