"""Speech and noise become a noisy/clean pair: the same code writes pairs ahead of time and mixes during training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.level import Samples, active_level, gain_for, rms_db
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]
LevelKind = Literal["p56", "rms"]

LEAST_SNR_DB, MOST_SNR_DB = -60.0, 100.0
CROSSFADE_S = 0.05
# An excerpt quieter than this is a pause in the noise: raised to the wanted SNR it would be the recorder's hiss.
PAUSE_DB = -70.0
EXCERPT_DRAWS = 10


@dataclass(frozen=True)
class Mixture:
    """A noisy/clean pair and how it was made.

    `clean = speech_gain·speech` and `noisy = clean + noise_gain·excerpt`.

    Args:
        noisy: `[samples]` float32.
        clean: `[samples]` float32.
        speech_gain: factor on the speech.
        noise_gain: factor on the noise.
        noise_offset: where in the noise (or in its loop, where it is repeated) the excerpt begins, in samples.
        speech_level_db: level of `clean`, of the kind the SNR was set by.
    """

    noisy: Waveform
    clean: Waveform
    speech_gain: float
    noise_gain: float
    noise_offset: int
    speech_level_db: float


def mix(
    speech: Waveform,
    noise: Waveform,
    snr_db: float,
    sample_rate: int,
    *,
    level: LevelKind = "p56",
    speech_level_db: float | None = None,
    rng: np.random.Generator | None = None,
    most: float = 0.99,
) -> Mixture:
    """Add noise to speech at a signal-to-noise ratio.

    The ratio is the level of the speech (active level by ITU-T P.56, or RMS) less the RMS level of the noise over the
    excerpt used. A longer noise is cut, a shorter one looped with cross-fades. If a sample of either side would exceed
    `most`, both sides are scaled down alike.

    Args:
        speech: `[samples]` in [−1, 1].
        noise: `[samples]`, of any length but 0.
        snr_db: the wanted ratio, −60 to 100 dB.
        sample_rate: of both, in Hz.
        level: "p56" or "rms".
        speech_level_db: the wanted level of the clean side, before any scaling against clipping; None leaves it.
        rng: draws where the excerpt begins (see `audiogan.chance.generator`); without it the excerpt begins at 0.
        most: the largest magnitude a sample may have.

    Raises:
        AudioganError: silent or empty speech or noise, NaN or infinite samples, an SNR out of range.
    """
    check_snr(snr_db)
    excerpt, offset = draw_excerpt(
        lambda start, samples: excerpt_at(noise, start, samples, sample_rate), noise.size, speech.size, sample_rate, rng
    )
    noise_db = rms_db(excerpt)
    speech_db = level_of(speech, sample_rate, level)
    if speech_db == -np.inf:
        raise AudioganError("the speech is silent, so no SNR can be set: leave it out")
    if noise_db == -np.inf:
        raise AudioganError("the noise is silent over the excerpt used, so no SNR can be set: leave it out")
    speech_gain = 1.0 if speech_level_db is None else gain_to_level(speech, sample_rate, level, speech_level_db)
    while True:
        clean = speech_gain * speech.astype(np.float64)
        clean_db = speech_db if speech_gain == 1 else level_of(clean, sample_rate, level)
        noise_gain = gain_for(clean_db - snr_db - noise_db)
        noisy = clean + noise_gain * excerpt.astype(np.float64)
        largest = max(float(np.abs(noisy).max()), float(np.abs(clean).max()))
        if largest <= most:
            break
        # P.56's level does not follow a gain to the hundredth of a decibel, so the ratio is set anew after scaling.
        speech_gain *= 0.9999 * most / largest
    return Mixture(
        noisy=noisy.astype(np.float32),
        clean=clean.astype(np.float32),
        speech_gain=speech_gain,
        noise_gain=noise_gain,
        noise_offset=offset,
        speech_level_db=clean_db,
    )


def gain_to_level(speech: Waveform, sample_rate: int, level: LevelKind, target_db: float) -> float:
    """The factor that brings speech to a level, by repeated correction because P.56 is not quite proportional."""
    gain_db = 0.0
    for _ in range(6):
        missing_db = target_db - level_of(speech * np.float64(gain_for(gain_db)), sample_rate, level)
        gain_db += missing_db
        if abs(missing_db) < 1e-3:
            break
    return gain_for(gain_db)


def check_snr(snr_db: float) -> None:
    """Raise AudioganError unless the SNR is a number of dB that means something."""
    if not LEAST_SNR_DB <= snr_db <= MOST_SNR_DB:
        raise AudioganError(f"an SNR of {snr_db:g} dB: give a number from {LEAST_SNR_DB:g} to {MOST_SNR_DB:g}")


def level_of(speech: Samples, sample_rate: int, level: LevelKind) -> float:
    """The level of speech in dB by P.56 or as RMS; −inf for silence."""
    if level == "p56":
        return active_level(speech, sample_rate).level_db
    if level == "rms":
        return rms_db(speech)
    raise AudioganError(f"level: {level!r} is not known: give 'p56' or 'rms'")


def draw_excerpt(
    read: Callable[[int, int], Waveform],
    noise_samples: int,
    samples: int,
    sample_rate: int,
    rng: np.random.Generator | None,
) -> tuple[Waveform, int]:
    """A stretch of a noise of the wanted length and its offset, drawn so as not to fall into a pause.

    A noise of exactly that length is taken whole. Without `rng` the offset is 0.

    Args:
        read: gives (offset, samples) of the noise, as `excerpt_at` does, from memory or from a file.
        noise_samples: length of the noise.
        samples: the wanted length.
        sample_rate: in Hz.
        rng: draws the offset.
    """
    if samples < 1 or noise_samples < 1:
        raise AudioganError("speech or noise without samples: leave it out")
    if noise_samples == samples or rng is None:
        return read(0, samples), 0
    starts = noise_samples - samples + 1 if noise_samples > samples else loop_period(noise_samples, sample_rate)
    loudest: tuple[float, Waveform, int] | None = None
    for _ in range(EXCERPT_DRAWS):
        offset = int(rng.integers(starts))
        excerpt = read(offset, samples)
        excerpt_db = rms_db(excerpt)
        if loudest is None or excerpt_db > loudest[0]:
            loudest = (excerpt_db, excerpt, offset)
        if excerpt_db > PAUSE_DB:
            break
    assert loudest is not None
    return loudest[1], loudest[2]


def excerpt_at(noise: Waveform, offset: int, samples: int, sample_rate: int) -> Waveform:
    """`samples` of noise from `offset` on; a noise shorter than that is repeated, its end cross-faded into its start.

    The fade is of equal power and lasts 50 ms, or half of the noise if that is less.

    Args:
        noise: `[samples]`.
        offset: 0 or more, in samples; in the loop where the noise is repeated.
        samples: the wanted length.
        sample_rate: in Hz; it sets the length of the cross-fade.
    """
    if samples <= noise.size:
        return noise[offset : offset + samples]
    period = loop_period(noise.size, sample_rate)
    fade = noise.size - period
    angle = (np.arange(fade, dtype=np.float32) + 0.5) / max(fade, 1) * (np.pi / 2)
    loop = noise[:period].astype(np.float32)
    loop[:fade] = np.sin(angle) * noise[:fade] + np.cos(angle) * noise[period:]
    repeats = -(-(offset + samples) // period)
    return np.tile(loop, repeats)[offset : offset + samples]


def loop_period(samples: int, sample_rate: int) -> int:
    """After how many samples a noise of this length begins anew when it is repeated."""
    return samples - min(round(CROSSFADE_S * sample_rate), samples // 2)
