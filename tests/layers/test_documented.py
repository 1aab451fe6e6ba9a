"""The documentation lists every layer, in both languages."""

from pathlib import Path

import pytest

from convscope.layers.entries import documented

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("language", "page"), [("en", "reference/layers.md"), ("zh", "zh/reference/layers.md")]
)
def test_the_page_has_the_table_of_the_registry(language, page, monkeypatch):
    """`convscope.layers.entries.documented` writes it."""
    monkeypatch.setattr("convscope.lang._language", language)
    assert documented() in (DOCS / page).read_text(encoding="utf-8")
