"""Recipes: complete training configurations. The table below is the whole list.

A recipe's docstring gives its measured accuracy, or says that it was not run here.
"""

import importlib
from typing import TYPE_CHECKING

from convscope.errors import unknown_name
from convscope.recipes.choose import CHOICES, GENERAL, PHOTOS, choose

if TYPE_CHECKING:
    from convscope.training.recipe.recipe import Recipe

RECIPES: dict[str, str] = {
    "lenet5_mnist_quick": "lenet5",
    "lenet5_mnist": "lenet5",
    "lenet5_1998_mnist": "lenet5",
    "lenet5_1998_paper": "lenet5",
    "fashion_mnist_quick": "fashion_mnist",
    "fashion_mnist": "fashion_mnist",
    "alexnet_imagenet": "imagenet",
    "vgg_imagenet": "imagenet",
    "googlenet_imagenet": "imagenet",
    "inception_v3_imagenet": "imagenet",
    "resnet_imagenet": "imagenet",
    "resnet_cifar10": "cifar10",
    "resnet110_cifar10": "cifar10",
    "all_cnn_cifar10": "cifar10",
    "all_cnn_cifar10_augmented": "cifar10",
    "fine_tune": "general",
    "photos": "general",
    "general": "general",
}
"""Name -> module of this package, which has a function of that name that returns the recipe."""

FINE_TUNE = "fine_tune"
"""The recipe of a run that starts from a trained model."""


def list_recipes() -> list[str]:
    """Return the names of all recipes, in the order of the list."""
    return list(RECIPES)


def load_recipe(name: str) -> "Recipe":
    """Return the recipe of that name.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES, see="convscope list recipes")
    module = importlib.import_module(f"convscope.recipes.{RECIPES[name]}")
    recipe: Recipe = getattr(module, name)()
    return recipe


__all__ = ["CHOICES", "GENERAL", "PHOTOS", "choose", "list_recipes", "load_recipe"]
