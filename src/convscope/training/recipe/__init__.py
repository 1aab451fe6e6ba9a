"""Recipes: a complete training configuration, as data."""

from convscope.training.recipe.recipe import EarlyStop, Recipe

__all__ = ["EarlyStop", "Recipe"]
