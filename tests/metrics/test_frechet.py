"""Fréchet distance against closed forms and against SciPy's matrix root."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import ortho_group

from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, frechet_distance

RNG = np.random.default_rng(0)


def features_of(mean: list[float], deviations: list[float], number: int = 50) -> np.ndarray:
    """Features whose sample mean is `mean` and whose sample covariance is diagonal, exactly."""
    raw = RNG.standard_normal((number, len(mean)))
    orthogonal = np.linalg.qr(raw - raw.mean(axis=0))[0]
    return mean + orthogonal * np.sqrt(number - 1) * deviations


def by_matrix_root(first: np.ndarray, second: np.ndarray) -> float:
    """The formula as it is written, with the unsymmetric root of AB."""
    covariances = [np.atleast_2d(np.cov(side, rowvar=False)) for side in (first, second)]
    root = sqrtm(covariances[0] @ covariances[1])
    shift = first.mean(axis=0) - second.mean(axis=0)
    return float(shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * np.real(root)))


@pytest.mark.parametrize("numbers", [(50, 50), (50, 20)])
def test_of_gaussians_with_the_same_axes_it_is_the_distance_of_means_and_deviations(numbers: tuple[int, int]) -> None:
    first = features_of([1, 2, 3], [1, 0.5, 2], numbers[0])
    second = features_of([1, 0, 4], [3, 0.5, 0], numbers[1])
    assert frechet_distance(first, second) == pytest.approx(2**2 + 1 + 2**2 + 0 + 2**2, abs=1e-10)


def test_of_turned_axes_it_is_the_known_number() -> None:
    # diag(4, 1) and diag(1, 4): A^½ B A^½ = 4 I, so 5 + 5 - 2 · 4 = 2. Turned by 45°, B is [[2.5, ±1.5], [±1.5, 2.5]]:
    # det(AB) = 16 and tr(AB) = 12.5, so tr (AB)^½ = √(12.5 + 2 · 4).
    first, second = features_of([0, 0], [2, 1]), features_of([0, 0], [1, 2])
    half = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    assert frechet_distance(first, second) == pytest.approx(2, abs=1e-12)
    assert frechet_distance(first, second @ half) == pytest.approx(10 - 2 * np.sqrt(20.5), abs=1e-12)


@pytest.mark.parametrize(("number", "size"), [(30, 1), (40, 8), (200, 30)])
def test_against_scipy_s_matrix_root(number: int, size: int) -> None:
    first = RNG.standard_normal((number, size)) @ RNG.standard_normal((size, size))
    second = 1 + RNG.standard_normal((number + 7, size)) @ RNG.standard_normal((size, size))
    assert frechet_distance(first, second) == pytest.approx(by_matrix_root(first, second), rel=1e-8)


@pytest.mark.parametrize(("number", "size"), [(2, 64), (10, 64), (500, 64)])
def test_few_samples_of_many_features_lose_no_digits(number: int, size: int) -> None:
    features = RNG.standard_normal((number, size)) * np.logspace(-6, 6, size)
    scale = np.square(features).sum() / number
    assert frechet_distance(features, features) <= 1e-14 * scale
    # The same set grown by 2 about its mean: Tr (A + 4A - 2 · 2A) = Tr A.
    grown = 2 * features - features.mean(axis=0)
    assert frechet_distance(grown, features) == pytest.approx(features.var(axis=0, ddof=1).sum(), rel=1e-10)


def test_of_collapsed_sets_it_is_the_distance_of_the_means() -> None:
    assert frechet_distance(np.full((9, 2), 3.0), np.zeros((4, 2))) == pytest.approx(18, abs=1e-12)


@given(seed=st.integers(0, 1000), number=st.integers(2, 12), size=st.integers(1, 6))
def test_order_place_and_turning_do_not_matter_and_it_is_symmetric(seed: int, number: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((number, size)), 2 * rng.standard_normal((number + 1, size))
    value = frechet_distance(first, second)
    turn = ortho_group.rvs(size, random_state=seed) if size > 1 else np.array([[-1.0]])
    moved = rng.permutation(first) @ turn + 7, rng.permutation(second) @ turn + 7
    assert frechet_distance(*moved) == pytest.approx(value, abs=1e-9)
    assert frechet_distance(second, first) == pytest.approx(value, abs=1e-9)
    assert value >= 0


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="too few generated samples: 1, 2 are needed"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))
    with pytest.raises(NotMeasurable, match="real samples have NaN or infinite values: 1 of 6"):
        frechet_distance(np.zeros((2, 3)), [[0, 1, 2], [0, np.inf, 0]])
    with pytest.raises(AudioganError, match=r"shape \(3,\), a real one \(4,\)"):
        frechet_distance(np.zeros((5, 3)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="takes"):
        frechet_distance(np.zeros(5), np.zeros(5))
