"""The pages about Python name every public name, and what they name exists."""

import importlib
import re
from pathlib import Path

import pytest

import convscope
import convscope.layers

API = Path(__file__).parents[2] / "docs" / "reference" / "api"
OBJECT = re.compile(r"^::: ([\w.]+)$", re.MULTILINE)
HEADING = re.compile(r"^ +heading: ([\w.]+)$", re.MULTILINE)

CALLED = {"convscope.runs": "runs"}
"""Packages that can be called, and the function that does what the call does."""


def texts():
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(API.glob("*.md"))}


@pytest.mark.parametrize("page", texts())
def test_an_object_of_a_page_is_the_one_of_its_heading(page):
    text = texts()[page]
    for part in text.split("\n::: ")[1:]:
        name = part.split("\n")[0]
        heading = HEADING.search(part)
        public = resolved(heading[1] if heading else name)
        assert resolved(name) is getattr(public, CALLED.get(heading and heading[1], ""), public)


def resolved(name):
    """Return the object of a dotted name, whether its parts are modules or attributes."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            place = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            place = getattr(place, part)
        return place
    return importlib.import_module(name)


def test_every_public_name_is_on_a_page():
    together = "\n".join(texts().values())
    headings = {name.rpartition(".")[2] for name in HEADING.findall(together)}
    # packages whose contents are listed by name
    assert set(convscope.__all__) - headings <= {"__version__", "data", "filters"}
    layers = {name.rpartition(".")[2] for name in OBJECT.findall(texts()["layers.md"])}
    assert layers == set(convscope.layers.__all__) - {"AnyLayer", "LAYERS"}


def test_both_languages_describe_the_same_objects():
    chinese = API.parents[1] / "zh" / "reference" / "api"
    for name, text in texts().items():
        twin = (chinese / name).read_text(encoding="utf-8")
        assert OBJECT.findall(text) == OBJECT.findall(twin), name
