"""Recipes: what one may say, how it is read, and the way from its words to objects."""

from audiogan.recipe.reading import read_recipe
from audiogan.recipe.recipe import Recipe

__all__ = ["Recipe", "read_recipe"]
