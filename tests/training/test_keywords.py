"""Settings of a run as keywords: in Python by name, on the command line by options."""

import numpy as np
import pytest
import torch
from PIL import Image

import convscope
from convscope import starting
from convscope.data import Split
from convscope.errors import ArchitectureError, InputError
from convscope.shapes import CHW, input_size
from convscope.training.recipe.optim import SGD
from convscope.training.recipe.recipe import Recipe
from convscope.training.recipe.schedule import Constant
from convscope.training.recipe.settings import as_mapping, merged
from tests.data.folder.test_arrangement import fill


class Digits:
    """A few grey images of 2 classes."""

    name, classes, channels, shape = "digits", ("0", "1"), 1, CHW(1, 28, 28)
    mean, std = (0.5,), (0.25,)

    def split(self, name):
        generator = torch.Generator().manual_seed(len(name))
        images = torch.randint(256, (24, 1, 28, 28), dtype=torch.uint8, generator=generator)
        return Split(images, torch.arange(24) % 2)

    def fingerprint(self):
        return "digits"


def test_keywords_override_the_recipe():
    planned = starting.plan("lenet5", Digits(), lr=0.03, epochs=3, batch_size=6, seed=9)
    recipe = planned.recipe
    assert (recipe.lr, recipe.epochs, recipe.batch_size, recipe.seed) == (0.03, 3, 6, 9)
    with_text = starting.plan(
        "lenet5", Digits(), settings=["lr=0.03", "epochs=3", "batch_size=6", "seed=9"]
    )
    assert with_text.recipe == recipe


def test_settings_are_values_of_python():
    settings = {"optimiser": SGD(momentum=0.5), "schedule": Constant(), "clip_norm": np.float64(2)}
    recipe = starting.plan("lenet5", Digits(), settings=settings, epochs=1).recipe
    assert recipe.optimiser == SGD(momentum=0.5)
    assert recipe.schedule == Constant()
    assert recipe.clip_norm == 2
    nested = Recipe(epochs=1, lr=0.1, optimiser=SGD()).override({"optimiser.momentum": 0.25})
    assert nested.optimiser == SGD(momentum=0.25)


@pytest.mark.parametrize("settings", [{"lr": 0.2}, ["lr=0.2"]])
def test_a_setting_that_is_given_twice(settings):
    with pytest.raises(InputError, match=r"lr is given twice: 0\.1 and 0\.2"):
        starting.plan("lenet5", Digits(), lr=0.1, settings=settings)


@pytest.mark.parametrize("settings", [{"ler": 1}, {"": 1}, {3: 1}, {"a..b": 1}])
def test_a_wrong_name_of_a_setting(settings):
    with pytest.raises(InputError, match="setting"):
        starting.plan("lenet5", Digits(), settings=settings)


def test_texts_are_for_the_command_line():
    with pytest.raises(InputError, match=r"settings=\[.lr=0\.1.\]") as caught:
        convscope.train("lenet5", Digits(), settings=["lr=0.1"])
    assert "lr=" in caught.value.fix


def test_a_setting_that_is_varied_and_set():
    with pytest.raises(InputError, match=r"lr is varied, and set to 0\.1"):
        starting.plan("lenet5", Digits(), lr=0.1, varied=["lr"])


def test_merging_changes_neither():
    given = {"lr": 1}
    assert merged(given, {"epochs": 2, "seed": None}) == {"lr": 1, "epochs": 2}
    assert given == {"lr": 1}
    assert as_mapping(["a.b=[1, 2]", "c=word", "d=null"]) == {"a.b": [1, 2], "c": "word", "d": None}


@pytest.mark.parametrize("size", ["3x48x64", (3, 48, 64), CHW(3, 48, 64)])
def test_another_input_size(size):
    planned = starting.plan("resnet18", Digits(), input=size, epochs=1)
    assert planned.architecture.input == CHW(3, 48, 64)
    assert planned.data.channels == 3  # grey images are shown to a network for colours
    built = starting.plan(convscope.load("resnet18"), Digits(), input=size, epochs=1)
    assert built.architecture.input == CHW(3, 48, 64)


@pytest.mark.parametrize("size", ["3x4", "big", (3, 0, 5), (3, -1, 5), (1, 2, 3, 4), (3, 2.5, 4)])
def test_what_is_no_input_size(size):
    with pytest.raises((ArchitectureError, InputError)):
        starting.plan("lenet5", Digits(), input=size)


def test_a_size_without_channels_has_those_of_the_data():
    assert starting.plan("resnet18", Digits(), input="48x64").architecture.input == (1, 48, 64)
    built = starting.plan(convscope.load("resnet18"), Digits(), input="48x64")
    assert built.architecture.input == (3, 48, 64)


def test_sizes_as_numbers():
    assert input_size((3, 5, 7), channels=1) == input_size("5x7", channels=3) == CHW(3, 5, 7)


def test_a_trained_model_keeps_its_input_size(tmp_path):
    events = convscope.train("lenet5", Digits(), epochs=1, batch_size=8, out=tmp_path / "run")
    list(events)
    with pytest.raises(InputError, match="1x48x48 for a trained model"):
        starting.plan(str(tmp_path / "run"), Digits(), input="1x48x48")
    same = starting.plan(str(tmp_path / "run"), Digits(), input="1x32x32", epochs=1, batch_size=8)
    assert same.architecture.input == CHW(1, 32, 32)


def test_photos_are_resized_and_this_is_said(tmp_path):
    root = fill(tmp_path / "photos", "cat", "dog")
    notes = starting.plan("lenet5", root).notes
    assert "images of 8 x 8 are resized to 32 x 32, the input size of lenet5" in notes
    Image.new("RGB", (50, 40)).save(root / "cat/wide.png")
    notes = starting.plan("lenet5", root).notes
    assert "photos are resized to 32 x 32, the input size of lenet5" in notes
    larger = starting.plan("lenet5", root, input="3x64x48").notes
    assert "photos are resized to 64 x 48, the input size of lenet5" in larger
    digits = starting.plan("lenet5", Digits()).notes  # 28 x 28: a border, as in the paper
    assert not [note for note in digits if "resized" in note]


@pytest.mark.parametrize(
    ("architecture", "data", "input"), [(3, "mnist", None), ("lenet5", None, None)]
)
def test_a_value_of_another_kind_is_an_input_error(architecture, data, input):
    with pytest.raises(InputError, match="given as"):
        convscope.train(architecture, data, input=input)
    with pytest.raises(InputError, match="is not an input size"):
        convscope.train("lenet5", "mnist", input=96)
