"""From what a recipe says of its game to the objects."""

from __future__ import annotations

import audiogan.objectives
from audiogan.components import build
from audiogan.recipe.recipe import GameRecipe
from audiogan.tasks.adversarial import InstanceNoise, Steadying
from audiogan.tasks.game import Game, Weighted


def build_game(recipe: GameRecipe) -> Game:
    """What the recipe's two players play for."""
    parts = [Weighted(build(part, audiogan.objectives), part.weight) for part in recipe.game]
    return Game(parts, recipe.flipped_labels)


def build_steadying(recipe: GameRecipe) -> Steadying:
    """What keeps the recipe's game from going astray."""
    noise = recipe.instance_noise
    return Steadying(InstanceNoise(noise.deviation, noise.until) if noise else None, recipe.historical_averaging)
