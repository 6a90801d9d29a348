"""The optimisers' words mean what the papers' systems mean by them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from audiogan.components import choice
from audiogan.training import optimisers
from audiogan.training.optimisers import Adam, RMSprop, TensorFlowRMSProp


def moves(optimiser: Adam | RMSprop | TensorFlowRMSProp, gradients: list[float], start: float = 2.0) -> list[float]:
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


def test_tensorflow_rmsprop_starts_at_1_and_has_epsilon_in_the_root() -> None:
    """By hand, TensorFlow 1's rule and defaults: rms starts at ones; rate · g / sqrt(rms + epsilon)."""
    place, square, expected = 2.0, 1.0, []
    for gradient in (0.5, -3.0, 0.0, 0.1):
        square = 0.9 * square + 0.1 * gradient**2
        place -= 0.01 * gradient / (square + 1e-10) ** 0.5
        expected.append(place)
    assert moves(TensorFlowRMSProp(0.01), [0.5, -3.0, 0.0, 0.1]) == pytest.approx(expected, rel=1e-14)


def test_tensorflow_rmsprop_s_first_step_has_the_gradient_s_size() -> None:
    """With epsilon 1 and decay 0 both conventions are told apart: 3 / sqrt(9 + 1), and not 3 / (3 + 1)."""
    assert moves(TensorFlowRMSProp(1.0, decay=0.0, epsilon=1.0), [3.0], start=0.0) == pytest.approx([-3 / 10**0.5])
    assert moves(TensorFlowRMSProp(1.0), [1e-3], start=0.0) == pytest.approx([-1e-3 / 0.9**0.5], rel=1e-6)


def test_tensorflow_rmsprop_goes_on_from_its_state_as_if_not_stopped() -> None:
    def stepped(weight: nn.Parameter, optimizer: torch.optim.Optimizer, steps: range) -> None:
        for step in steps:
            weight.grad = torch.randn(5, generator=torch.Generator().manual_seed(step))
            optimizer.step()

    whole, parted = nn.Parameter(torch.ones(5)), nn.Parameter(torch.ones(5))
    stepped(whole, TensorFlowRMSProp(0.01).over([whole]), range(6))
    before, after = (TensorFlowRMSProp(0.01).over([parted]) for _ in range(2))
    stepped(parted, before, range(3))
    after.load_state_dict(before.state_dict())
    stepped(parted, after, range(3, 6))
    assert torch.equal(whole, parted)


@pytest.mark.parametrize("name", ["segan", "wavegan_lsgan", "wavegan_wgan"])
def test_recipes_of_tensorflow_systems_have_its_rmsprop(name: str) -> None:
    from audiogan.recipe.reading import read_recipe, shipped_recipes

    for player in read_recipe(shipped_recipes() / f"{name}.yaml").players.values():
        options = player.optimiser
        assert (options.name, options.decay, options.epsilon) == ("TensorFlowRMSProp", 0.9, 1e-10)


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
