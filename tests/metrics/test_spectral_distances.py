"""Log-spectral and multi-resolution STFT distance."""

from __future__ import annotations

import auraloss
import numpy as np
import pytest
import torch

from audiogan.metrics import NotMeasurable, log_spectral_distance, multi_resolution_stft_distance
from tests.metrics.signals import noisy, speech_like

NOISE = 0.1 * np.random.default_rng(0).standard_normal(16000)


@pytest.mark.parametrize("db", [-20.0, -0.1, 6.0])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_log_spectral_distance_of_a_scaled_copy_is_the_gain(db: float, rate: int) -> None:
    loud = 1e4 * NOISE  # no bin comes near the floor
    assert log_spectral_distance(loud * 10 ** (db / 20), loud, rate) == pytest.approx(abs(db), abs=1e-9)


def test_log_spectral_distance_is_symmetric_and_zero_only_for_itself() -> None:
    other = noisy(NOISE, 10)
    assert log_spectral_distance(NOISE, NOISE, 16000) == 0
    assert log_spectral_distance(other, NOISE, 16000) == log_spectral_distance(NOISE, other, 16000) > 0


def test_log_spectral_distance_of_two_levels_of_one_tone_is_known() -> None:
    # A full-scale tone on a bin: the bin holds -6.02 dB, its neighbours -12.04 dB, all others rounding below the floor.
    # At -40 dB of that, three of 257 bins differ by 40 dB.
    tone = np.cos(2 * np.pi * 1000 * np.arange(16000) / 16000)
    expected = np.sqrt(3 * 40**2 / 257)
    assert log_spectral_distance(0.01 * tone, tone, 16000) == pytest.approx(expected, abs=1e-6)


def test_log_spectral_distance_of_digital_silence_is_finite() -> None:
    half = np.where(np.arange(16000) < 8000, NOISE, 0)
    assert 10 < log_spectral_distance(half, NOISE, 16000) < 100


@pytest.mark.parametrize("seconds", [0.1, 1.0, 14.0])
def test_multi_resolution_agrees_with_auraloss(seconds: float) -> None:
    clean = speech_like(seconds).astype(np.float32)
    heard = noisy(clean, 5).astype(np.float32)
    sides = (torch.from_numpy(side)[None, None] for side in (heard, clean))
    expected = float(auraloss.freq.MultiResolutionSTFTLoss()(*sides))
    assert multi_resolution_stft_distance(heard, clean, 16000) == pytest.approx(expected, rel=1e-4)


def test_multi_resolution_needs_more_than_half_its_largest_window() -> None:
    assert multi_resolution_stft_distance(NOISE[:1025], NOISE[1:1026], 16000) > 0
    with pytest.raises(NotMeasurable, match="too short"):
        multi_resolution_stft_distance(NOISE[:1024], NOISE[1:1025], 16000)
