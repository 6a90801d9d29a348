"""Codecs: G.711 by its formula, and no delay in any."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, correlate, sosfilt

from audiogan.data.codecs import CODECS, coded, uncoded

RATE = 16000


def pulses(rate: int, seed: int = 0) -> np.ndarray:
    """Noise of the telephone band in bursts, float32 `[2 s]`."""
    rng = np.random.default_rng(seed)
    noise = sosfilt(butter(6, [300, 2500], "bandpass", fs=rate, output="sos"), rng.standard_normal(2 * rate))
    return (0.2 * noise * (np.sin(np.arange(2 * rate) / rate * 9) > 0)).astype(np.float32)


def mu_law(sample: int) -> int:
    """The decoded value of a 16-bit sample, by G.711's segments: 14 bits, bias 33, four bits of mantissa."""
    magnitude = min(abs(sample) >> 2, 8158) + 33
    segment = int(np.floor(np.log2(magnitude))) - 5
    mantissa = (magnitude >> (segment + 1)) & 15
    value = ((2 * mantissa + 33) << segment) - 33
    return int(np.sign(sample)) * value * 4


def a_law(sample: int) -> int:
    """The same for A-law: 13 bits, the first two segments alike."""
    magnitude = min(sample >> 3 if sample >= 0 else (-sample - 1) >> 3, 4095)
    segment = max(0, int(np.floor(np.log2(max(magnitude, 1)))) - 4)
    step = 2 if segment == 0 else 1 << segment
    value = magnitude // step * step + step // 2
    return int((1 if sample >= 0 else -1) * value * 8)


@pytest.mark.parametrize(("name", "decoded"), [("mu_law", mu_law), ("a_law", a_law)])
def test_g711_gives_the_values_of_the_standard(name: str, decoded: object) -> None:
    samples = np.concatenate([np.arange(1, 32000, 37), -np.arange(2, 32000, 41)])
    found = np.round(coded((samples / 32768).astype(np.float32), 8000, name, np.random.default_rng(0)) * 32768)
    expected = np.array([decoded(int(sample)) for sample in samples])  # type: ignore[operator]
    assert (np.abs(found - expected) <= 8).mean() > 0.95  # where a step begins is rounding


@pytest.mark.parametrize("name", sorted(CODECS))
@pytest.mark.parametrize("seed", [0, 1])
def test_no_codec_delays(name: str, seed: int) -> None:
    sound = pulses(RATE)
    result = coded(sound, RATE, name, np.random.default_rng(seed))
    assert result.shape == sound.shape and result.dtype == np.float32
    assert np.argmax(correlate(result, sound)) - (sound.size - 1) == 0
    assert result @ sound / (np.linalg.norm(result) * np.linalg.norm(sound)) > 0.5


@pytest.mark.parametrize("name", sorted(CODECS))
def test_the_uncoded_sound_has_the_band_and_place_of_the_coded(name: str) -> None:
    sound = pulses(RATE)
    plain = uncoded(sound, RATE, name)
    assert plain.shape == sound.shape
    assert np.sum((plain - sound) ** 2) < 1e-3 * np.sum(sound**2)


def test_a_seed_gives_one_coding() -> None:
    sound = pulses(RATE)
    first, again, other = (coded(sound, RATE, "vorbis", np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
