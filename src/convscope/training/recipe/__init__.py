"""Recipes: a complete training configuration, as data."""
