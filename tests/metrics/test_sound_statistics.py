"""Levels and centroids in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from audiogan.metrics.sound_statistics import are_silent, levels_db, spectral_centroids

RATE = 8000
TIME = np.arange(4000) / RATE


def test_the_level_of_sines_and_of_silence() -> None:
    sine = np.sin(2 * math.pi * 200 * TIME)
    levels = levels_db(np.stack([sine, 0.1 * sine, 1e-4 * sine, 0 * sine])[:, None].astype(np.float32))
    assert levels[:3] == pytest.approx([-3.0103, -23.0103, -83.0103], abs=1e-3)
    assert levels[3] == -np.inf
    assert are_silent(levels).tolist() == [False, False, True, True]
    both = levels_db(np.stack([sine, 0 * sine])[None])  # channels share the power
    assert both == pytest.approx([-6.0206], abs=1e-3)


def test_the_centroid_of_sines_noise_and_silence() -> None:
    low, high = (np.sin(2 * math.pi * hertz * TIME) for hertz in (200, 3000))
    noise = np.random.default_rng(0).standard_normal(4000)
    sounds = np.stack([low, low + high, 2 * low + high, noise, 0 * low])[:, None]
    found = spectral_centroids(sounds, RATE)
    assert found[:3] == pytest.approx([200, 1600, (4 * 200 + 3000) / 5], abs=0.01)
    assert found[3] == pytest.approx(2000, rel=0.03)
    assert np.isnan(found[4])
    assert spectral_centroids(1e-3 * sounds, RATE)[:4] == pytest.approx(found[:4])
