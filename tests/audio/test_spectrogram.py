"""The spectrogram against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import stft

from audiogan.audio.spectrogram import spectrogram
from audiogan.errors import AudioganError


def test_a_full_scale_sine_is_0_db_at_its_frequency() -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    found = spectrogram(sine, 16000)
    inside = found.level_db[:, 10:-10]
    assert (found.frequencies[inside.argmax(axis=0)] == 1000).all()
    np.testing.assert_allclose(inside.max(axis=0), 0, atol=0.01)


def test_as_scipy_has_it() -> None:
    noise = np.random.default_rng(0).standard_normal(4000)
    found = spectrogram(noise, 8000, frame_length=256, hop_length=64)
    frequencies, times, spectrum = stft(noise, 8000, "hann", 256, 192, padded=False)
    np.testing.assert_allclose(found.frequencies, frequencies)
    frames = min(len(times), len(found.times))
    np.testing.assert_allclose(found.times[:frames], times[:frames])
    wanted = 20 * np.log10(2 * np.abs(spectrum[:, :frames]))
    np.testing.assert_allclose(found.level_db[:, :frames], wanted, atol=0.01)


def test_silence_is_the_floor() -> None:
    assert (spectrogram(np.zeros(100), 8000).level_db == -160).all()


@pytest.mark.parametrize("shape", [(0,), (1, 100)])
def test_what_is_not_one_channel_of_sound(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioganError, match="shape"):
        spectrogram(np.zeros(shape), 8000)
