"""Ways of speaking that recordings lack: whispered, sung and shouted, made of speech by linear prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]
Array = NDArray[np.float64]

FRAME_S = 0.032
LOWEST_PITCH_HZ, HIGHEST_PITCH_HZ = 60.0, 400.0
VOICED = 0.45  # normalized autocorrelation at the pitch
QUIETEST_DB = -35.0  # a frame this much below the loudest is not voiced
BREATH = 0.1  # amplitude of noise in sung vowels
SUNG_HZ = 90.0, 450.0
NOTE_S = 0.4, 4.0
SLOWER = 4.0, 80.0
SHOUT_HZ = 500.0, 1500.0, 4000.0


def whispered(waveform: Waveform, sample_rate: int, rng: np.random.Generator, lost_bass: float = 0.0) -> Waveform:
    """Return the waveform with noise in place of the voice, its spectral envelope kept.

    Linear prediction by autocorrelation in frames of 32 ms that overlap by half (Makhoul 1975); white noise through
    1 / A(z) of each frame, at the frame's power.

    Args:
        waveform: float32 `[samples]`.
        sample_rate: in Hz.
        rng: draws the noise.
        lost_bass: a in the filter 1 − a z^−1 behind it: whispers have less bass than the voice.
    """
    envelopes, _ = _envelopes(waveform, sample_rate)
    noise = rng.standard_normal(waveform.size)
    whisper = _shaped(noise, envelopes)
    whisper[1:] -= lost_bass * whisper[:-1]
    return whisper.astype(np.float32)


def sung(waveform: Waveform, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """Return the waveform sung: vowels held 4 to 80 times as long, on notes with vibrato.

    It begins at the first voiced frame, and ends where the length is filled. Without voiced frames the waveform comes
    back as it is.

    Args:
        waveform: float32 `[samples]`.
        sample_rate: in Hz.
        rng: draws how long vowels are held, and the melody.
    """
    envelopes, voiced = _envelopes(waveform, sample_rate)
    if not voiced.any():
        return waveform
    count, first = len(voiced), int(np.argmax(voiced))
    slower = np.exp(rng.uniform(*np.log(SLOWER)))
    instants = np.cumsum(np.where(voiced[first:], slower, 1.0))
    places = np.interp(np.arange(count), instants - instants[0], np.arange(first, count, dtype=np.float64))
    before = places.astype(int)
    after = np.minimum(before + 1, count - 1)
    way = (places - before)[:, None]
    held = np.exp((1 - way) * np.log(envelopes[before]) + way * np.log(envelopes[after]))
    size = _frame_length(sample_rate) // 2
    loudness = np.interp(np.arange(waveform.size), size * np.arange(count), voiced[before].astype(np.float64))
    noise = rng.standard_normal(waveform.size)
    voice = _harmonics(_melody(waveform.size, sample_rate, rng), sample_rate)
    return _shaped(loudness * (voice + BREATH * noise) + (1 - loudness) * noise, held).astype(np.float32)


def shouted(waveform: Waveform, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """Return the waveform with the spectral tilt of shouting: up to 15 dB more from 1.5 to 4 kHz than below 500 Hz.

    Args:
        waveform: float32 `[samples]`.
        sample_rate: in Hz.
        rng: draws the gain, 5 to 15 dB.
    """
    spectrum = np.fft.rfft(waveform)
    frequencies = np.fft.rfftfreq(waveform.size, 1 / sample_rate)
    most = rng.uniform(5, 15)
    octaves = np.log2(np.maximum(frequencies, 1.0))
    gains_db = np.interp(octaves, np.log2([*SHOUT_HZ, 8000.0]), [0, most, most, most / 2])
    return np.fft.irfft(spectrum * 10 ** (gains_db / 20), waveform.size).astype(np.float32)


def _frame_length(sample_rate: int) -> int:
    return 2 * max(16, round(FRAME_S * sample_rate / 2))


def _window(size: int) -> Array:
    """Square root of Hann: applied twice, with half of overlap, it sums up to 1."""
    return np.asarray(np.sin(np.pi * (np.arange(size) + 0.5) / size))


def _frames(waveform: NDArray[np.floating], size: int) -> Array:
    half = size // 2
    count = -(-waveform.size // half) + 1
    whole = np.pad(waveform.astype(np.float64), (half, (count + 1) * half - waveform.size - half))
    return np.lib.stride_tricks.sliding_window_view(whole, size)[::half] * _window(size)


def _envelopes(waveform: Waveform, sample_rate: int) -> tuple[Array, NDArray[np.bool_]]:
    """Magnitudes `[frames, size / 2 + 1]` that give noise of variance 1 the spectrum of each frame; whether voiced."""
    size = _frame_length(sample_rate)
    frames = _frames(waveform, size)
    power = np.abs(np.fft.rfft(frames, 2 * size)) ** 2
    correlation = np.fft.irfft(power, 2 * size)[:, :size]
    order = min(size // 4, 2 + round(sample_rate / 1000))
    lags = np.abs(np.subtract.outer(np.arange(order), np.arange(order)))
    energy = correlation[:, 0] + 1e-12
    normal = correlation / energy[:, None]
    normal[:, 0] = 1 + 1e-5
    predictor = np.linalg.solve(normal[:, lags], normal[:, 1 : order + 1, None])[..., 0]
    error = np.maximum(normal[:, 0] - np.sum(predictor * normal[:, 1 : order + 1], axis=1), 1e-6)
    inverse = np.abs(np.fft.rfft(np.concatenate([np.ones((len(frames), 1)), -predictor], axis=1), size))
    envelopes = np.sqrt(error * energy / (size / 2))[:, None] / inverse
    return envelopes, _voiced(normal, energy, size, sample_rate)


def _voiced(normal: Array, energy: Array, size: int, sample_rate: int) -> NDArray[np.bool_]:
    window = _window(size)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2, 2 * size)[:size]
    shortest, longest = int(sample_rate / HIGHEST_PITCH_HZ), min(int(sample_rate / LOWEST_PITCH_HZ), size // 2)
    periodic = (normal[:, shortest:longest] * own[0] / own[shortest:longest]).max(axis=1) > VOICED
    return np.asarray(periodic & (energy > energy.max() * 10 ** (QUIETEST_DB / 10)))


def _shaped(excitation: Array, envelopes: Array) -> Array:
    """An excitation of variance 1 through a filter without phase for each frame."""
    size = 2 * (envelopes.shape[1] - 1)
    half = size // 2
    frames = np.fft.irfft(np.fft.rfft(_frames(excitation, size)) * envelopes, size) * _window(size)
    result = np.zeros((len(frames) + 1, half))
    result[:-1] += frames[:, :half]
    result[1:] += frames[:, half:]
    return result.reshape(-1)[half : half + excitation.size]


def _melody(samples: int, sample_rate: int, rng: np.random.Generator) -> Array:
    """The pitch in Hz: notes of a random walk in semitones, 0.4 to 4 s each, with vibrato."""
    base = np.exp(rng.uniform(*np.log(SUNG_HZ)))
    lengths = np.maximum(1, rng.uniform(*NOTE_S, 1 + int(samples / sample_rate / NOTE_S[0])) * sample_rate).astype(int)
    notes = np.clip(np.cumsum(rng.integers(-4, 5, lengths.size)), -7, 7)
    semitones = np.repeat(notes, lengths)[:samples].astype(np.float64)
    semitones = np.pad(semitones, (0, samples - semitones.size), mode="edge")
    vibrato = rng.uniform(0, 0.6) * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * np.arange(samples) / sample_rate)
    return np.asarray(base * np.exp2((semitones + vibrato) / 12))


def _harmonics(pitch: Array, sample_rate: int) -> Array:
    """The sum of all harmonics below half of the sample rate, of variance 1 (Dirichlet's kernel)."""
    phase = 2 * np.pi * np.cumsum(pitch) / sample_rate
    count = np.floor(sample_rate / 2 / pitch)
    low = np.sin(phase / 2)
    near = np.abs(low) < 1e-6
    kernel = np.where(near, count, np.sin((count + 0.5) * phase) / (2 * np.where(near, 1, low)) - 0.5)
    return np.asarray(kernel / np.sqrt(count / 2))
