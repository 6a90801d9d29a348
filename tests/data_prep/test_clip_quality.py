from __future__ import annotations

import numpy as np
import pytest
from clip_quality import band_edge_hz, frame_level_range_db, mean_spectrum
from scipy.signal import butter, sosfilt

from .conftest import tone


@pytest.mark.parametrize("ratio_db", [10, 30, 50])
def test_frame_level_range_is_the_ratio_of_loud_and_quiet_frames(ratio_db: float) -> None:
    noise = np.random.default_rng(0).standard_normal(32000) * 0.1
    noise[16000:] *= 10 ** (-ratio_db / 20)
    silence = np.zeros(16000)
    assert frame_level_range_db(np.concatenate([noise, silence]), 16000) == pytest.approx(ratio_db, abs=1)


def test_frame_level_range_of_silence_and_of_no_frame() -> None:
    assert frame_level_range_db(np.zeros(16000), 16000) == 0
    assert frame_level_range_db(np.ones(10), 16000) == 0
    assert frame_level_range_db(tone(1), 16000) < 0.5


@pytest.mark.parametrize("edge", [2000, 4000, 6000])
def test_band_edge_of_low_passed_noise(edge: float) -> None:
    noise = np.random.default_rng(0).standard_normal(64000)
    low = sosfilt(butter(12, edge, fs=16000, output="sos"), noise)
    low = sosfilt(butter(12, edge, fs=16000, output="sos"), low)
    # Two filters of 72 dB an octave each fall by 60 dB within half an octave.
    assert edge < band_edge_hz(mean_spectrum(low), 16000) < 1.45 * edge


def test_mean_spectrum_of_a_tone_and_of_too_little() -> None:
    assert mean_spectrum(tone(1, 1000)).argmax() == 64
    assert not mean_spectrum(tone(0.05)).any()
