"""Phase gradient heap integration: a phase for magnitudes, without iterations."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audiogan.audio.stft import STFT
from audiogan.chance import generator

HANN_WIDTH = 0.25645
"""γ over the squared frame length: the Gaussian exp(-π·t²/γ) nearest to a Hann window, as ltfat and PGHI have it."""


@torch.no_grad()
def integrated_phase(magnitude: Tensor, stft: STFT, tolerance: float = 1e-6, seed: int = 0) -> Tensor:
    """A phase in radians for magnitudes `[..., bins, frames]`, of their shape and on their device.

    Phase gradient heap integration (Průša, Balazs & Søndergaard 2017, arXiv:1609.00291): under a Gaussian window the
    phase's derivatives are those of the logarithm of the magnitude; they are summed from the loudest point outwards,
    loud neighbours first. Good where frames overlap by three quarters or more.

    Runs on the CPU in Python, at about 2 µs a value: 0.03 s for a picture of 129 × 128, 0.2 s for 1025 × 128.

    Args:
        magnitude: 0 or more.
        stft: how the magnitudes were framed.
        tolerance: of an item's largest magnitude; what lies below gets a random phase.
        seed: of the random phase.
    """
    items = magnitude.reshape(-1, *magnitude.shape[-2:]).double().cpu().numpy()
    random = generator(seed, "phase gradient").random(items.shape[1:]) * (2 * math.pi)
    phases = np.stack([_integrate(item, stft, tolerance, random) for item in items])
    phases -= math.pi * np.arange(phases.shape[1])[:, None]  # frames are transformed from their start, not their middle
    return torch.from_numpy(np.remainder(phases, 2 * math.pi)).to(magnitude).view_as(magnitude)


def gradients(magnitude: NDArray[np.float64], stft: STFT) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The phase's change from frame to frame and from bin to bin at each point, for magnitudes `[bins, frames]`.

    Of the phase seen from the middle of each frame, by central differences.
    """
    length, hop = stft.frame_length, stft.hop_length
    gamma = HANN_WIDTH * length**2
    log = np.log(np.maximum(magnitude, 1e-10 * magnitude.max() + np.finfo(np.float64).tiny))
    mirrored = np.pad(log, ((1, 1), (0, 0)), mode="reflect")  # the spectrum of a real sound is even
    over_bins = (mirrored[2:] - mirrored[:-2]) / 2
    over_frames = np.gradient(log, axis=1) if log.shape[1] > 1 else np.zeros_like(log)
    advance = 2 * math.pi * hop / length * np.arange(log.shape[0])[:, None]
    return advance + hop * length / gamma * over_bins, -gamma / (hop * length) * over_frames


def _integrate(
    magnitude: NDArray[np.float64], stft: STFT, tolerance: float, random: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The phase of one item, seen from the middle of each frame.

    Grids lie flat in lists, with a border that counts as done: four times as fast as indexing arrays.
    """
    width = magnitude.shape[1] + 2
    by_frame, by_bin = (_bordered(gradient) for gradient in gradients(magnitude, stft))
    loudness = _bordered(magnitude)
    phase = _bordered(random)
    quietest = tolerance * float(magnitude.max())
    done = bytearray(level <= quietest for level in loudness)
    for start in np.argsort(loudness)[::-1].tolist():
        if done[start]:
            continue
        done[start], phase[start] = True, 0.0
        heap = [(-loudness[start], start)]
        while heap:
            _, here = heappop(heap)
            for there, slope, sign in (
                (here + 1, by_frame, 0.5),
                (here - 1, by_frame, -0.5),
                (here + width, by_bin, 0.5),
                (here - width, by_bin, -0.5),
            ):
                if not done[there]:
                    done[there] = True
                    phase[there] = phase[here] + sign * (slope[here] + slope[there])
                    heappush(heap, (-loudness[there], there))
    return np.array(phase).reshape(-1, width)[1:-1, 1:-1]


def _bordered(grid: NDArray[np.float64]) -> list[Any]:
    return np.pad(grid, 1).ravel().tolist()
