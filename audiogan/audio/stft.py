"""The short-time Fourier transform and its least-squares inverse on torch tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Padding = Literal["even", "centred", "end"]


@dataclass(frozen=True)
class STFT:
    """Framing by a periodic Hann window, with zeros around the sound.

    The first two padding rules let every sample be seen by a window's inner part, so that the sound comes back:

    - "even", for pictures: frame_length - hop_length zeros, half before and half behind, so that there are exactly
      samples / hop_length frames. Samples that do not fill the last hop are followed by more zeros.
    - "centred", as librosa and torch.stft: frame t has its middle at sample t·hop_length, and there are
      1 + samples // hop_length frames.
    - "end", as TensorFlow's with `pad_end`: frame t begins at sample t·hop_length, and zeros stand behind the sound
      only. Windows fade in from 0 over the first samples, which `inverse` cannot give back.

    Args:
        frame_length: samples in a frame, 4 or more.
        hop_length: samples from one frame to the next, at most half of frame_length.
        padding: "even", "centred" or "end".

    Raises:
        ValueError: the lengths lie elsewhere.
    """

    frame_length: int
    hop_length: int
    padding: Padding = "even"

    def __post_init__(self) -> None:
        if self.frame_length < 4:
            raise ValueError(f"frame_length is {self.frame_length}, and must be 4 or more")
        if not 1 <= self.hop_length <= self.frame_length // 2:
            raise ValueError(
                f"hop_length is {self.hop_length}, and must lie between 1 and {self.frame_length // 2}, half a frame"
            )

    @property
    def bins(self) -> int:
        """Frequencies of a frame, 0 and half the sample rate included."""
        return self.frame_length // 2 + 1

    def frames(self, samples: int) -> int:
        """How many frames a sound of this length has."""
        return 1 + samples // self.hop_length if self.padding == "centred" else -(-samples // self.hop_length)

    def window(self, like: Tensor) -> Tensor:
        """The window `[frame_length]`, on the device and in the real precision of a tensor."""
        return torch.hann_window(self.frame_length, dtype=like.real.dtype, device=like.device)

    def forward(self, waveform: Tensor) -> Tensor:
        """The complex spectrum `[..., bins, frames]` of `[..., samples]`."""
        samples = waveform.shape[-1]
        before, behind = self._zeros(samples)
        padded = F.pad(waveform, (before, behind))
        return self.spectra(padded, self.window(waveform)).transpose(-1, -2)

    def inverse(self, spectrum: Tensor, samples: int) -> Tensor:
        """The waveform `[..., samples]` whose spectrum is nearest to `[..., bins, frames]` in the least squares.

        As Griffin & Lim (1984): windowed frames are added and divided by the sum of squared windows. The
        inverse of `forward` is the sound again.

        Raises:
            ValueError: the spectrum has not the bins and frames of so many samples.
        """
        if tuple(spectrum.shape[-2:]) != (self.bins, self.frames(samples)):
            raise ValueError(
                f"{samples} samples have {self.bins} bins and {self.frames(samples)} frames, "
                f"not {' and '.join(map(str, spectrum.shape[-2:]))}"
            )
        window = self.window(spectrum)
        padded = self.overlap_add(spectrum.transpose(-1, -2), window) * self.overlap_weight(samples, window)
        before, _ = self._zeros(samples)
        return padded[..., before : before + samples]

    def spectra(self, padded: Tensor, window: Tensor) -> Tensor:
        """The spectra `[..., frames, bins]` of a padded sound: one half of an iteration that goes there and back."""
        return torch.fft.rfft(padded.unfold(-1, self.frame_length, self.hop_length) * window)

    def overlap_add(self, spectra: Tensor, window: Tensor) -> Tensor:
        """The windowed frames of `[..., frames, bins]` added up, not yet weighted: `[..., padded samples]`."""
        return self._add(torch.fft.irfft(spectra, self.frame_length).mul_(window))

    def overlap_weight(self, samples: int, window: Tensor) -> Tensor:
        """What the sum of frames is multiplied with: one over the sum of squared windows, and 0 outside the sound."""
        total = self._add((window * window).repeat(self.frames(samples), 1))
        before, _ = self._zeros(samples)
        weight = torch.zeros_like(total)
        weight[before : before + samples] = 1 / total[before : before + samples]
        return weight

    def _zeros(self, samples: int) -> tuple[int, int]:
        """How many zeros stand before and behind the sound."""
        befores = {"even": (self.frame_length - self.hop_length) // 2, "centred": self.frame_length // 2, "end": 0}
        before = befores[self.padding]
        return before, (self.frames(samples) - 1) * self.hop_length + self.frame_length - before - samples

    def _add(self, frames: Tensor) -> Tensor:
        """Frames `[..., frames, frame_length]` added at their places.

        Frames are cut into hops: hop k of the sum is hop 0 of frame k, plus hop 1 of frame k - 1, and so on. A few
        shifted additions of large blocks are several times faster than `fold`.
        """
        *batch, count, length = frames.shape
        hops = -(-length // self.hop_length)
        lacking = hops * self.hop_length - length
        blocks = (F.pad(frames, (0, lacking)) if lacking else frames).view(*batch, count, hops, self.hop_length)
        total = frames.new_zeros(*batch, count + hops - 1, self.hop_length)
        for hop in range(hops):
            total[..., hop : hop + count, :] += blocks[..., hop, :]
        return total.flatten(-2)[..., : (count - 1) * self.hop_length + length]
