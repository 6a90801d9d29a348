"""LLR and WSS written out frame by frame from their definitions, to hold the fast ones against."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_toeplitz, toeplitz

from audiogan.metrics.spectral_slope import BANDWIDTHS, CENTRES
from tests.metrics.signals import Signal


def best_frames(values: list[float]) -> float:
    """The mean of the smallest 95 %."""
    return float(np.mean(sorted(values)[: round(0.95 * len(values))]))


def frames(sound: Signal, rate: int) -> list[Signal]:
    """30 ms under a Hann window, a quarter apart, without the last whole one."""
    length = round(0.03 * rate)
    window = np.array([0.5 - 0.5 * np.cos(2 * np.pi * n / (length + 1)) for n in range(1, length + 1)])
    starts = range(0, (sound.size - length) // (length // 4) * (length // 4), length // 4)
    return [sound[start : start + length] * window for start in starts]


def slow_llr(estimate: Signal, reference: Signal, rate: int) -> float:
    """By the normal equations, solved as such."""
    order = 10 if rate < 10000 else 16
    values = []
    for heard, wanted in zip(frames(estimate, rate), frames(reference, rate), strict=True):
        lags = [np.correlate(side, side, "full")[side.size - 1 :][: order + 1] for side in (heard, wanted)]
        other, own = (np.concatenate([[1], solve_toeplitz(r[:-1], -r[1:])]) for r in lags)
        matrix = toeplitz(lags[1])
        values.append(np.log((other @ matrix @ other) / (own @ matrix @ own)))
    return best_frames(values)


def slow_wss(estimate: Signal, reference: Signal, rate: int) -> float:
    """By loops over bins, bands and neighbours."""
    values = []
    for pair in zip(frames(estimate, rate), frames(reference, rate), strict=True):
        slopes, weights = [], []
        for side in pair:
            levels = _levels(side, rate)
            slopes.append([levels[band + 1] - levels[band] for band in range(24)])
            weights.append([_weight(levels, band) for band in range(24)])
        weight = [(a + b) / 2 for a, b in zip(*weights, strict=True)]
        total = sum(w * (a - b) ** 2 for w, a, b in zip(weight, *slopes, strict=True))
        values.append(total / sum(weight))
    return best_frames(values)


def _levels(frame: Signal, rate: int) -> list[float]:
    size = 2
    while size < 2 * frame.size:
        size *= 2
    power = np.abs(np.fft.fft(frame, size)) ** 2
    levels = []
    for centre, width in zip(CENTRES, BANDWIDTHS, strict=True):
        middle = int(centre * size / rate)
        energy = 0.0
        for k in range(size // 2):
            gain = np.exp(-11 * ((k - middle) * rate / size / width) ** 2) * 70 / width
            if gain > np.exp(-30 / 4.606):
                energy += gain * power[k]
        levels.append(10 * np.log10(max(energy, 1e-10)))
    return levels


def _weight(levels: list[float], band: int) -> float:
    here = band
    if levels[band + 1] > levels[band]:
        while here + 2 <= 24 and levels[here + 2] > levels[here + 1]:
            here += 1
    else:
        while here > 0 and levels[here] <= levels[here - 1]:
            here -= 1
    return 20 / (20 + max(levels) - levels[band]) * 1 / (1 + levels[here] - levels[band])
