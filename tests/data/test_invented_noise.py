"""Invented noise is of one level, finite, of its counters alone, and of many kinds."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan.chance import generator
from audiogan.data.invented_noise import invented_noise, swell

RATE, SAMPLES = 16000, 16384
NUMBERS = range(60)


@pytest.fixture(scope="module")
def noises() -> np.ndarray:
    return np.stack([invented_noise(SAMPLES, RATE, generator(0, "invented", number)) for number in NUMBERS])


def test_each_has_one_level_and_is_finite(noises: np.ndarray) -> None:
    assert noises.dtype == np.float32 and np.isfinite(noises).all()
    np.testing.assert_allclose(np.sqrt(np.mean(noises.astype(np.float64) ** 2, axis=1)), 1, rtol=1e-4)


def test_the_same_counters_give_the_same_noise_and_others_another(noises: np.ndarray) -> None:
    np.testing.assert_array_equal(invented_noise(SAMPLES, RATE, generator(0, "invented", 3)), noises[3])
    likeness = np.abs(np.corrcoef(noises) - np.eye(len(noises)))
    assert likeness.max() < 0.5


def test_spectra_and_courses_differ_widely(noises: np.ndarray) -> None:
    power = np.abs(np.fft.rfft(noises, axis=1)) ** 2
    centre = power @ np.fft.rfftfreq(SAMPLES, 1 / RATE) / power.sum(axis=1)
    assert np.percentile(centre, 90) > 5 * np.percentile(centre, 10)
    frames = (noises[:, : SAMPLES // 256 * 256].reshape(len(noises), -1, 256) ** 2).mean(axis=2)
    unrest_db = np.std(10 * np.log10(frames + 1e-9), axis=1)
    assert np.percentile(unrest_db, 10) < 3 and np.percentile(unrest_db, 90) > 8


@pytest.mark.parametrize("rate", [8000, 48000])
def test_other_rates(rate: int) -> None:
    assert np.isfinite(invented_noise(2000, rate, generator(0, "rate"))).all()


def test_a_swell_stays_within_30_db_and_changes_smoothly() -> None:
    for seed in range(10):
        gains = swell(RATE, RATE, np.random.default_rng(seed))
        assert gains.shape == (RATE,)
        assert 10 ** (-30 / 20) <= gains.min() < gains.max() <= 1
        assert np.abs(np.diff(20 * np.log10(gains))).max() < 30 * 20 / (0.9 * RATE)  # 30 dB in a twentieth of a second
