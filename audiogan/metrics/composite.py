"""CSIG, CBAK, COVL: how listeners would rate the speech, the background and the whole, predicted from other measures.

Source: Hu, Loizou, "Evaluation of Objective Quality Measures for Speech Enhancement", IEEE TASLP 2008, with the
coefficients of Loizou's `composite.m` and wide-band PESQ. LLR and WSS average the best 95 % of frames, frames of LLR
are not clamped, segmental SNR counts every frame, and each score is clamped to [1, 5].

What is comparable with what:

- On 25 noisy tracks of VoiceBank-DEMAND CMGAN's repository has a log, `python_noisy_metrics.log`: CSIG, CBAK, COVL,
  segmental SNR and PESQ come out to its last digit (1e-6). The whole noisy test set has 3.35, 2.44 and 2.63 there.
- CMGAN's `evaluation.py`, of which its published figures come, feeds samples in ±1 to a WSS that divides by 32768.
  Faint bands then fall under its energy floor, WSS gets smaller, and CSIG, CBAK and COVL larger, by about 0.15, 0.13
  and 0.12. Such figures do not stand beside these, nor beside that log's noisy row.
- Programs with another frame rule, clamp or PESQ mode (a noisy CBAK of 2.79 on that set) are not comparable either.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.likelihood import llr
from audiogan.metrics.pairs import Signal, at_rate, checked_pair
from audiogan.metrics.pesq import pesq_wide
from audiogan.metrics.segmental import segmental_snr
from audiogan.metrics.spectral_slope import wss

RATE = 16000


def csig(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Predicted rating of the speech, 1 (very distorted) to 5 (not distorted).

    It is computed at 16 kHz: sound at higher rates is first resampled by soxr.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz, 16000 or more.

    Raises:
        NotMeasurable: as `pesq_wide`.
    """
    pair = _at_16_khz(estimate, reference, sample_rate)
    return csig_of(pesq_wide(*pair, RATE), llr(*pair, RATE), wss(*pair, RATE))


def cbak(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Predicted rating of the background, 1 (very intrusive) to 5 (not noticeable). Arguments and errors as `csig`."""
    pair = _at_16_khz(estimate, reference, sample_rate)
    return cbak_of(pesq_wide(*pair, RATE), wss(*pair, RATE), segmental_snr(*pair, RATE))


def covl(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Predicted rating of the whole, 1 (bad) to 5 (excellent). Arguments and errors as `csig`."""
    pair = _at_16_khz(estimate, reference, sample_rate)
    return covl_of(pesq_wide(*pair, RATE), llr(*pair, RATE), wss(*pair, RATE))


def csig_of(pesq: float, llr: float, wss: float) -> float:
    """CSIG from its ingredients."""
    return _clamped(3.093 - 1.029 * llr + 0.603 * pesq - 0.009 * wss)


def cbak_of(pesq: float, wss: float, segmental_snr: float) -> float:
    """CBAK from its ingredients; the segmental SNR in dB."""
    return _clamped(1.634 + 0.478 * pesq - 0.007 * wss + 0.063 * segmental_snr)


def covl_of(pesq: float, llr: float, wss: float) -> float:
    """COVL from its ingredients."""
    return _clamped(1.594 + 0.805 * pesq - 0.512 * llr - 0.007 * wss)


def _clamped(score: float) -> float:
    return float(np.clip(score, 1.0, 5.0))


def _at_16_khz(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> tuple[Signal, Signal]:
    heard, wanted = checked_pair(estimate, reference, sample_rate)
    return at_rate(heard, sample_rate, RATE), at_rate(wanted, sample_rate, RATE)
