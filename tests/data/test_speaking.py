"""Whispers, held vowels and shouts against the speech that they are made of."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_toeplitz
from scipy.signal import freqz, lfilter

from audiogan.data.speaking import shouted, sung, whispered
from tests.tiny_runs import speech_like

RATE = 16000


def vowel(samples: int, pitch: float = 120.0) -> np.ndarray:
    """Pulses through resonances at 700, 1200 and 2600 Hz, float32 `[samples]`."""
    pulses = (np.diff(np.floor(np.arange(samples + 1) * pitch / RATE)) > 0).astype(float)
    for centre, width in ((700, 110), (1200, 120), (2600, 160)):
        radius = np.exp(-np.pi * width / RATE)
        pulses = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * centre / RATE), radius**2], pulses)
    return (0.1 * pulses / np.abs(pulses).max()).astype(np.float32)


def periodicity(sound: np.ndarray, low: float = 70, high: float = 400) -> float:
    """The largest normalized autocorrelation at lags of voices, median over pieces of 40 ms."""
    found = []
    for start in range(2000, sound.size - 2000, 640):
        piece = sound[start : start + 640].astype(float)
        found.append(
            max(
                piece[lag:]
                @ piece[:-lag]
                / np.sqrt((piece[lag:] @ piece[lag:]) * (piece[:-lag] @ piece[:-lag]) + 1e-20)
                for lag in range(round(RATE / high), round(RATE / low))
            )
        )
    return float(np.median(found))


def envelope_db(sound: np.ndarray) -> np.ndarray:
    """The spectrum of an all-pole model of order 18, in dB at 60 frequencies up to 4 kHz."""
    piece = sound.astype(float) * np.hanning(sound.size)
    correlation = np.correlate(piece, piece, "full")[piece.size - 1 :][:19]
    predictor = solve_toeplitz(correlation[:-1], correlation[1:])
    power = correlation[0] - predictor @ correlation[1:]
    response = freqz([1], np.concatenate([[1], -predictor]), np.linspace(200, 4000, 60), fs=RATE)[1]
    return 10 * np.log10(power * np.abs(response) ** 2)


def test_a_whisper_has_no_pitch_and_the_envelope_and_level_of_the_speech() -> None:
    speech = vowel(RATE)
    whisper = whispered(speech, RATE, np.random.default_rng(0))
    assert whisper.shape == speech.shape and whisper.dtype == np.float32
    assert periodicity(speech) > 0.9
    assert periodicity(whisper) < 0.5
    difference = envelope_db(whisper) - envelope_db(speech)
    assert np.abs(difference).mean() < 2.5
    assert abs(10 * np.log10(np.sum(whisper**2) / np.sum(speech**2))) < 1


def test_a_whisper_is_silent_where_the_speech_is() -> None:
    speech = vowel(RATE)
    speech[5000:9000] = 0
    whisper = whispered(speech, RATE, np.random.default_rng(0))
    assert np.sqrt(np.mean(whisper[5600:8400] ** 2)) < 1e-5


def test_sung_vowels_are_held_on_a_pitch() -> None:
    """A syllable of a third of a second lasts on; the recording has twelve."""
    speech = speech_like(3 * RATE, 0, RATE)
    for seed in range(4):
        song = sung(speech, RATE, np.random.default_rng(seed))
        assert song.shape == speech.shape and song.dtype == np.float32 and np.isfinite(song).all()
        assert periodicity(song, 45, 700) > 0.8
        loud = [20 * np.log10(np.std(song[start : start + 320]) + 1e-9) for start in range(0, song.size, 320)]
        longest = max(map(len, "".join("1" if level > max(loud) - 25 else "0" for level in loud).split("0")))
        assert longest * 0.02 > 0.6


def test_noise_cannot_be_sung() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    assert sung(noise, RATE, np.random.default_rng(0)) is noise


def test_a_shout_has_more_between_one_and_four_kilohertz() -> None:
    impulse = np.zeros(RATE, np.float32)
    impulse[RATE // 2] = 1
    gains = 20 * np.log10(np.abs(np.fft.rfft(shouted(impulse, RATE, np.random.default_rng(0)))))
    assert abs(gains[300]) < 0.1
    assert 5 <= gains[2000] <= 15 and abs(gains[2000] - gains[3900]) < 0.1
