"""What sets of sounds sound like: levels in 64 mel bands, their mean and spread over time, and distances of those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.metrics.frechet import frechet_distance
from audiogan.metrics.pairs import NotMeasurable, floating

Floats = NDArray[np.float64]

BANDS = 64
FRAME_S = 0.064  # short enough for a hit, long enough that no band of 64 falls between two bins
FLOOR = 1e-5  # in amplitude, -100 dB below full scale
ENOUGH = 256  # sounds, for a covariance of 2 · BANDS features
TITLE = "Fréchet distance of log-mel statistics"


def log_mel(sounds: NDArray[Any], sample_rate: int) -> NDArray[np.float32]:
    """Natural logarithms of the amplitudes in 64 mel bands, `[N, 64, frames]`; channels are averaged.

    Frames of 64 ms every 16 ms, Hann windows, centred, bands up to half the rate as librosa has them (Slaney's).

    Args:
        sounds: `[N, samples]` or `[N, channels, samples]`, in [-1, 1].
        sample_rate: in Hz.

    Raises:
        AudioganError: the sounds are not floating-point.
    """
    from librosa.feature import melspectrogram

    mono = floating(sounds, "sounds").astype(np.float32, copy=False)
    mono = mono.mean(axis=1) if mono.ndim == 3 else mono
    frame = 4 * round(FRAME_S * sample_rate / 4)
    amplitude = melspectrogram(
        y=mono, sr=sample_rate, n_fft=frame, hop_length=frame // 4, n_mels=BANDS, power=1.0, norm=None
    )
    # Divided by the window's sum and doubled, so that a sine of amplitude 1 has 1 in its bin.
    logarithm: NDArray[np.float32] = np.log(amplitude * np.float32(4 / frame) + np.float32(FLOOR))
    return logarithm


def log_mel_statistics(sounds: NDArray[Any], sample_rate: int) -> Floats:
    """The mean and the standard deviation over time of each log-mel band, `[N, 128]`, means first."""
    levels = log_mel(sounds, sample_rate).astype(np.float64)
    return np.concatenate([levels.mean(axis=2), levels.std(axis=2)], axis=1)


@dataclass(frozen=True)
class Standard:
    """What features are brought to mean 0 and deviation 1 by: those of the training set.

    Args:
        mean, deviation: `[features]`; a feature that never changes keeps its unit.
    """

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, features: Floats) -> Standard:
        """Fitted to features `[N, features]`."""
        deviation = features.std(axis=0)
        return cls(features.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def __call__(self, features: Floats) -> Floats:
        """Features `[N, features]` in units of the training set's deviation."""
        scaled: Floats = (features - self.mean) / self.deviation
        return scaled


def log_mel_frechet_distance(generated: Floats, real: Floats) -> float:
    """The Fréchet distance of standardised log-mel statistics, on as many of them on both sides.

    Below 256 of each, their covariance would say more of the number than of the sounds: features are then reduced to a
    quarter of that number by the principal axes of the real ones.

    Args:
        generated: `[N, features]`, from `log_mel_statistics` and `Standard`.
        real: as many.

    Raises:
        NotMeasurable: the sets differ in number, or there are fewer than 8 in each.
    """
    if len(generated) != len(real) or len(real) < 8:
        raise NotMeasurable(
            f"{len(generated)} generated and {len(real)} real sounds: as many are wanted, and 8 or more"
        )
    if len(real) < ENOUGH:
        mean = real.mean(axis=0)
        axes = np.linalg.svd(real - mean, full_matrices=False)[2][: len(real) // 4]
        generated, real = (generated - mean) @ axes.T, (real - mean) @ axes.T
    return frechet_distance(generated, real)
