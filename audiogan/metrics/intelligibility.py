"""STOI and ESTOI, short-time objective intelligibility. Implementation: the package `pystoi`."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import NotMeasurable, checked_pair

# pystoi analyses frames of 256 samples at 10 kHz, half overlapping, and its shortest segment is 30 of them.
RATE = 10000
SHORTEST_SAMPLES = 256 + 30 * 128


def stoi(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """STOI, 0 to 1 for speech (higher is more intelligible; noise may fall below 0).

    Source: Taal, Hendriks, Heusdens, Jensen, "An Algorithm for Intelligibility Prediction of Time-Frequency Weighted
    Noisy Speech", IEEE TASLP 2011. pystoi resamples to 10 kHz itself, as the authors' program does.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, or less than 0.4 s of sound once silent frames are left out.
    """
    return _stoi(estimate, reference, sample_rate, extended=False)


def estoi(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Extended STOI, 0 to 1 for speech; unlike STOI it also holds for noises that fluctuate.

    Source: Jensen, Taal, "An Algorithm for Predicting the Intelligibility of Speech Masked by Modulated Noise
    Maskers", IEEE TASLP 2016. Arguments and errors as `stoi`.
    """
    return _stoi(estimate, reference, sample_rate, extended=True)


def _stoi(estimate: ArrayLike, reference: ArrayLike, sample_rate: int, extended: bool) -> float:
    degraded, clean = checked_pair(estimate, reference, sample_rate)
    too_short = NotMeasurable(
        f"the sound is too short: less than {SHORTEST_SAMPLES / RATE:.1f} s once silent frames are left out"
    )
    if clean.size / sample_rate < SHORTEST_SAMPLES / RATE:
        raise too_short
    import pystoi

    # ESTOI adds noise of 1e-16 from NumPy's global generator, which decides where the estimate holds exact zeros: from
    # a fixed state the same pair always gives the same number.
    state = np.random.get_state()
    np.random.seed(0)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Not enough STFT frames", category=RuntimeWarning)
            value = float(pystoi.stoi(clean, degraded, sample_rate, extended=extended))
    except RuntimeWarning:
        raise too_short from None
    finally:
        np.random.set_state(state)
    if not np.isfinite(value):
        raise NotMeasurable("STOI gives no number")
    return value
