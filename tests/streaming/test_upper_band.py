"""Above the model's band hiss goes as deep as below it, and an s stays."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan.audio.representation import Waveform
from audiogan.enhance import Enhancer
from audiogan.streaming.upper_band import UpperBand
from tests.stream_models import RATE, KnownFilter, noise, scattered

HISS = 1e-3  # of the hiss, per sample


def hissing_speech(rate: int, seconds: int = 6) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Speech, hiss and where what is: vowels below 4 kHz, an s up to the top in place of every third, and pauses."""
    rng = np.random.default_rng(0)
    time = np.arange(seconds * rate) / rate
    beat, part = np.divmod(time, 0.4)
    on, settled = part > 0.16, time > 1.6
    tones = sum(np.sin(2 * np.pi * 140 * k * time + k) / k for k in range(1, 28))
    spectrum = np.fft.rfft(rng.standard_normal(len(time)))
    spectrum[: 4000 * seconds] = 0
    fricative = np.fft.irfft(spectrum, len(time))
    is_s = on & (beat % 3 == 0)
    speech = 0.05 * tones * (on & ~is_s) + 0.03 * fricative * is_s
    where = {"s": is_s, "vowel": on & ~is_s & settled, "pause": (part > 0.04) & (part < 0.12) & settled}
    return speech, HISS * rng.standard_normal(len(time)), where


def level(sound: np.ndarray, rate: int, where: np.ndarray, low: float, high: float) -> float:
    """dB in a band, of frames of 10 ms that lie whole where it is wanted."""
    size = rate // 100
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    whole = where[: len(sound) // size * size].reshape(-1, size)
    inside = whole.all(1) & np.roll(whole.all(1), 1) & np.roll(whole.all(1), -1)
    power = np.square(np.abs(np.fft.rfft(frames[inside] * np.hanning(size)))).mean(0)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    return float(10 * np.log10(power[(hertz >= low) & (hertz < high)].mean() + 1e-30))


class Gate(KnownFilter):
    """Lowers bins to 0.03 where the frame is hiss, and to 0.4 or less in the top of its band beside vowels."""

    def __init__(self) -> None:
        super().__init__(lambda _: 1)

    def __call__(self, spectrum, state):  # type: ignore[no-untyped-def]
        gains, taps, state = super().__call__(spectrum, state)
        power = np.square(spectrum).sum(1) / (HISS**2 * 192)  # 192: energy of the analysis window
        vowel, fricative = power[:, 10:120].mean(1) > 4, power[:, 140:].mean(1) > 4
        gains[~vowel & ~fricative] = 0.03
        gains[vowel & ~fricative, 130:] = np.where(np.arange(127) % 4 == 0, 0.4, 0.03)
        return gains, taps, state


BELOW, *ABOVE = BANDS = [(7000, 7900), (8100, 10_000), (10_000, 20_000)]


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_no_step_at_8_khz_in_pauses_and_sibilants_stay(rate: int) -> None:
    speech, hiss, where = hissing_speech(rate)
    sound = (speech + hiss).astype(np.float32)
    found = Enhancer(Gate(), Waveform(), RATE, 512)(sound, rate)

    def lowered(place: str, low: float, high: float) -> float:
        return level(sound, rate, where[place], low, high) - level(found, rate, where[place], low, high)

    for band in ABOVE:
        assert lowered("pause", *BELOW) > 20 and lowered("pause", *band) == pytest.approx(
            lowered("pause", *BELOW), abs=3
        )
        assert lowered("vowel", *band) > lowered("vowel", *BELOW) - 3
        assert lowered("s", *band) == pytest.approx(0, abs=1)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_model_that_came_with_audiogan_has_no_step(rate: int) -> None:
    """In pauses 3 dB at most; an s falls above 8 kHz by at most 1 dB more than the model lowers it below."""
    speech, hiss, where = hissing_speech(rate)
    sound = (speech + hiss).astype(np.float32)
    found = Enhancer.load()(sound, rate)
    lowered = {
        place: [level(sound, rate, where[place], *band) - level(found, rate, where[place], *band) for band in BANDS]
        for place in ("pause", "s")
    }
    assert min(lowered["pause"]) > 3 and np.ptp(lowered["pause"]) < 3, lowered
    assert max(lowered["s"][1:]) < lowered["s"][0] + 1, lowered


def test_the_limit_by_hand() -> None:
    """Hiss and a burst 12 dB above it; the model gives 0.05 for a while, then 0.8."""
    hop, rate = 480, 48_000
    sound = noise(1, 4 * rate)
    sound[:, 2 * rate : 2 * rate + rate // 5] *= 4
    band = UpperBand(1, rate, 8000, 4 * hop)
    band.hear(np.concatenate([sound, np.zeros((1, 4 * hop), np.float32)], axis=1))
    gains = np.where(np.arange(4 * rate) < rate, 0.05, 0.8).astype(np.float32)
    limits = band.limit(gains)
    assert limits[rate : 2 * rate - 2 * hop] == pytest.approx(0.05, abs=1e-6)  # hiss, while the gain is remembered
    assert (limits[2 * rate + hop : 2 * rate + rate // 5 - hop] == 1).all()  # the burst
    assert limits[3 * rate + hop :] == pytest.approx(0.8, abs=1e-6)  # nothing is deeper than what was given lately
    assert (limits[:hop] == 1).all()  # nothing is known yet


@pytest.mark.parametrize("sizes", [(1,), (480, 7, 0), (5000,)])
def test_the_limit_does_not_depend_on_blocks(sizes: tuple[int, ...]) -> None:
    sound = noise(2, 20_000) * (1 + 5 * (np.arange(20_000) // 3000 % 2)).astype(np.float32)
    gains = np.random.default_rng(1).uniform(0, 1, 18_000).astype(np.float32)
    whole = UpperBand(2, 48_000, 8000, 1500)
    whole.hear(sound)
    wanted = whole.limit(gains)
    band, found, taken = UpperBand(2, 48_000, 8000, 1500), [], 0
    while taken < 18_000:
        size = min(sizes[len(found) % len(sizes)], 18_000 - taken)
        begin = taken + 1500 if taken else 0
        band.hear(sound[:, begin : taken + size + 1500])
        found.append(band.limit(gains[taken : taken + size]))
        taken += size
    np.testing.assert_allclose(np.concatenate(found), wanted, rtol=0, atol=1e-6)


def test_a_model_that_lowers_nothing_is_not_limited() -> None:
    band = UpperBand(1, 44_100, 8000, 2000)
    band.hear(noise(1, 44_100))
    assert (band.limit(np.ones(40_000, np.float32)) == 1).all()


@pytest.mark.parametrize("rate", [18_000, 22_050, 192_000, 767_999])
def test_it_is_as_far_ahead_as_it_needs_at_any_rate(rate: int) -> None:
    stream = Enhancer(scattered(), Waveform(), RATE, 512).stream(rate, 2)
    sound = noise(2, rate // 4)
    size = rate // 171
    parts = [stream.push(sound[:, start : start + size]) for start in range(0, sound.shape[1], size)]
    found = np.concatenate([*parts, stream.finish()], axis=1)
    np.testing.assert_allclose(found, Enhancer(scattered(), Waveform(), RATE, 512)(sound, rate), rtol=0, atol=2e-5)
