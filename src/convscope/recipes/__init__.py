"""Recipes: complete, measured training configurations. The tuple below is the whole list."""

from collections.abc import Callable

from convscope.errors import unknown_name
from convscope.recipes.general import general
from convscope.recipes.lenet5_1998_mnist import lenet5_1998_mnist
from convscope.recipes.lenet5_mnist import lenet5_mnist
from convscope.recipes.lenet5_mnist_quick import lenet5_mnist_quick
from convscope.training.recipe import Recipe

RECIPES: tuple[Callable[[], Recipe], ...] = (
    lenet5_mnist_quick,
    lenet5_mnist,
    lenet5_1998_mnist,
    general,
)

# (architecture, data set): what `convscope train` takes without --recipe
CHOICES: dict[tuple[str, str], str] = {
    ("lenet5", "mnist"): "lenet5_mnist_quick",
    ("lenet5", "fashion_mnist"): "lenet5_mnist",
    ("lenet5_1998", "mnist"): "lenet5_1998_mnist",
    ("lenet5_1998", "fashion_mnist"): "lenet5_1998_mnist",
}
GENERAL = "general"


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


def choose(architecture: str, data: str) -> str:
    """The name of the recipe for a pair; `general`, which claims nothing, for unknown ones."""
    return CHOICES.get((architecture, data), GENERAL)
