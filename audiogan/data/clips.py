"""Judging single clips before they enter a corpus: clipped, silent, or there already."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 0.985
FEW_AT_FULL_SCALE = 4
SILENT_DB = -60.0


def is_clipped(waveform: NDArray[Any], most: int = FEW_AT_FULL_SCALE) -> bool:
    """Whether a recording touches full scale, judged on the samples as they were decoded, before any resampling.

    What was clipped before a lossy codec comes back around full scale instead of flat on it, so runs of equal
    samples do not find it: samples at or beyond 98.5 % of full scale are counted.

    Args:
        waveform: `[..., samples]`, full scale at ±1.
        most: as many such samples are let pass; recordings that were normalised to full scale want more.
    """
    return int(np.count_nonzero(np.abs(waveform) >= FULL_SCALE)) > most


def is_silent(waveform: NDArray[Any]) -> bool:
    """Whether the root mean square lies below -60 dB of full scale; no samples are silent too.

    Args:
        waveform: `[..., samples]`, full scale at ±1.
    """
    if not waveform.size:
        return True
    return float(np.mean(np.square(waveform, dtype=np.float64))) < 10 ** (SILENT_DB / 10)


def to_pcm16(waveform: NDArray[Any]) -> NDArray[np.int16]:
    """16-bit samples, turned down as a whole where a peak lies beyond full scale (decoders and resamplers overshoot).

    Args:
        waveform: `[samples]`, full scale at ±1.
    """
    peak = float(np.max(np.abs(waveform), initial=0.0))
    scale = 32767.0 / max(1.0, peak)
    return np.round(waveform * scale).astype(np.int16)


def checksum(pcm: NDArray[np.int16]) -> str:
    """SHA-256 of 16-bit samples, little-endian: the same for the same sound in any container.

    Args:
        pcm: `[samples]`.
    """
    return hashlib.sha256(pcm.astype("<i2").tobytes()).hexdigest()
