"""Matrices from the bins of a short-time transform to mel bands."""

from __future__ import annotations

import torch
from torch import Tensor


def slaney_bands(sample_rate: int, frame_length: int, bands: int) -> Tensor:
    """Slaney's triangles of area 1, float64 `[bands, bins]`, as of `librosa.filters.mel`, from 0 to half the rate.

    Raises:
        ValueError: a band is so narrow that it holds no frequency of a frame.
    """
    import warnings

    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of empty bands, which are refused here
        mel = librosa.filters.mel(sr=sample_rate, n_fft=frame_length, n_mels=bands, dtype="float64")
    empty = int((mel.sum(axis=1) == 0).sum())
    if empty:
        raise ValueError(
            f"{empty} of {bands} bands hold no frequency of frames of {frame_length} samples at {sample_rate} Hz; "
            "take fewer bands or longer frames"
        )
    return torch.from_numpy(mel)


def mel_triangles(frequencies: Tensor, bands: int) -> Tensor:
    """Triangles of height 1, float64 `[bands, bins]`, for bins of these frequencies, evenly spaced ones in Hz.

    Their middles lie evenly on the mel scale of 1127·ln(1 + f/700) from the first frequency to the last. Each falls to
    0 at its neighbours' middles, or one bin away where those are nearer, so that every band holds a frequency and every
    frequency lies in a band.

    Raises:
        ValueError: bands is 1.
    """
    if bands < 2:
        raise ValueError(f"bands is {bands}, and must be 2 or more")
    first, last = torch.log1p(frequencies[[0, -1]] / 700).tolist()
    middles = 700 * torch.expm1(torch.linspace(first, last, bands, dtype=torch.float64))
    gaps = middles.diff().clamp(min=float(frequencies[1] - frequencies[0]))
    below, above = torch.cat([gaps[:1], gaps])[:, None], torch.cat([gaps, gaps[-1:]])[:, None]
    distance = frequencies - middles[:, None]
    return (1 + torch.minimum(distance / below, -distance / above)).clamp(min=0)


def weighted_means(weights: Tensor) -> Tensor:
    """Rows scaled so that each adds up to 1."""
    return weights / weights.sum(dim=1, keepdim=True)
