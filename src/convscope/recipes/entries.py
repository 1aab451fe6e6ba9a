"""Recipes as entries of a list, without importing them."""

from convscope.listing import Entry, first_sentence, function_of
from convscope.recipes import RECIPES


def entries() -> list[Entry]:
    """Return all recipes, grouped by data, with the accuracy that was measured here."""
    return [
        Entry(
            name=name,
            summary=recipe.purpose,
            group=recipe.data,
            notes=(("measured", measured(name) or "no"),),
        )
        for name, recipe in RECIPES.items()
    ]


def measured(name: str) -> str:
    """Return the measured accuracy that a recipe's docstring begins with; empty if there is none.

    The part in brackets, which names the runs, is left out.
    """
    claim = first_sentence(function_of(f"convscope.recipes.{RECIPES[name].module}", name))
    return claim.partition(" (")[0].replace("Test", "test", 1) if claim.startswith("Test ") else ""
