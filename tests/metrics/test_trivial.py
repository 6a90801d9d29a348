"""Shaped noise has the spectrum, the envelope and the level that it is to have, and nothing else of the sounds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter, welch

from audiogan.metrics import NotMeasurable, shaped_noise
from audiogan.metrics.sound_statistics import levels_db

RATE, SAMPLES = 8000, 4096
RNG = np.random.default_rng(0)


def hits(count: int, gain: float = 0.1) -> np.ndarray:
    """Noise around 1 kHz that begins after 50 ms and decays by 60 dB in 0.3 s."""
    time = np.arange(SAMPLES) / RATE - 0.05
    envelope = np.where(time >= 0, 10 ** (-3 * np.clip(time, 0, None) / 0.3), 0)
    radius, angle = 0.95, 2 * np.pi * 1000 / RATE
    noise = RNG.standard_normal((count, 1, SAMPLES)) * envelope
    return (gain * lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], noise)).astype(np.float32)


def spectrum_db(sounds: np.ndarray) -> np.ndarray:
    return 10 * np.log10(welch(sounds[:, 0], RATE, nperseg=256)[1].mean(axis=0))


def envelope_db(sounds: np.ndarray) -> np.ndarray:
    return 10 * np.log10(np.square(sounds).reshape(len(sounds), -1, 64).mean(axis=(0, 2)) + 1e-12)


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    return hits(200)


@pytest.fixture(scope="module")
def noise(real: np.ndarray) -> np.ndarray:
    return shaped_noise(real, RATE, 200)


def test_the_spectrum_is_the_set_s(real: np.ndarray, noise: np.ndarray) -> None:
    wanted, found = spectrum_db(real), spectrum_db(noise)
    assert np.ptp(wanted) > 25  # there is something to take after
    assert np.abs(found - wanted)[1:-1].max() < 1.5


def test_the_envelope_is_the_set_s(real: np.ndarray, noise: np.ndarray) -> None:
    wanted, found = envelope_db(real), envelope_db(noise)
    sounding = wanted > wanted.max() - 40
    assert sounding.sum() > 20
    assert np.abs(found - wanted)[sounding].max() < 2
    assert found[:5].max() < wanted.max() - 40  # before the onset there is nothing


def test_the_level_is_the_set_s_mean_in_db_and_loud_sounds_count_as_others_do() -> None:
    uneven = np.concatenate([hits(30, 0.01), hits(30, 0.1), hits(30, 0)])
    noise = shaped_noise(uneven, RATE, 60)
    assert levels_db(noise).mean() == pytest.approx(levels_db(uneven)[:60].mean(), abs=0.5)
    # Two kinds at levels 40 dB apart: both are in the spectrum.
    time = np.arange(SAMPLES) / RATE
    low, high = (np.sin(2 * np.pi * hertz * time) for hertz in (500, 3000))
    both = spectrum_db(shaped_noise(np.stack([0.5 * low, 0.005 * high, 0 * low])[:, None], RATE, 50))
    bins = [round(hertz / RATE * 256) for hertz in (500, 3000, 1750)]
    assert both[bins[0]] == pytest.approx(both[bins[1]], abs=1.5)
    assert both[bins[2]] < both[bins[0]] - 30


def test_the_same_seed_gives_the_same_noise_whatever_the_number(noise: np.ndarray, real: np.ndarray) -> None:
    assert np.array_equal(shaped_noise(real, RATE, 3), noise[:3])
    other = shaped_noise(real, RATE, 100, seed=1)
    assert abs((other * noise[:100]).sum()) < 0.1 * np.square(other).sum()
    assert np.abs(noise).max() <= 1 and noise.dtype == np.float32


def test_channels_and_silence() -> None:
    stereo = np.tile(hits(5), (1, 2, 1))
    assert shaped_noise(stereo, RATE, 2).shape == (2, 2, SAMPLES)
    with pytest.raises(NotMeasurable, match="silent"):
        shaped_noise(np.zeros((4, 1, SAMPLES), np.float32), RATE, 2)
