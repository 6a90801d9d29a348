"""Segmental SNR against closed forms, its clamps, and a frame-by-frame sum."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan.metrics import segmental_snr
from audiogan.metrics.pairs import by_frames

RNG = np.random.default_rng(0)
REFERENCE = RNG.standard_normal(16000)


@pytest.mark.parametrize("db", [-9.5, 0.5, 12.5, 34.0])
def test_a_known_share_of_error_is_its_level_in_db(db: float) -> None:
    estimate = REFERENCE * (1 - 10 ** (-db / 20))
    assert segmental_snr(estimate, REFERENCE, 16000) == pytest.approx(db, abs=1e-9)


def test_frames_are_clamped() -> None:
    assert segmental_snr(REFERENCE, REFERENCE, 16000) == 35
    assert segmental_snr(REFERENCE * (1 + 1e-3), REFERENCE, 16000) == 35
    assert segmental_snr(-3 * REFERENCE, REFERENCE, 16000) == -10


def test_frames_without_reference_count_as_the_lowest() -> None:
    reference = np.where(np.arange(16000) < 8000, REFERENCE, 0)
    estimate = np.where(np.arange(16000) < 8000, REFERENCE * 0.9, 0.1)
    # 129 frames of 480 samples, 120 apart; of them 67 begin before the silence (the frame at 8000 - 80 is cut by it).
    starts = np.arange((16000 - 480) // 120) * 120
    silent = (starts >= 8000).sum()
    whole = (starts + 480 <= 8000).sum()
    value = segmental_snr(estimate, reference, 16000)
    between = len(starts) - silent - whole
    assert between == 4
    low, high = (20 * whole - 10 * (silent + between)), (20 * whole - 10 * silent + 20 * between)
    assert low / len(starts) <= value <= high / len(starts)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_against_a_sum_over_each_frame(rate: int) -> None:
    estimate = REFERENCE + 0.5 * RNG.standard_normal(16000) * np.linspace(0, 2, 16000)
    length = round(0.03 * rate)
    values = []
    for start in range(0, 16000 - length - length // 4 + 1, length // 4):
        signal = noise = 0.0
        for n in range(length):
            weight = (0.5 * (1 - np.cos(2 * np.pi * (n + 1) / (length + 1)))) ** 2
            signal += weight * REFERENCE[start + n] ** 2
            noise += weight * (REFERENCE[start + n] - estimate[start + n]) ** 2
        values.append(min(35, max(-10, 10 * np.log10(signal / noise))))
    assert segmental_snr(estimate, REFERENCE, rate) == pytest.approx(np.mean(values), abs=1e-9)


def test_long_sound_is_framed_in_blocks_without_a_seam() -> None:
    # 1024 frames a block: ten blocks at a rate where a frame has 4 samples and its hop is 1.
    sound = np.arange(10000.0)
    firsts = by_frames(lambda estimate, _: estimate[:, 0], sound, sound, 133)
    window_start = 0.5 * (1 - np.cos(2 * np.pi / 5))
    np.testing.assert_allclose(firsts, np.arange(10000 - 4) * window_start)
