"""LLR against autoregressive processes whose answer is known, and the normal equations solved frame by frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from audiogan.metrics import llr
from audiogan.metrics.likelihood import _error, _predictor
from tests.metrics.signals import noisy, speech_like
from tests.metrics.slow import slow_llr

CLEAN = speech_like(1.0) + 1e-4 * np.random.default_rng(5).standard_normal(16000)
NOISY = noisy(CLEAN, 5)


def test_identical_sounds_do_not_differ() -> None:
    assert llr(CLEAN, CLEAN, 16000) == 0


@pytest.mark.parametrize("gain", [1e-3, -0.5, 30.0])
def test_level_plays_no_part(gain: float) -> None:
    assert llr(gain * NOISY, CLEAN, 16000) == pytest.approx(llr(NOISY, CLEAN, 16000), abs=1e-5)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_against_the_normal_equations(rate: int) -> None:
    assert llr(NOISY, CLEAN, rate) == pytest.approx(slow_llr(NOISY, CLEAN, rate), abs=1e-6)


@given(st.floats(-0.95, 0.95), st.floats(-0.95, 0.95))
def test_the_predictor_finds_an_autoregressive_process(first: float, second: float) -> None:
    # Poles at both numbers: x[n] = (p + q)·x[n-1] - p·q·x[n-2] + e[n]; its autocorrelation follows the same recursion.
    a1, a2 = first + second, -first * second
    lags = [1.0, a1 / (1 - a2)]
    for _ in range(9):
        lags.append(a1 * lags[-1] + a2 * lags[-2])
    correlation = np.array([lags])
    filters = _predictor(correlation)
    np.testing.assert_allclose(filters[0], [1, -a1, -a2] + [0] * 8, atol=1e-6)
    np.testing.assert_allclose(_error(filters, correlation)[0], 1 - a1 * lags[1] - a2 * lags[2], atol=1e-9)


@pytest.mark.parametrize("pole", [0.5, 0.9])
def test_white_noise_for_an_autoregressive_process_costs_its_prediction_gain(pole: float) -> None:
    # R0 / error = 1 / (1 - pole²). At 1 MHz a frame has 30,000 samples, enough for estimates to be near the truth.
    rng = np.random.default_rng(0)
    reference = lfilter([1], [1, -pole], rng.standard_normal(600_000))
    expected = -np.log(1 - pole**2)
    assert llr(rng.standard_normal(600_000), reference, 1_000_000) == pytest.approx(expected, rel=0.03)


def test_an_autoregressive_process_for_white_noise_costs_its_filter_s_energy() -> None:
    rng = np.random.default_rng(0)
    estimate = lfilter([1], [1, -0.9], rng.standard_normal(600_000))
    assert llr(estimate, rng.standard_normal(600_000), 1_000_000) == pytest.approx(np.log(1 + 0.9**2), rel=0.03)


def test_digital_silence_in_either_is_finite() -> None:
    first_half = np.arange(16000) < 8000
    for estimate, reference in [
        (np.where(first_half, NOISY, 0), CLEAN),
        (NOISY, np.where(first_half, CLEAN, 0)),
        (np.where(first_half, NOISY, 0), np.where(first_half, CLEAN, 0)),
    ]:
        assert 0 < llr(estimate, reference, 16000) < 50
