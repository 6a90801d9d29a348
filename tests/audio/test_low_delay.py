"""The converter of low delay: tones stay what they are, what does not fit is stopped, and it is as quick as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.audio.low_delay import LARGEST_TABLE, LowDelayResampler
from audiogan.audio.rates import LEAST_RATE, MOST_RATE
from audiogan.audio.resample import resample, resampled_length

RATES = [(48000, 16000), (16000, 48000), (44100, 16000), (16000, 44100), (8000, 16000), (16000, 8000), (22050, 16000)]
# Filters do not repeat, so matrices are interpolated.
ODD = [
    (15999, 16000), (16000, 44101), (44056, 16000), (16000, 44056), (47952, 16000), (16000, 47952), (997, 16000),
    (16000, 997), (191999, 16000), (16000, 191999), (16001, 16000),
]  # fmt: skip


def converted(sound: np.ndarray, rates: tuple[int, int], sizes: tuple[int, ...] = (10**9,)) -> np.ndarray:
    stream, parts, position = LowDelayResampler(*rates, sound.shape[0]), [], 0
    while position < sound.shape[1]:
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream.push(sound[:, position : position + size]))
        position += size
    return np.concatenate([*parts, stream.finish()], axis=1)


def tone(hertz: float, rate: int, samples: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(samples) / rate + 1)[None].astype(np.float32)


def away_from_ends(rates: tuple[int, int]) -> slice:
    """A twentieth of a second, and the filter, from either end of the output."""
    margin = max(rates[1] // 20, 70 * rates[1] // min(rates))
    return slice(margin, -margin)


@pytest.mark.parametrize("share", [0.003, 0.2, 0.449])
@pytest.mark.parametrize("rates", [*RATES, *ODD])
def test_a_tone_is_the_same_tone(rates: tuple[int, int], share: float) -> None:
    hertz = share * min(rates)
    found = converted(tone(hertz, rates[0], rates[0]), rates)
    assert found.shape == (1, rates[1])
    inside = away_from_ends(rates)
    np.testing.assert_allclose(found[:, inside], tone(hertz, *[rates[1]] * 2)[:, inside], rtol=0, atol=3e-5)


@pytest.mark.parametrize("share", [0.502, 0.7, 0.99])
@pytest.mark.parametrize("rates", [r for r in [*RATES, *ODD] if r[0] > 1.1 * r[1]])
def test_what_has_no_place_at_the_lower_rate_is_stopped(rates: tuple[int, int], share: float) -> None:
    hertz = min(share * rates[1], 0.499 * rates[0])
    found = converted(tone(hertz, rates[0], rates[0]), rates)
    assert np.abs(found[:, away_from_ends(rates)]).max() < 3e-5


@pytest.mark.parametrize("rates", [*RATES, *ODD])
def test_how_it_was_cut_does_not_show_and_every_length_is_right(rates: tuple[int, int]) -> None:
    sound = np.random.default_rng(0).standard_normal((2, 5003)).astype(np.float32)
    whole = converted(sound, rates)
    for sizes in ((1, 700, 0, 13), (160,), (4096, 1)):
        np.testing.assert_allclose(converted(sound, rates, sizes), whole, rtol=0, atol=5e-6)
    for samples in (1, 2, 3, 7, 100):
        assert converted(sound[:, :samples], rates).shape == (2, resampled_length(samples, *rates))


def decibels(error: np.ndarray) -> float:
    """Relative to a sine of amplitude 1, without the ends, where it begins and ends at once."""
    samples = error.shape[1]
    return float(10 * np.log10(2 * np.mean(np.square(error[:, samples // 4 : -samples // 4])) + 1e-30))


@settings(max_examples=30)
@given(
    rate=st.one_of(st.integers(LEAST_RATE, 60_000), st.integers(LEAST_RATE, MOST_RATE)),
    there=st.booleans(),
    share=st.floats(0.01, 0.45),
    alias=st.floats(0.505, 0.98),
)
def test_any_pair_of_rates_has_no_delay_and_no_alias(rate: int, there: bool, share: float, alias: float) -> None:
    """A tone lies 100 dB above what differs, so its delay is right to a thousandth of a sample; an alias lies lower."""
    rates = (rate, 16_000) if there else (16_000, rate)
    samples = rates[0] // 4
    found = converted(tone(share * min(rates), rates[0], samples), rates)
    assert decibels(found - tone(share * min(rates), rates[1], found.shape[1])) < -100
    if alias * rates[1] < 0.499 * rates[0]:
        assert decibels(converted(tone(alias * rates[1], rates[0], samples), rates)) < -100


@pytest.mark.parametrize("rates", [(44100, 16000), (44056, 16000), (1009, 16000)])
def test_it_lies_where_soxr_puts_it(rates: tuple[int, int]) -> None:
    """Noise below 0.4 of the lower rate, from an independent implementation."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(2 * rates[0]))
    spectrum[round(0.4 * min(rates) * 2) :] = 0
    sound = np.fft.irfft(spectrum, 2 * rates[0])[None].astype(np.float32)
    found, wanted = converted(sound, rates), resample(sound, *rates)
    assert decibels(found - wanted) < decibels(wanted) - 90


@pytest.mark.parametrize("rate", [1009, 8011, 11_111, 44_056, 47_952, 95_999, 191_999, 767_999])
def test_odd_rates_cost_what_their_neighbours_cost(rate: int) -> None:
    """Multiplications for a second of sound, and the numbers that are kept, by the matrices that are used."""
    for pair in ((rate, 16_000), (16_000, rate)):
        groups = LowDelayResampler(*pair, 1)._groups
        outputs = -(-groups.numerator // groups.denominator)
        assert groups.matrices.size <= LARGEST_TABLE
        work = pair[1] * groups.matrices.size / outputs
        whole = pair[1] * 2 * groups.reach  # every output by a filter of its own
        assert work < 12 * whole, pair
        # No output waits for a group to be whole, however the groups lie.
        stream = LowDelayResampler(*pair, 1)
        taken = 3 * groups.reach + 17
        assert stream.push(np.ones((1, taken), np.float32)).shape[1] == stream.ready(taken)


@pytest.mark.parametrize("rates", [*RATES, *ODD])
def test_it_gives_what_it_says_when_it_says(rates: tuple[int, int]) -> None:
    stream = LowDelayResampler(*rates, 1)
    given = 0
    for taken in range(1, 3000):
        given += stream.push(np.ones((1, 1), np.float32)).shape[1]
        assert given == stream.ready(taken)
    assert given / rates[1] > 2999 / rates[0] - 0.0045 * 16000 / min(rates) - 1 / rates[1]
