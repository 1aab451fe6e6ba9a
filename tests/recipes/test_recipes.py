import importlib

import pytest

from convscope.data import list_datasets
from convscope.errors import InputError
from convscope.recipes import (
    CHOICES,
    GENERAL,
    PHOTOS,
    RECIPES,
    choose,
    list_recipes,
    load_recipe,
)
from convscope.recipes.choose import IMAGENET
from convscope.shapes import CHW
from convscope.training.recipe.recipe import Recipe
from convscope.zoo import list_architectures, load

SMALL = CHW(3, 32, 32)


@pytest.mark.parametrize("name", RECIPES)
def test_contract(name):
    recipe = load_recipe(name)
    assert isinstance(recipe, Recipe)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.seed == 0


@pytest.mark.parametrize("name", RECIPES)
def test_what_a_docstring_says(name):
    """A measured claim, or that nothing was measured and what the paper reports."""
    module = importlib.import_module(f"convscope.recipes.{RECIPES[name].module}")
    text = getattr(module, name).__doc__
    assert "convscope train" in text or name == GENERAL
    if name in (GENERAL, PHOTOS):
        assert "not a measured claim" in text
    elif "Not run here" in text:
        assert text.startswith("Not run here")
        assert "Paper: " in text
        assert "The paper" in text
    elif name != "fine_tune":
        for word in ("%", "seeds", "s on", "torch 2."):
            assert word in text


def test_names_are_once_only():
    assert len(set(list_recipes())) == len(RECIPES)


def test_choices_name_what_exists():
    datasets = [*list_datasets(), "cifar10"]
    for (architecture, data), name in CHOICES.items():
        assert architecture in list_architectures()
        assert data in datasets
        assert name in list_recipes()
    for begin, name in IMAGENET.items():
        assert any(a.startswith(begin) for a in list_architectures())
        assert name in list_recipes()


def test_every_architecture_of_cifar10_has_its_papers_recipe():
    for name in list_architectures():
        architecture = load(name)
        if architecture.input == SMALL and architecture.num_classes == 10 and name != "nin":
            chosen = choose(name, "cifar10", shape=SMALL, num_images=45_000)
            assert chosen.startswith(("resnet", "wide_resnet", "all_cnn")), name


@pytest.mark.parametrize(
    ("architecture", "data", "shape", "num_images", "expected"),
    [
        ("lenet5", "mnist", CHW(1, 28, 28), 55_000, "lenet5_mnist_quick"),
        ("resnet20", "cifar10", SMALL, 45_000, "resnet_cifar10"),
        ("resnet110", "cifar10", SMALL, 45_000, "resnet110_cifar10"),
        ("all_cnn_c", "cifar10", SMALL, 45_000, "all_cnn_cifar10"),
        ("resnet18", "cifar10", SMALL, 45_000, GENERAL),
        ("resnet20", "some_set", SMALL, 45_000, GENERAL),
        ("resnet50", "imagenet", None, 1_231_167, "resnet_imagenet"),
        ("vgg16_bn", "imagenet", None, 1_231_167, "vgg_imagenet"),
        ("alexnet_owt", "imagenet", None, 1_231_167, "alexnet_imagenet"),
        ("googlenet_bn", "imagenet", None, 1_231_167, "googlenet_imagenet"),
        ("inception_v3", "imagenet", None, 1_231_167, "inception_v3_imagenet"),
        ("lenet5", "imagenet", None, 1_231_167, PHOTOS),
        ("resnet50", "pets", None, 3_000, PHOTOS),
    ],
)
def test_choose(architecture, data, shape, num_images, expected):
    assert choose(architecture, data, shape=shape, num_images=num_images) == expected


def test_unknown_name():
    with pytest.raises(InputError, match="did you mean lenet5_mnist"):
        load_recipe("lenet_mnist")
