"""Means of what was measured, without the steps in which nothing was."""

from __future__ import annotations

import math

import torch

from audiogan.training.means import RunningMeans


def noted(values: list[float]) -> RunningMeans:
    means = RunningMeans()
    for value in values:
        means.note("loss", torch.tensor(1.0))
        means.note_known("quality", torch.tensor(value))
        means.steps += 1
    return means


def test_take_known_leaves_steps_without_a_number_out() -> None:
    assert noted([0.5, math.nan, 1.5]).take() == {"loss": 1.0, "quality": 1.0}


def test_take_known_of_no_number_is_absent_and_not_zero() -> None:
    assert noted([math.nan, math.nan]).take() == {"loss": 1.0}


def test_state_dict_goes_on_with_what_was_known() -> None:
    before, after = noted([math.nan, 4.0]), RunningMeans()
    after.load_state_dict(before.state_dict(), torch.device("cpu"))
    after.note_known("quality", torch.tensor(2.0))
    after.note("loss", torch.tensor(1.0))
    after.steps += 1
    assert after.take() == {"loss": 1.0, "quality": 3.0}
