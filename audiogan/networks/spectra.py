"""Short-time spectra of waveforms and the way back, for networks that see sound so."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def to_spectrum(x: Tensor, window: Tensor, hop_length: int) -> Tensor:
    """`[B, samples]` → complex `[B, frames, bins]`; frame n has its middle at n · hop_length, the edges reflected.

    In the window's precision. With 0s at the end for a whole number of hops.
    """
    x = F.pad(x.to(window.dtype), (0, -x.shape[-1] % hop_length))
    return torch.stft(x, len(window), hop_length, len(window), window, return_complex=True).mT


def to_sound(spectrum: Tensor, window: Tensor, hop_length: int, samples: int) -> Tensor:
    """The `[B, samples]` whose spectrum is nearest (Griffin & Lim 1984): overlapping frames added under the window.

    As `torch.istft`, which the device "meta" refuses.
    """
    size = len(window)
    frames = torch.fft.irfft(spectrum, size) * window
    weights = window.square().expand(1, frames.shape[1], size)
    length = size + (frames.shape[1] - 1) * hop_length
    sound, weight = (F.fold(x.mT, (1, length), (1, size), stride=(1, hop_length))[:, 0, 0] for x in (frames, weights))
    middle = slice(size // 2, size // 2 + samples)
    return sound[:, middle] / weight[:, middle]
