"""Resampling: exact lengths, no delay, a band that is kept, and no trace of how the sound was cut into blocks."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.audio.resample import StreamResampler, resample, resampled_length
from audiogan.errors import AudioganError

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000]


def decibels(error: np.ndarray, signal: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(error**2) / np.mean(signal**2)))


def swelling_sine(frequency: float, rate: int) -> np.ndarray:
    """Two seconds that fade in and out, so that nothing depends on what lies outside."""
    time = np.arange(2 * rate) / rate
    return np.sin(2 * np.pi * frequency * time) * np.sin(np.pi * time / 2) ** 2


@given(st.integers(0, 10**7), st.sampled_from(RATES), st.sampled_from(RATES))
def test_length_is_rounded_half_upward(samples: int, from_rate: int, to_rate: int) -> None:
    exact = Fraction(samples * to_rate, from_rate)
    assert -Fraction(1, 2) < resampled_length(samples, from_rate, to_rate) - exact <= Fraction(1, 2)


@pytest.mark.parametrize("to_rate", RATES)
@pytest.mark.parametrize("from_rate", RATES)
def test_sines_below_045_of_the_lower_rate_are_those_of_the_new_rate(from_rate: int, to_rate: int) -> None:
    for share in (0.01, 0.25, 0.45):
        frequency = share * min(from_rate, to_rate)
        wanted = swelling_sine(frequency, to_rate)
        found = resample(swelling_sine(frequency, from_rate), from_rate, to_rate)
        assert found.shape == wanted.shape and found.dtype == np.float32
        assert decibels(found - wanted, wanted) < -100, share


@pytest.mark.parametrize("from_rate", [22050, 44100, 48000, 96000])
def test_what_the_new_rate_cannot_hold_is_gone(from_rate: int) -> None:
    above = swelling_sine(9000, from_rate)
    assert decibels(resample(above, from_rate, 16000), above) < -100


def test_the_same_rate_changes_nothing() -> None:
    sound = np.random.default_rng(0).standard_normal((2, 100)).astype(np.float32)
    np.testing.assert_array_equal(resample(sound, 16000, 16000), sound)


def test_leading_axes_are_kept() -> None:
    sound = np.random.default_rng(0).standard_normal((2, 3, 480)).astype(np.float32)
    found = resample(sound, 48000, 16000)
    assert found.shape == (2, 3, 160)
    np.testing.assert_allclose(found[1, 2], resample(sound[1, 2], 48000, 16000), atol=1e-6)
    assert resample(np.zeros((2, 0)), 48000, 16000).shape == (2, 0)


@settings(max_examples=40)
@given(
    st.sampled_from([(44100, 16000), (16000, 44100), (48000, 16000), (8000, 16000), (16000, 22050)]),
    st.lists(st.integers(0, 3000), max_size=8),
)
def test_blocks_leave_no_trace(rates: tuple[int, int], sizes: list[int]) -> None:
    sound = np.random.default_rng(0).standard_normal((2, sum(sizes))).astype(np.float32)
    stream = StreamResampler(*rates, channels=2)
    cuts = np.cumsum([0, *sizes])
    found = [stream.push(sound[:, a:b]) for a, b in pairwise(cuts)]
    joined = np.concatenate([*found, stream.finish()], axis=1)
    assert joined.shape == (2, resampled_length(sum(sizes), *rates))
    np.testing.assert_allclose(joined, resample(sound, *rates), atol=1e-6)


@pytest.mark.parametrize("rates", [(999, 16000), (16000, 768_001), (16000, 10**11), (0, 16000), (-1, 16000)])
def test_rates_out_of_bounds_are_refused(rates: tuple[int, int]) -> None:
    with pytest.raises(AudioganError, match="it must lie between 1000 and 768000 Hz"):
        resample(np.zeros(10), *rates)
