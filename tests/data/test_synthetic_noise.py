from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from audiogan.chance import generator
from audiogan.data.synthetic_noise import babble, clicks, coloured_noise, mains_hum

RATE = 16000


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 1.0, 2.0])
def test_coloured_noise_falls_by_its_exponent(exponent: float) -> None:
    noise = coloured_noise(2**18, exponent, generator(0, "noise"))
    frequency, power = signal.welch(noise, RATE, nperseg=4096)
    band = (frequency > 50) & (frequency < 7000)
    slope = np.polyfit(np.log10(frequency[band]), np.log10(power[band]), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.05)


def test_white_noise_is_gaussian() -> None:
    noise = coloured_noise(2**16, 0.0, generator(1, "noise"))
    assert np.mean(noise**4) == pytest.approx(3.0, rel=0.05)
    assert abs(noise.mean()) < 1e-6


@pytest.mark.parametrize("number", range(5))
def test_hum_is_a_line_spectrum_on_the_mains_frequency(number: int) -> None:
    hum = mains_hum(10 * RATE, RATE, generator(0, "hum", number))
    spectrum = np.abs(np.fft.rfft(hum * np.hanning(hum.size))) ** 2
    frequency = np.fft.rfftfreq(hum.size, 1 / RATE)
    mains = frequency[(frequency > 45) & (frequency < 65)][spectrum[(frequency > 45) & (frequency < 65)].argmax()]
    assert min(abs(mains - 50), abs(mains - 60)) <= 0.3
    # The twentieth harmonic of a mains frequency read to 0.05 Hz is known to 1 Hz.
    distance = np.abs(frequency - mains * np.clip(np.round(frequency / mains), 1, 20))
    assert spectrum[distance < 2].sum() > 0.999 * spectrum.sum()


def test_hum_stays_below_half_the_sample_rate() -> None:
    hum = mains_hum(4000, 400, generator(0, "hum"))
    spectrum = np.abs(np.fft.rfft(hum * np.hanning(hum.size)))
    peaks = np.fft.rfftfreq(hum.size, 1 / 400)[signal.find_peaks(spectrum, height=spectrum.max() / 100)[0]]
    assert len(peaks) <= 3
    assert peaks[0] == pytest.approx(np.median(peaks / np.round(peaks / peaks[0])), rel=0.02)


def test_clicks_are_short_and_as_many_as_asked_for() -> None:
    counts = []
    for number in range(20):
        noise = clicks(10 * RATE, RATE, 4.0, generator(0, "clicks", number))
        sounding = np.flatnonzero(noise)
        counts.append(1 + np.count_nonzero(np.diff(sounding) > 1))
        assert len(sounding) <= 2 * 0.002 * RATE * 70
    # 20 × 40 clicks of a Poisson process, less those that run into each other.
    assert np.mean(counts) == pytest.approx(40, abs=4 * np.sqrt(40 / 20))


def test_there_is_always_a_click() -> None:
    assert np.abs(clicks(RATE, RATE, 1e-9, generator(0, "clicks"))).max() > 0
    assert clicks(5, RATE, 1.0, generator(0, "clicks")).shape == (5,)


def test_babble_gives_every_voice_the_same_share() -> None:
    time = np.arange(RATE) / RATE
    voices = [(level * np.sin(2 * np.pi * pitch * time)).astype(np.float32) for level, pitch in [(1, 100), (0.01, 300)]]
    total = babble(voices)
    spectrum = np.abs(np.fft.rfft(total))
    assert spectrum[100] == pytest.approx(spectrum[300], rel=1e-4)
    assert np.sqrt(np.mean(total**2)) == pytest.approx(1.0, rel=1e-5)


def test_silent_voices_add_nothing() -> None:
    voice = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    np.testing.assert_allclose(babble([voice, np.zeros(1000, np.float32)]), babble([voice]))
    assert not babble([np.zeros(10, np.float32)]).any()


def test_all_are_of_rms_1_and_a_function_of_the_generator() -> None:
    makers = [
        lambda rng: coloured_noise(8001, 1.0, rng),
        lambda rng: mains_hum(8001, RATE, rng),
        lambda rng: clicks(8001, RATE, 10.0, rng),
    ]
    for make in makers:
        noise = make(generator(7, "noise"))
        assert noise.dtype == np.float32
        assert noise.shape == (8001,)
        assert np.sqrt(np.mean(noise**2)) == pytest.approx(1.0, rel=1e-5)
        np.testing.assert_array_equal(noise, make(generator(7, "noise")))
        assert not np.array_equal(noise, make(generator(8, "noise")))
