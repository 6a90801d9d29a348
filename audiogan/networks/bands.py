"""Frequency bands as wide as those of hearing."""

from __future__ import annotations

import torch
from torch import Tensor


def band_weights(bands: int, frame_length: int, sample_rate: int) -> Tensor:
    """The share of each bin of a spectrum in each band, `[bands, bins]`; the shares of a bin sum to 1.

    Triangles from middle to middle of the neighbours. The middles lie evenly on the scale of equivalent rectangular
    bandwidths (Glasberg & Moore 1990, 21.4·log10(1 + 0.00437 f)) from 0 Hz to half the sample rate, moved up where they
    would be less than a bin apart.

    Raises:
        ValueError: there are not enough bins for so many bands.
    """
    bins = frame_length // 2 + 1
    if bands > bins:
        raise ValueError(f"{bands} bands are more than the {bins} bins of a frame of {frame_length} samples")
    highest = torch.log10(torch.tensor(1 + 0.00437 * sample_rate / 2, dtype=torch.float64))
    hertz = (10 ** (highest * torch.arange(bands, dtype=torch.float64) / (bands - 1)) - 1) / 0.00437
    place = torch.arange(bands, dtype=torch.float64)
    middles = place + (hertz * frame_length / sample_rate - place).cummax(0).values
    middles = torch.minimum(middles, bins - bands + place)
    bin_place = torch.arange(bins, dtype=torch.float64)
    above = (bin_place[:, None] >= middles[1:-1]).sum(1)  # the band whose middle is the last at or below the bin
    share = (bin_place - middles[above]) / (middles[above + 1] - middles[above])
    weights = torch.zeros(bands, bins, dtype=torch.float64)
    weights[above, torch.arange(bins)] = 1 - share
    weights[above + 1, torch.arange(bins)] += share
    return weights.float()
