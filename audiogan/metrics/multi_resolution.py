"""Multi-resolution STFT distance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import FRAMES_AT_ONCE, Signal, checked_pair, need_samples

# FFT size, hop length and window length, in samples.
RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
SMALLEST_POWER = 1e-8


def multi_resolution_stft_distance(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Spectral convergence plus mean absolute difference of log magnitude, averaged over three STFTs; 0 or more.

    With magnitudes Ŝ and S: ‖S − Ŝ‖ / ‖S‖ (Frobenius) + mean|ln S − ln Ŝ|, for FFT 1024, 2048, 512, hop 120, 240, 50,
    Hann window 600, 1200, 240 samples; powers below 1e-8 count as 1e-8. The sizes are in samples whatever the rate:
    compare figures at one rate only.

    Source: Yamamoto, Song, Kim, "Parallel WaveGAN", ICASSP 2020, section 2.2; the same as auraloss's
    MultiResolutionSTFTLoss with its defaults.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz; plays no part.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, or not above 1024 samples.
    """
    sides = checked_pair(estimate, reference, sample_rate)
    need_samples(sides[0], max(fft for fft, _, _ in RESOLUTIONS) // 2 + 1, sample_rate)
    return float(np.mean([_distance(*sides, *resolution) for resolution in RESOLUTIONS]))


def _distance(estimate: Signal, reference: Signal, fft: int, hop: int, window: int) -> float:
    difference = energy = logarithms = 0.0
    count = 0
    for heard, wanted in zip(
        _magnitudes(estimate, fft, hop, window), _magnitudes(reference, fft, hop, window), strict=True
    ):
        difference += float(np.square(wanted - heard).sum())
        energy += float(np.square(wanted).sum())
        logarithms += float(np.abs(np.log(wanted) - np.log(heard)).sum())
        count += wanted.size
    return float(np.sqrt(difference / energy)) + logarithms / count


def _magnitudes(signal: Signal, fft: int, hop: int, window: int) -> Iterator[Signal]:
    """Blocks of `[frames, fft / 2 + 1]`, centred on multiples of the hop, mirrored at the ends, as torch.stft."""
    padded = np.pad(signal, fft // 2, mode="reflect")
    before = (fft - window) // 2
    shape = np.pad(np.hanning(window + 1)[:-1], (before, fft - window - before))
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop]
    for first in range(0, len(frames), FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(frames[first : first + FRAMES_AT_ONCE] * shape, axis=1)
        yield np.sqrt(np.maximum(np.square(spectrum.real) + np.square(spectrum.imag), SMALLEST_POWER))
