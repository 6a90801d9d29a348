"""The converter of low delay: tones stay what they are, what does not fit is stopped, and it is as quick as it says."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan.audio.low_delay import LowDelayResampler
from audiogan.audio.resample import resampled_length

RATES = [(48000, 16000), (16000, 48000), (44100, 16000), (16000, 44100), (8000, 16000), (16000, 8000), (22050, 16000)]
ODD = [(15999, 16000), (16000, 44101)]  # no matrix for these


def converted(sound: np.ndarray, rates: tuple[int, int], sizes: tuple[int, ...] = (10**9,)) -> np.ndarray:
    stream, parts, position = LowDelayResampler(*rates, sound.shape[0]), [], 0
    while position < sound.shape[1]:
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream.push(sound[:, position : position + size]))
        position += size
    return np.concatenate([*parts, stream.finish()], axis=1)


def tone(hertz: float, rate: int, samples: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(samples) / rate + 1)[None].astype(np.float32)


@pytest.mark.parametrize("share", [0.003, 0.2, 0.449])
@pytest.mark.parametrize("rates", [*RATES, *ODD])
def test_a_tone_is_the_same_tone(rates: tuple[int, int], share: float) -> None:
    hertz = share * min(rates)
    found = converted(tone(hertz, rates[0], rates[0]), rates)
    assert found.shape == (1, rates[1])
    inside = slice(rates[1] // 20, -rates[1] // 20)
    np.testing.assert_allclose(found[:, inside], tone(hertz, *[rates[1]] * 2)[:, inside], rtol=0, atol=3e-5)


@pytest.mark.parametrize("share", [0.502, 0.7, 0.99])
@pytest.mark.parametrize("rates", [r for r in [*RATES, *ODD] if r[0] > 1.1 * r[1]])
def test_what_has_no_place_at_the_lower_rate_is_stopped(rates: tuple[int, int], share: float) -> None:
    hertz = min(share * rates[1], 0.499 * rates[0])
    found = converted(tone(hertz, rates[0], rates[0]), rates)
    assert np.abs(found[:, rates[1] // 20 : -rates[1] // 20]).max() < 3e-5


@pytest.mark.parametrize("rates", [*RATES, *ODD])
def test_how_it_was_cut_does_not_show_and_every_length_is_right(rates: tuple[int, int]) -> None:
    sound = np.random.default_rng(0).standard_normal((2, 5003)).astype(np.float32)
    whole = converted(sound, rates)
    for sizes in ((1, 700, 0, 13), (160,), (4096, 1)):
        np.testing.assert_allclose(converted(sound, rates, sizes), whole, rtol=0, atol=5e-6)
    for samples in (1, 2, 3, 7, 100):
        assert converted(sound[:, :samples], rates).shape == (2, resampled_length(samples, *rates))


@pytest.mark.parametrize("rates", [*RATES, *ODD])
def test_it_gives_what_it_says_when_it_says(rates: tuple[int, int]) -> None:
    stream = LowDelayResampler(*rates, 1)
    given = 0
    for taken in range(1, 3000):
        given += stream.push(np.ones((1, 1), np.float32)).shape[1]
        assert given == stream.ready(taken)
    assert given / rates[1] > 2999 / rates[0] - 0.0045 * 16000 / min(rates) - 1 / rates[1]
