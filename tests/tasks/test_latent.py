"""Latents: their columns, their distributions, and that they are functions of counters."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.tasks.latent import Latent

MANY = 4000


def drawn(latent: Latent, count: int = MANY, step: int = 0) -> Tensor:
    return latent.draw(Chance(3, step, range(count)))


def within(found: Tensor, expected: float, deviation_of_one: float) -> bool:
    """Whether a mean of many is where it ought to be, by five deviations of such a mean."""
    return bool((found - expected).abs().max() < 5 * deviation_of_one / math.sqrt(MANY))


def test_normal_noise_has_mean_0_and_variance_1_in_every_column() -> None:
    noise = drawn(Latent(5))
    assert noise.shape == (MANY, 5) and noise.dtype == torch.float32
    assert within(noise.mean(0), 0, 1) and within(noise.square().mean(0), 1, math.sqrt(2))
    assert within((noise[:, 0] * noise[:, 1]).mean(), 0, 1)


def test_uniform_noise_fills_minus_one_to_one() -> None:
    noise = drawn(Latent(3, "uniform"))
    assert noise.min() >= -1 and noise.max() < 1
    assert within(noise.mean(0), 0, math.sqrt(1 / 3)) and within(noise.square().mean(0), 1 / 3, math.sqrt(4 / 45))


def test_codes_stand_behind_the_noise_choices_one_hot_then_continuous() -> None:
    latent = Latent(12, "normal", (3, 5), 2)
    columns = drawn(latent)
    noise, first, second, continuous = columns.split([2, 3, 5, 2], dim=1)
    for choices, count in ((first, 3), (second, 5)):
        assert set(choices.unique().tolist()) == {0, 1} and (choices.sum(1) == 1).all()
        assert within(choices.mean(0), 1 / count, 0.5)  # every choice as often as the others
    assert continuous.min() >= -1 and continuous.max() < 1 and within(continuous.mean(0), 0, math.sqrt(1 / 3))
    codes = latent.codes_in(columns)
    assert codes is not None and torch.equal(codes, columns[:, 2:])
    assert latent.codes == 10 and torch.equal(noise, drawn(Latent(2)))
    # Choices and codes are independent of each other.
    assert within((first[:, 0] * second[:, 0]).mean(), 1 / 15, 0.5)
    assert within((continuous[:, 0] * continuous[:, 1]).mean(), 0, 1 / 3)


def test_without_codes_there_are_none_and_noise_may_be_none() -> None:
    assert Latent(4).codes_in(drawn(Latent(4))) is None
    only_codes = Latent(3, categories=(3,))
    columns = drawn(only_codes)
    assert columns.shape == (MANY, 3) and torch.equal(only_codes.codes_in(columns), columns)


@given(st.integers(0, 2**31), st.integers(0, 10**6), st.integers(1, 9))
def test_a_sample_s_latent_is_that_of_its_place(seed: int, step: int, count: int) -> None:
    """Processes that each draw for their own places draw what one would."""
    latent = Latent(7, "uniform", (2,), 1)
    whole = latent.draw(Chance(seed, step, range(2 * count)))
    halves = [latent.draw(Chance(seed, step, places)) for places in (range(count), range(count, 2 * count))]
    assert torch.equal(torch.cat(halves), whole)
    assert not torch.equal(latent.draw(Chance(seed, step + 1, range(2 * count))), whole)
    assert not torch.equal(latent.draw(Chance(seed, step, range(2 * count), "generator 1/")), whole)


def test_codes_that_take_more_than_there_is_are_refused() -> None:
    Latent(12, categories=(10,), continuous=2)
    with pytest.raises(
        AudioganError, match=r"^The latent codes take 12 numbers and generator\.latent_size is 11: raise"
    ):
        Latent(11, categories=(10,), continuous=2)


def test_a_scale_is_of_the_noise_alone() -> None:
    plain, small = drawn(Latent(6, "normal", (3,), 1)), drawn(Latent(6, "normal", (3,), 1, noise_scale=0.1))
    assert torch.allclose(small[:, :2], 0.1 * plain[:, :2]) and torch.equal(small[:, 2:], plain[:, 2:])
