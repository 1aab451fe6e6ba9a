"""Recipes: complete training configurations. The table below is the whole list.

A recipe's docstring gives its measured accuracy, or says that it was not run here.
"""

import importlib
from typing import TYPE_CHECKING, NamedTuple

from convscope.errors import unknown_name
from convscope.recipes.choose import CHOICES, GENERAL, PHOTOS, choose

if TYPE_CHECKING:
    from convscope.training.recipe.recipe import Recipe


class Listed(NamedTuple):
    """A recipe in the list: the module that has a function of its name, its data, its purpose."""

    module: str
    data: str
    purpose: str


RECIPES: dict[str, Listed] = {
    "lenet5_mnist_quick": Listed("lenet5", "MNIST", "LeNet-5, in about a minute"),
    "lenet5_mnist": Listed(
        "lenet5", "MNIST", "LeNet-5, with more epochs and stronger augmentation"
    ),
    "lenet5_mnist_long": Listed("lenet5", "MNIST", "LeNet-5, with 50 epochs: the lowest error"),
    "lenet5_1998_mnist": Listed(
        "lenet5", "MNIST", "LeNet-5 of 1998, with today's optimiser and schedule"
    ),
    "lenet5_1998_paper": Listed("lenet5", "MNIST", "LeNet-5 of 1998, trained as in the paper"),
    "fashion_mnist_quick": Listed("fashion_mnist", "Fashion-MNIST", "conv5_bn, in about a minute"),
    "fashion_mnist": Listed("fashion_mnist", "Fashion-MNIST", "conv5_bn, with more epochs"),
    "alexnet_imagenet": Listed(
        "imagenet", "ImageNet", "AlexNet and ZFNet, as in the AlexNet paper"
    ),
    "vgg_imagenet": Listed("imagenet", "ImageNet", "VGG networks, as in the paper"),
    "googlenet_imagenet": Listed("imagenet", "ImageNet", "GoogLeNet, as in the paper"),
    "inception_v3_imagenet": Listed("imagenet", "ImageNet", "Inception v3, as in the paper"),
    "resnet_imagenet": Listed(
        "imagenet", "ImageNet", "ResNets and plain networks, as in the paper"
    ),
    "resnet_cifar10": Listed(
        "cifar10", "CIFAR-10", "ResNets and plain networks of 20 to 56 layers, as in the paper"
    ),
    "resnet110_cifar10": Listed(
        "cifar10", "CIFAR-10", "ResNet of 110 layers, with the paper's warm-up"
    ),
    "wide_resnet_cifar10": Listed("cifar10", "CIFAR-10", "Wide ResNets, as in the paper"),
    "all_cnn_cifar10": Listed("cifar10", "CIFAR-10", "All-CNN networks, as in the paper"),
    "all_cnn_cifar10_augmented": Listed(
        "cifar10", "CIFAR-10", "All-CNN networks, with flips and shifts"
    ),
    "resnet_cifar10_quick": Listed(
        "cifar10", "CIFAR-10", "ResNet-20, in about ten minutes on two cores"
    ),
    "all_cnn_cifar10_quick": Listed(
        "cifar10", "CIFAR-10", "All-CNN-C, in about ten minutes on two cores"
    ),
    "fine_tune": Listed("general", "Your own data", "start from a trained model, with few photos"),
    "photos": Listed(
        "general", "Your own data", "train a network on photos of any size, without trained weights"
    ),
    "general": Listed("general", "Your own data", "starting point for any other network and data"),
}
"""Every recipe, in the order of lists."""

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
    module = importlib.import_module(f"convscope.recipes.{RECIPES[name].module}")
    recipe: Recipe = getattr(module, name)()
    return recipe


__all__ = ["CHOICES", "GENERAL", "PHOTOS", "choose", "list_recipes", "load_recipe"]
