"""Judging single clips before they enter a corpus: clipped, silent throughout or in part, or there already."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 0.985
FEW_AT_FULL_SCALE = 4
SILENT_DB = -60.0
SILENT_FRAME_DB = -70.0
FRAME_SECONDS = 0.05


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


def sounding_frames(waveform: NDArray[Any], sample_rate: int) -> NDArray[np.bool_]:
    """For each frame of 50 ms whether its root mean square lies above -70 dB of full scale.

    Args:
        waveform: `[samples]`, full scale at ±1.
        sample_rate: in Hz, 20 or more.

    Returns:
        bool `[frames]`; a last part that fills no frame is left out.
    """
    length = int(FRAME_SECONDS * sample_rate)
    frames = waveform[: waveform.size // length * length].reshape(-1, length)
    return np.asarray(np.mean(np.square(frames, dtype=np.float64), axis=1) > 10 ** (SILENT_FRAME_DB / 10))


def trim_silence(waveform: NDArray[Any], sample_rate: int) -> NDArray[Any]:
    """The waveform without the silent frames (see `sounding_frames`) at its beginning and end; empty if all are silent.

    Args:
        waveform: `[samples]`, full scale at ±1.
        sample_rate: in Hz, 20 or more.
    """
    sounding = np.flatnonzero(sounding_frames(waveform, sample_rate))
    if not sounding.size:
        return waveform[:0]
    length = int(FRAME_SECONDS * sample_rate)
    # What fills no last frame stays if the frame before it sounds.
    frames = waveform.size // length
    stop = waveform.size if sounding[-1] == frames - 1 else (sounding[-1] + 1) * length
    return waveform[sounding[0] * length : stop]


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
