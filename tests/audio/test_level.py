from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.audio.level import active_level, change_to_level, rms_db
from audiogan.errors import AudioganError

RATE = 8000


def speechlike(seed: int, seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    """Noise bursts of different loudness between pauses."""
    rng = np.random.default_rng(seed)
    samples = int(seconds * rate)
    slow = np.repeat(rng.choice([0.0, 0.002, 0.03, 0.1, 0.3], size=samples // (rate // 5) + 1), rate // 5)[:samples]
    return (slow * rng.standard_normal(samples)).astype(np.float32) * 0.3 + 1e-6


def p56_sample_by_sample(x: np.ndarray, rate: int) -> tuple[float, float]:
    """Method B as the recommendation tells it, with its 16 thresholds and its counters."""
    g = math.exp(-1 / (rate * 0.03))
    hangover = math.ceil(0.2 * rate)
    c = [2.0**j for j in range(-15, 1)]
    a = [0] * 16
    h = [hangover] * 16
    p = q = square_sum = 0.0
    for value in x.tolist():
        square_sum += value * value
        p = g * p + (1 - g) * abs(value)
        q = g * q + (1 - g) * p
        for j in range(16):
            if q >= c[j]:
                a[j] += 1
                h[j] = 0
            elif h[j] < hangover:
                a[j] += 1
                h[j] += 1
    previous = None
    for j in range(16):
        level = 10 * math.log10(square_sum / a[j])
        excess = level - 20 * math.log10(c[j]) - 15.9
        if excess <= 0:
            assert previous is not None
            part = previous[1] / (previous[1] - excess)
            level = previous[0] + part * (level - previous[0])
            break
        previous = (level, excess)
    return level, 10 ** ((10 * math.log10(square_sum / len(x)) - level) / 10)


@pytest.mark.parametrize("seed", range(4))
def test_the_level_is_that_of_the_recommendation_followed_sample_by_sample(seed: int) -> None:
    x = speechlike(seed)
    level, activity = p56_sample_by_sample(x, RATE)
    measured = active_level(x, RATE)
    assert measured.level_db == pytest.approx(level, abs=1e-6)
    assert measured.activity == pytest.approx(activity, abs=1e-6)


def test_a_steady_sound_has_its_rms_as_level() -> None:
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(10 * RATE) / RATE)
    assert rms_db(sine) == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=1e-6)
    assert active_level(sine, RATE).level_db == pytest.approx(rms_db(sine), abs=0.05)
    assert active_level(sine, RATE).activity == pytest.approx(1, abs=0.01)


def test_half_silence_lowers_rms_by_3_db_and_leaves_the_active_level() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(20 * RATE)
    half = np.concatenate([noise, np.zeros_like(noise)])
    assert rms_db(half) == pytest.approx(rms_db(noise) - 10 * math.log10(2), abs=1e-6)
    assert active_level(half, RATE).level_db == pytest.approx(rms_db(noise), abs=0.15)
    assert active_level(half, RATE).activity == pytest.approx(0.5, abs=0.02)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), octaves=st.integers(-20, 6))
def test_a_gain_of_whole_octaves_moves_the_level_exactly(seed: int, octaves: int) -> None:
    x = speechlike(seed, seconds=1.0).astype(np.float64)
    moved = active_level(x * 2.0**octaves, RATE)
    assert moved.level_db == pytest.approx(active_level(x, RATE).level_db + octaves * 20 * math.log10(2), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), gain_db=st.floats(-100, 20))
def test_any_gain_moves_the_level_by_about_itself(seed: int, gain_db: float) -> None:
    x = speechlike(seed, seconds=1.0).astype(np.float64)
    # Bursts with nothing between them are the worst case for the ladder; real speech stays within tenths.
    moved = active_level(x * 10 ** (gain_db / 20), RATE)
    assert moved.level_db == pytest.approx(active_level(x, RATE).level_db + gain_db, abs=2.5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_active_level_is_never_below_rms(seed: int) -> None:
    x = speechlike(seed, seconds=1.0)
    measured = active_level(x, RATE)
    assert measured.level_db >= rms_db(x) - 1e-9
    assert 0 < measured.activity <= 1


def test_silence_is_minus_infinity_and_never_active() -> None:
    silent = active_level(np.zeros(1000, np.float32), RATE)
    assert (silent.level_db, silent.activity) == (-math.inf, 0.0)
    assert rms_db(np.zeros(1000, np.float32)) == -math.inf


@pytest.mark.parametrize("sound", [np.zeros(1), np.full(1, 0.25), np.full(10, 1e-30), np.ones(3)])
def test_the_shortest_and_quietest_sounds_have_a_level_or_none_but_no_nan(sound: np.ndarray) -> None:
    assert not math.isnan(active_level(sound, RATE).level_db)


@pytest.mark.parametrize("sound", [np.zeros(0), np.array([0.1, np.nan]), np.array([np.inf, 0.0])])
def test_what_has_no_level_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(AudioganError, match="level was asked"):
        active_level(sound, RATE)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10000), st.floats(-60, 0), st.floats(-40, 20))
def test_change_to_level_gives_the_level_asked_for(seed: int, level_db: float, gain_db: float) -> None:
    """To 0.05 dB, where the difference of two levels is wrong by some tenths of a dB."""
    sound = speechlike(seed, 1.0) * 10 ** (gain_db / 20)
    change = change_to_level(sound, RATE, level_db)
    assert active_level(sound.astype(np.float64) * 10 ** (change / 20), RATE).level_db == pytest.approx(
        level_db, abs=0.05
    )


def test_change_to_level_of_silence_is_an_error() -> None:
    with pytest.raises(AudioganError, match="silence"):
        change_to_level(np.zeros(100), RATE, -20.0)
