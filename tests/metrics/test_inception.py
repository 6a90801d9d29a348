"""The inception score's formula in its closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import entropy

from audiogan.metrics import NotMeasurable, inception_score


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_it_goes_from_1_to_the_number_of_classes(classes: int) -> None:
    sure = np.eye(classes).repeat(3, axis=0)
    assert inception_score(sure) == pytest.approx(classes)
    assert inception_score(np.full((7, classes), 1 / classes)) == pytest.approx(1)
    assert inception_score(sure[:3]) == pytest.approx(1)  # sure, but of one class


def test_two_classes_of_four_and_half_sure_ones() -> None:
    assert inception_score(np.eye(4)[[0, 2, 0, 2]]) == pytest.approx(2)
    both = [[0.9, 0.1], [0.1, 0.9]]
    assert inception_score(both) == pytest.approx(math.exp(math.log(2) - entropy([0.9, 0.1])))


def test_it_is_the_exponential_of_scipy_s_mean_divergence() -> None:
    each = np.random.default_rng(0).dirichlet(np.ones(6) * 0.3, 50)
    expected = np.exp(np.mean([entropy(row, each.mean(axis=0)) for row in each]))
    assert inception_score(each) == pytest.approx(expected)


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="too few"):
        inception_score(np.zeros((0, 3)))
    with pytest.raises(NotMeasurable, match="NaN"):
        inception_score([[math.nan, 1.0]])
    for wrong in ([[0.5, 0.6]], [[-0.5, 1.5]]):
        with pytest.raises(ValueError, match="add up to 1"):
            inception_score(wrong)
