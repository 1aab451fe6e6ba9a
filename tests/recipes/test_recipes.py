import pytest

from convscope.data import list_datasets
from convscope.errors import InputError
from convscope.recipes import CHOICES, GENERAL, RECIPES, choose, list_recipes, load_recipe
from convscope.training import Recipe
from convscope.zoo import list_architectures


@pytest.mark.parametrize("builder", RECIPES, ids=list_recipes())
def test_contract(builder):
    recipe = builder()
    assert isinstance(recipe, Recipe)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert load_recipe(builder.__name__) == recipe
    assert recipe.seed == 0
    if builder.__name__ != GENERAL:  # a measured claim: error, seeds, time, machine, torch
        for word in ("%", "seeds", "s on", "torch 2.", "convscope train"):
            assert word in builder.__doc__


def test_names_are_once_only():
    assert len(set(list_recipes())) == len(RECIPES)


def test_choices_name_what_exists():
    for (architecture, data), name in CHOICES.items():
        assert architecture in list_architectures()
        assert data in list_datasets()
        assert name in list_recipes()


def test_unknown_pairs_get_the_general_one():
    assert choose("lenet5", "mnist") == "lenet5_mnist_quick"
    assert choose("resnet18", "photos") == GENERAL


def test_unknown_name():
    with pytest.raises(InputError, match="did you mean lenet5_mnist"):
        load_recipe("lenet_mnist")
