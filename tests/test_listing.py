"""Entries of lists: every name once, with one line of description, without torch."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import convscope
from convscope.data.formats.cache import cache_folder
from convscope.filters import list_filters
from convscope.labs import list_labs
from convscope.layers import LAYERS
from convscope.listing import Entry, sentence
from convscope.recipes import RECIPES
from convscope.recipes.entries import measured
from convscope.visuals import GROUPS, VISUALS
from convscope.visuals.entries import needs
from convscope.weights.published import PUBLISHED

NAMES = {
    "zoo": convscope.list_architectures(),
    "data": convscope.list_datasets(),
    "recipes": convscope.list_recipes(),
    "visuals": convscope.list_visuals(),
    "filters": list_filters(),
    "labs": list_labs(),
    "layers": [layer.__name__ for layer in LAYERS],
    "weights": list(PUBLISHED),
}
MOST = 100  # characters of a description: with the name, two lines of a narrow terminal


def entries(package):
    module = importlib.import_module(f"convscope.{package}.entries")
    return module.entries(cache_folder()) if package == "weights" else module.entries()


@pytest.mark.parametrize("package", NAMES)
def test_every_name_has_one_entry(package):
    listed = entries(package)
    assert sorted(entry.name for entry in listed) == sorted(NAMES[package])
    for entry in listed:
        assert isinstance(entry, Entry)
        assert 0 < len(entry.summary) <= MOST, entry.name
        assert entry.summary.isprintable()
        assert "  " not in entry.summary
    summaries = [entry.summary for entry in listed if package != "weights"]
    assert len(set(summaries)) == len(summaries)


@pytest.mark.parametrize("package", NAMES)
def test_groups_stand_together(package):
    groups = [entry.group for entry in entries(package)]
    changes = [
        group for group, before in zip(groups, [None, *groups], strict=False) if group != before
    ]
    assert len(changes) == len(set(groups))


@pytest.mark.parametrize("package", NAMES)
def test_what_is_missing_says_how_to_get_it(package):
    for entry in entries(package):
        is_missing = entry.state in ("not installed", "not downloaded")
        assert bool(entry.get) == is_missing
        assert (entry.size_bytes is not None) == is_missing


def test_no_torch_and_few_modules():
    code = f"""
import importlib, sys
from pathlib import Path
for package in {list(NAMES)}:
    module = importlib.import_module(f"convscope.{{package}}.entries")
    module.entries(*[Path("none")] * (package == "weights"))
print("torch" in sys.modules, "numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code.replace('"filters", ', "")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[0] == "False"


def test_needs_of_visuals():
    assert needs("saliency") == "an image"
    assert needs("embedding") == "a data set"
    assert needs("activation_stats") == "an image or a data set"
    assert needs("filters") == "nothing else"
    assert set(VISUALS.values()) == set(GROUPS)


@pytest.mark.parametrize("name", RECIPES)
def test_measured_accuracies_are_those_of_the_docstrings(name):
    module = importlib.import_module(f"convscope.recipes.{RECIPES[name].module}")
    doc = " ".join(getattr(module, name).__doc__.split())
    claim = measured(name)
    assert doc.lower().startswith(claim)
    assert bool(claim) == ("seeds" in doc.partition(". ")[0])


def test_first_sentences():
    assert sentence("Mean of each window.\n\n    y = x\n") == "Mean of each window."
    assert sentence("Two lines\n    of one sentence. Another.\n") == "Two lines of one sentence."
    assert sentence("0.72 % of all. More") == "0.72 % of all."
    assert sentence("") == ""


def test_a_data_set_that_was_downloaded_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path))
    monkeypatch.delenv("CONVSCOPE_DATA", raising=False)
    cifar = convscope.data.find("cifar10")

    def state():
        return next(entry.state for entry in entries("data") if entry.name == "cifar10")

    assert state() == "not downloaded"
    (tmp_path / "cifar10").mkdir()
    for file in cifar.files:
        (tmp_path / "cifar10" / file.name).touch()
    assert state() == "downloaded"


def test_weights_that_were_downloaded_are_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_CACHE", str(tmp_path))

    def state():
        return next(e.state for e in entries("weights") if e.name == "resnet18@torchvision")

    assert state() == "not downloaded"
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / PUBLISHED["resnet18@torchvision"].file).touch()
    assert state() == "downloaded"
    assert Path(tmp_path / "weights").is_dir()
