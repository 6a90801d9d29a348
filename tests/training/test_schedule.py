"""Learning-rate schedules at the points where they are known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from audiogan.training.schedule import Schedule
from audiogan.training.settings import ScheduleSettings


@pytest.mark.parametrize(
    ("options", "points"),
    [
        ({"shape": "constant"}, {0: 1, 50: 1, 99: 1}),
        ({"shape": "linear"}, {0: 1, 25: 0.75, 50: 0.5, 99: 0.01}),
        ({"shape": "cosine"}, {0: 1, 25: 0.5 + 0.5 * 0.5**0.5, 50: 0.5, 75: 0.5 - 0.5 * 0.5**0.5}),
        ({"shape": "halving", "halve_every": 30}, {0: 1, 29: 1, 30: 0.5, 59: 0.5, 60: 0.25, 90: 0.125}),
        ({"shape": "constant", "warm_up": 4}, {0: 0.25, 1: 0.5, 2: 0.75, 3: 1, 4: 1}),
        ({"shape": "linear", "warm_up": 20}, {0: 0.05, 19: 1, 20: 1, 60: 0.5, 99: 1 / 80}),
        ({"shape": "linear", "floor": 0.3}, {50: 0.5, 70: 0.3, 99: 0.3}),
        ({"shape": "linear", "floor": 0.5, "warm_up": 10}, {0: 0.1, 9: 1, 99: 0.5}),
    ],
)
def test_known_points(options: dict[str, Any], points: dict[int, float]) -> None:
    schedule = ScheduleSettings.model_validate(options).over(100)
    assert {step: schedule.factor(step) for step in points} == pytest.approx(points)


@given(
    shape=st.sampled_from(["constant", "linear", "cosine", "halving"]),
    steps=st.integers(1, 50),
    warm_up=st.integers(0, 60),
    floor=st.floats(0, 1),
)
def test_rises_then_never_rises_again_and_stays_within_0_and_1(
    shape: Any, steps: int, warm_up: int, floor: float
) -> None:
    schedule = Schedule(shape, steps, warm_up, halve_every=7, floor=floor)
    factors = [schedule.factor(step) for step in range(steps)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[:warm_up] == sorted(factors[:warm_up])
    assert factors[warm_up:] == sorted(factors[warm_up:], reverse=True)
    assert min(factors[warm_up:], default=1.0) >= floor


@pytest.mark.parametrize("options", [{"shape": "halving"}, {"shape": "linear", "halve_every": 5}])
def test_halving_and_its_distance_go_together(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="halve_every"):
        ScheduleSettings.model_validate(options)
