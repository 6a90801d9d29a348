"""DNSMOS, a network's guess at what listeners would say, without a reference. Needs the extra `dnsmos`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from audiogan.errors import AudioganError
from audiogan.metrics.pairs import at_rate, checked, need_samples

RATE = 16000
SHORTEST_SECONDS = 0.5


@dataclass(frozen=True)
class Opinion:
    """What DNSMOS says of a sound, each 1 (bad) to 5 (excellent).

    Args:
        speech: SIG, of the speech (P.835).
        background: BAK, of the background (P.835).
        overall: OVRL, of the whole (P.835).
        p808: the older single score (P.808).
    """

    speech: float
    background: float
    overall: float
    p808: float


def dnsmos(estimate: ArrayLike, sample_rate: int) -> Opinion:
    """DNSMOS of a sound; no reference is needed.

    Source: Reddy, Gopal, Cutler, "DNSMOS P.835", ICASSP 2022; implementation and weights of the package `speechmos`,
    which judges windows of 9.01 s one second apart and repeats a shorter sound until it fills one. It works at 16 kHz:
    sound at higher rates is first resampled by soxr.

    Args:
        estimate: `[samples]` in [-1, 1]; what lies beyond is clipped.
        sample_rate: in Hz, 16000 or more.

    Raises:
        AudioganError: the package `speechmos` is not installed.
        NotMeasurable: silence (for which the network would give a number), NaN, under 0.5 s, or a rate below 16 kHz.
    """
    judge = require_speechmos()
    sound = at_rate(checked(estimate, "the estimate"), sample_rate, RATE)
    need_samples(sound, int(SHORTEST_SECONDS * RATE), RATE)
    said = judge(np.clip(sound, -1.0, 1.0).astype(np.float32), RATE)
    return Opinion(*(float(said[key]) for key in ("sig_mos", "bak_mos", "ovrl_mos", "p808_mos")))


def require_speechmos():  # type: ignore[no-untyped-def]
    """speechmos's function, or an AudioganError that says how to install it."""
    try:
        from speechmos.dnsmos import run
    except ImportError as error:
        raise AudioganError(
            f"DNSMOS needs a package that is not installed ({error.name}). Run: pip install audiogan[dnsmos]"
        ) from None
    return run
