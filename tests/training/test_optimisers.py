"""The optimisers' words mean what the papers' systems mean by them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from audiogan.components import choice
from audiogan.training import optimisers
from audiogan.training.optimisers import Adam, RMSprop


def moves(optimiser: Adam | RMSprop, gradients: list[float], start: float = 2.0) -> list[float]:
    """Where a weight stands after each of some gradients."""
    weight = nn.Parameter(torch.tensor([start], dtype=torch.float64))
    stepping = optimiser.over([weight])
    places = []
    for gradient in gradients:
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        stepping.step()
        places.append(weight.item())
    return places


def test_rmsprop_divides_by_the_decaying_root_mean_square() -> None:
    place, square, expected = 2.0, 0.0, []
    for gradient in (0.5, -3.0, 0.1):
        square = 0.9 * square + 0.1 * gradient**2
        place -= 0.01 * gradient / (square**0.5 + 1e-10)
        expected.append(place)
    assert moves(RMSprop(0.01, decay=0.9, epsilon=1e-10), [0.5, -3.0, 0.1]) == pytest.approx(expected)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adam_corrects_its_moments_and_decays_weights_beside_them(weight_decay: float) -> None:
    place, mean, square, expected = 2.0, 0.0, 0.0, []
    for step, gradient in enumerate((0.5, -3.0, 0.1), 1):
        mean, square = 0.5 * mean + 0.5 * gradient, 0.9 * square + 0.1 * gradient**2
        place *= 1 - 0.01 * weight_decay
        place -= 0.01 * (mean / (1 - 0.5**step)) / ((square / (1 - 0.9**step)) ** 0.5 + 1e-8)
        expected.append(place)
    assert moves(Adam(0.01, (0.5, 0.9), weight_decay), [0.5, -3.0, 0.1]) == pytest.approx(expected)


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 0},
        {"learning_rate": -1e-4},
        {"learning_rate": 1e-4, "betas": [0.5, 1.0]},
        {"learning_rate": 1e-4, "betas": [0.5]},
        {"learning_rate": 1e-4, "weight_decay": -1},
        {},
    ],
)
def test_a_recipe_s_options_are_bounded(options: dict[str, object]) -> None:
    from pydantic import TypeAdapter, ValidationError

    adapter = TypeAdapter(choice(optimisers))
    adapter.validate_python({"name": "Adam", "learning_rate": 1e-4})
    with pytest.raises(ValidationError):
        adapter.validate_python({"name": "Adam", **options})
