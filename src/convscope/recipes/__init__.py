"""Recipes: complete training configurations. The tuple below is the whole list.

Those with a figure of their own were measured; the papers' say what they were not run on here.
"""

from collections.abc import Callable

from convscope.errors import unknown_name
from convscope.recipes.alexnet_imagenet import alexnet_imagenet
from convscope.recipes.all_cnn_cifar10 import all_cnn_cifar10, all_cnn_cifar10_augmented
from convscope.recipes.choose import CHOICES, GENERAL, PHOTOS, choose
from convscope.recipes.fashion_mnist import fashion_mnist
from convscope.recipes.fashion_mnist_quick import fashion_mnist_quick
from convscope.recipes.fine_tune import fine_tune
from convscope.recipes.general import general
from convscope.recipes.googlenet_imagenet import googlenet_imagenet
from convscope.recipes.inception_v3_imagenet import inception_v3_imagenet
from convscope.recipes.lenet5_1998_mnist import lenet5_1998_mnist
from convscope.recipes.lenet5_1998_paper import lenet5_1998_paper
from convscope.recipes.lenet5_mnist import lenet5_mnist
from convscope.recipes.lenet5_mnist_quick import lenet5_mnist_quick
from convscope.recipes.photos import photos
from convscope.recipes.resnet_cifar10 import resnet110_cifar10, resnet_cifar10
from convscope.recipes.resnet_imagenet import resnet_imagenet
from convscope.recipes.vgg_imagenet import vgg_imagenet
from convscope.training.recipe.recipe import Recipe

RECIPES: tuple[Callable[[], Recipe], ...] = (
    lenet5_mnist_quick,
    lenet5_mnist,
    lenet5_1998_mnist,
    lenet5_1998_paper,
    fashion_mnist_quick,
    fashion_mnist,
    alexnet_imagenet,
    vgg_imagenet,
    googlenet_imagenet,
    inception_v3_imagenet,
    resnet_imagenet,
    resnet_cifar10,
    resnet110_cifar10,
    all_cnn_cifar10,
    all_cnn_cifar10_augmented,
    fine_tune,
    photos,
    general,
)

FINE_TUNE = "fine_tune"  # where a run starts from a trained model


def list_recipes() -> list[str]:
    """The names, in the order of the list."""
    return [recipe.__name__ for recipe in RECIPES]


def load_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        InputError: no such name; the nearest ones are given.
    """
    known = {recipe.__name__: recipe for recipe in RECIPES}
    if name not in known:
        raise unknown_name("recipe", name, known, see="convscope list recipes")
    return known[name]()


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
