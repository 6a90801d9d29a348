"""Rooms that nobody measured: responses from a talker and from a noise to a microphone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

Waveform = NDArray[np.float32]

REVERBERATION_S = 0.1, 0.9  # until the echoes have fallen by 60 dB
FALLS_FASTER = 0.3, 1.0  # the same time at the highest frequencies, as a share
FIRST_ECHOES = 12
EARLY_S = 0.04
TALKER_DB = -2.0, 15.0  # of the direct sound above the echoes
NOISE_DB = -10.0, 5.0


def room_responses(sample_rate: int, rng: np.random.Generator) -> tuple[Waveform, Waveform]:
    """The responses of one room to a talker who is near and to a noise that is farther away.

    Each is the direct sound, at once, first reflections within 40 ms, and a tail of noise that falls exponentially,
    faster at high frequencies (Polack's model, after Moorer 1979). The reverberation time is 0.1 to 0.9 s.

    Args:
        sample_rate: in Hz.
        rng: draws everything.

    Returns:
        Two float32 arrays of energy 1.
    """
    seconds = np.exp(rng.uniform(*np.log(REVERBERATION_S)))
    faster = rng.uniform(*FALLS_FASTER)
    return (
        _response(seconds, faster, rng.uniform(*TALKER_DB), sample_rate, rng),
        _response(seconds, faster, rng.uniform(*NOISE_DB), sample_rate, rng),
    )


def in_room(waveform: Waveform, response: Waveform) -> Waveform:
    """The waveform as it is heard through a response, cut to its own length.

    Args:
        waveform: float32 `[samples]`.
        response: float32 `[any number]`.
    """
    size = next_fast_len(waveform.size + response.size - 1, real=True)
    spectrum = np.fft.rfft(waveform, size) * np.fft.rfft(response, size)
    return np.fft.irfft(spectrum, size)[: waveform.size].astype(np.float32)


def early_part(response: Waveform, sample_rate: int) -> Waveform:
    """Return the direct sound and the reflections of the first 40 ms of a response; the last 10 ms are faded out.

    Args:
        response: float32 `[any number]`, from the direct sound on.
        sample_rate: in Hz.
    """
    early = response[: round(EARLY_S * sample_rate)].copy()
    fade = min(early.size, round(EARLY_S * sample_rate / 4))
    early[early.size - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    return early.astype(np.float32)


def _response(seconds: float, faster: float, direct_db: float, sample_rate: int, rng: np.random.Generator) -> Waveform:
    samples = max(2, round(seconds * sample_rate))
    time = np.arange(samples) / sample_rate
    fall = np.log(1000) / seconds  # to a thousandth of the amplitude
    high = rng.standard_normal(samples)
    low = np.convolve(high, np.ones(4) / 2)[:samples]
    echoes = low * np.exp(-fall * time) + high * np.exp(-fall / faster * time)
    early = round(EARLY_S * sample_rate)
    echoes[:early] *= np.linspace(0, 1, early)[:samples]
    places = rng.integers(1, min(early, samples), FIRST_ECHOES)
    signs = rng.choice([-1.0, 1.0], FIRST_ECHOES)
    echoes[places] += signs * rng.uniform(1, 5, FIRST_ECHOES) * np.exp(-fall * places / sample_rate)
    echoes[0] = 0.0
    echoes /= np.sqrt(np.sum(echoes**2))
    echoes[0] = 10 ** (direct_db / 20)
    return (echoes / np.sqrt(np.sum(echoes**2))).astype(np.float32)
