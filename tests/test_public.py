"""The public names: complete, sorted, loaded on demand."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import convscope
from convscope.predict import ClassScore, Prediction


def in_order(names):
    """Constants, then classes, then functions, each by the alphabet."""
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def test_all_is_sorted_and_every_name_is_there():
    assert list(convscope.__all__) == in_order(convscope.__all__)
    for name in convscope.__all__:
        assert getattr(convscope, name) is not None
    assert set(convscope.__all__) <= set(dir(convscope))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        convscope.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "package",
    [
        "arch",
        "data",
        "evaluate",
        "export",
        "layers",
        "network",
        "recipes",
        "report",
        "training",
        "visuals",
    ],
)
def test_packages_export_sorted_names_that_exist(package):
    module = __import__(f"convscope.{package}", fromlist=["x"])
    names = list(getattr(module, "__all__", ()))
    assert names == in_order(names)
    for name in names:
        assert hasattr(module, name), name


LAZY = ("data", "evaluate", "training")


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_name_is_no_submodule(name):
    """Importing a submodule sets an attribute of its package, in place of the lazy name."""
    package = importlib.import_module(f"convscope.{name}")
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="nonsense"):
        package.nonsense  # noqa: B018


IMPORT_FIRST = """
import importlib, pkgutil, sys
import torch
import convscope.{package} as package
modules = list(pkgutil.walk_packages(package.__path__, package.__name__ + "."))
for name in [module.name for module in modules]:
    for loaded in [key for key in sys.modules if key.startswith("convscope")]:
        del sys.modules[loaded]
    importlib.import_module(name)
"""


@pytest.mark.parametrize("package", ["recipes", pytest.param("training", marks=pytest.mark.slow)])
def test_every_module_can_be_imported_first(package):
    """Recipes are imported by name: a circular import shows only in the module imported first."""
    code = IMPORT_FIRST.format(package=package)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_old_name_of_the_top_classes():
    """`answers` was the name in version 0.1."""
    prediction = Prediction("digit.png", (ClassScore("7", 0.9),))
    assert prediction.answers == prediction.top
    assert prediction.to_dict()["answers"] == [{"label": "7", "probability": 0.9}]
