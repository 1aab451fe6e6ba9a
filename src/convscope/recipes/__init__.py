"""Recipes: complete training configurations. The table below is the whole list.

A recipe's docstring is a measured claim, or says that the recipe was not run here.
"""

import importlib
from typing import TYPE_CHECKING

from convscope.errors import unknown_name
from convscope.recipes.choose import CHOICES, GENERAL, PHOTOS, choose

if TYPE_CHECKING:
    from convscope.training.recipe.recipe import Recipe

RECIPES: dict[str, str] = {
    "lenet5_mnist_quick": "convscope.recipes.lenet5_mnist_quick",
    "lenet5_mnist": "convscope.recipes.lenet5_mnist",
    "lenet5_1998_mnist": "convscope.recipes.lenet5_1998_mnist",
    "lenet5_1998_paper": "convscope.recipes.lenet5_1998_paper",
    "fashion_mnist_quick": "convscope.recipes.fashion_mnist_quick",
    "fashion_mnist": "convscope.recipes.fashion_mnist",
    "alexnet_imagenet": "convscope.recipes.alexnet_imagenet",
    "vgg_imagenet": "convscope.recipes.vgg_imagenet",
    "googlenet_imagenet": "convscope.recipes.googlenet_imagenet",
    "inception_v3_imagenet": "convscope.recipes.inception_v3_imagenet",
    "resnet_imagenet": "convscope.recipes.resnet_imagenet",
    "resnet_cifar10": "convscope.recipes.resnet_cifar10",
    "resnet110_cifar10": "convscope.recipes.resnet_cifar10",
    "all_cnn_cifar10": "convscope.recipes.all_cnn_cifar10",
    "all_cnn_cifar10_augmented": "convscope.recipes.all_cnn_cifar10",
    "fine_tune": "convscope.recipes.fine_tune",
    "photos": "convscope.recipes.photos",
    "general": "convscope.recipes.general",
}
"""Name -> module, which defines a function of that name that returns the recipe."""

FINE_TUNE = "fine_tune"
"""The recipe of a run that starts from a trained model."""


def list_recipes() -> list[str]:
    """Return the names of all recipes, in the order of the list."""
    return list(RECIPES)


def load_recipe(name: str) -> "Recipe":
    """Return the recipe of that name.

    Raises:
        InputError: no such name; the nearest ones are given.
    """
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES, see="convscope list recipes")
    recipe: Recipe = getattr(importlib.import_module(RECIPES[name]), name)()
    return recipe


__all__ = [
    "CHOICES",
    "FINE_TUNE",
    "GENERAL",
    "PHOTOS",
    "RECIPES",
    "choose",
    "list_recipes",
    "load_recipe",
]
