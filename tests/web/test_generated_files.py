"""The colours, widths and types of the pages are those of the Python package."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))

import manifest_types  # noqa: E402
import page_filters  # noqa: E402
import page_theme  # noqa: E402
import page_types  # noqa: E402


@pytest.mark.parametrize("name", page_theme.files())
def test_theme_is_that_of_the_renderer(name):
    path = page_theme.THEME / name
    assert path.read_text(encoding="utf-8") == page_theme.files()[name], "run tools/page_theme.py"


def test_types_are_those_of_the_payloads():
    assert page_types.PATH.read_text(encoding="utf-8") == page_types.text(), (
        "run tools/page_types.py"
    )


def test_types_of_the_manifest_are_those_of_its_records():
    assert manifest_types.PATH.read_text(encoding="utf-8") == manifest_types.text(), (
        "run tools/manifest_types.py"
    )


def test_kernels_and_examples_are_those_of_python():
    for path, text in page_filters.files().items():
        assert path.read_text(encoding="utf-8") == text, "run tools/page_filters.py"
