"""Curves and distributions: what is drawn is what was given."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.show.chart import BOTTOM, LEFT, MOST_POINTS, RIGHT, TOP, Curve, curves, distributions, ticks
from audiogan.show.page import Html, page
from tests.show.pages import Element, drawn, read_page


def points(chart: Html) -> list[tuple[float, float]]:
    """Of the first curve, in the drawing's own units."""
    path = re.search(r'class="curve c0" d="M([^"]+)"', chart)
    assert path
    return [(float(x), float(y)) for x, y in (point.split() for point in path[1].split("L"))]


def read(*parts: Html) -> Element:
    return read_page(page("charts", *parts))


def test_points_lie_where_their_values_are() -> None:
    steps, values = [0, 50, 200], [-1.0, 3.0, 1.0]
    found = points(curves("loss", [Curve("L1", steps, values)]))
    for (x, y), step, value in zip(found, steps, values, strict=True):
        assert x == pytest.approx(LEFT + (RIGHT - LEFT) * step / 200, abs=0.06)
        assert y == pytest.approx(BOTTOM - (BOTTOM - TOP) * (value + 1) / 4, abs=0.06)


def test_values_of_very_different_size_have_a_logarithmic_scale() -> None:
    chart = curves("norm", [Curve("generator", [1, 2, 3], [0.1, 1.0, 1000.0])])
    heights = [y for _, y in points(chart)]
    assert (heights[0] - heights[1]) / (heights[0] - heights[2]) == pytest.approx(1 / 4, abs=0.01)
    assert "Logarithmic scale" in chart
    assert "Logarithmic" not in curves("loss", [Curve("x", [1, 2], [-0.1, 1000.0])])


def test_a_few_far_values_are_counted_and_do_not_flatten_the_rest() -> None:
    values = [math.sin(n) for n in range(200)]
    values[100] = -5000.0
    found = curves("loss", [Curve("x", range(200), values)])
    assert "Beyond the scale: 1 of 200 values." in found
    assert np.ptp([y for _, y in points(found)[:100]]) > 0.3 * (BOTTOM - TOP)


def test_a_long_curve_is_drawn_by_means_and_tells_its_last_value() -> None:
    values = np.random.default_rng(0).normal(size=12 * MOST_POINTS)
    chart = read(curves("loss", [Curve("x", range(len(values)), values.tolist())]))
    held = drawn(chart, "loss")
    np.testing.assert_allclose(held["x"], values.reshape(MOST_POINTS, 12).mean(axis=1), rtol=1e-4)
    assert chart.all("li")[0].text == f"x {values[-1]:.4g}"


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_ticks_are_round_and_within(low: float, width: float) -> None:
    high = low + width
    if high - low < 1e-6 * max(abs(low), 1):
        return
    found = ticks(low, high)
    slack = 1e-6 * (high - low) + 1e-9
    assert all(low - slack <= tick <= high + slack for tick in found) and len(found) <= 6
    for before, after in pairwise(found):
        mantissa = (after - before) / 10 ** math.floor(math.log10(after - before) + 1e-6)
        assert min(abs(mantissa - round_one) for round_one in (1, 2, 5, 10)) < 1e-3


@pytest.mark.parametrize("values", [[2.0], [0.0, 0.0], [1.0, 1.0, 1.0]])
def test_constant_and_single_values_are_drawn(values: list[float]) -> None:
    assert all(TOP <= y <= BOTTOM for _, y in points(curves("x", [Curve("x", range(len(values)), values)])))


def test_names_are_escaped_everywhere() -> None:
    name = "</script><b>&"
    chart = read(curves(name, [Curve(name, [1, 2], [1.0, 2.0])], name), distributions(name, {name: [1.0, 2.0]}, name))
    assert chart.all("b")[0].text == "2" and len(chart.all("script")) == 2
    assert name in dict(json.loads(chart.all("script")[0].text)["curves"])


def test_bars_are_as_tall_as_files_are_many() -> None:
    values = {"noisy": [1.0] * 9 + [2.0], "enhanced": [3.0] * 3}
    chart = distributions("PESQ", values)
    bars = [(row, float(h)) for row, h in re.findall(r'bar f(\d)"[^>]* height="([\d.]+)"', chart)]
    assert [row for row, _ in bars] == ["0", "0", "1"]
    assert bars[0][1] == pytest.approx(9 * bars[1][1], rel=0.1)
    assert bars[2][1] == pytest.approx(bars[0][1] / 3, rel=0.02)
    assert "noisy: median 1 of 10" in chart and "enhanced: median 3 of 3" in chart
