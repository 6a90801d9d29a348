"""Scale-invariant signal-to-distortion ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import NotMeasurable, checked_pair

# What float64 rounding alone leaves of a scaled copy: beyond this the ratio says nothing of the sound.
LARGEST_DB = 250.0


def si_sdr(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """SI-SDR in dB: 10·log10(‖αs‖² / ‖αs − ŝ‖²), α = ⟨ŝ, s⟩ / ‖s‖²; any number, higher is better.

    Source: Le Roux, Wisdom, Erdogan, Hershey, "SDR – half-baked or well done?", ICASSP 2019, equation 3. The mean is
    not taken off, as in torchmetrics and fast-bss-eval.

    Args:
        estimate: ŝ, `[samples]`.
        reference: s, `[samples]`.
        sample_rate: in Hz; plays no part.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths; or the ratio is infinite, since the estimate is the reference
            itself up to its level, or holds nothing of it.
    """
    heard, wanted = checked_pair(estimate, reference, sample_rate)
    # The ratio knows no scale; at unit peak the squares of a very faint sound stay in range.
    heard, wanted = heard / np.abs(heard).max(), wanted / np.abs(wanted).max()
    target = wanted * (heard @ wanted / (wanted @ wanted))
    distortion = heard - target
    if target @ target == 0:
        raise NotMeasurable("the ratio is infinite: the estimate holds nothing of the reference")
    if distortion @ distortion <= 10 ** (-LARGEST_DB / 10) * (target @ target):
        raise NotMeasurable("the ratio is infinite: the estimate is the reference itself")
    return float(10 * np.log10((target @ target) / (distortion @ distortion)))
