"""SpecGAN's representation of sound, to the number (Donahue, McAuley & Puckette 2018, arXiv:1802.04208)."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from audiogan.audio.sound_picture import STEADY, Levels, SoundPicture
from audiogan.audio.stft import STFT

Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0, description="0 for none")]
Positive = Annotated[float, Field(gt=0)]

LEAST_MAGNITUDE = 1e-8  # below which a bin's phase fades out in an iteration


class SpecGANMagnitude(SoundPicture):
    """Logarithmic magnitudes and Griffin-Lim as in SpecGAN's code, chrisdonahue/wavegan, train_specgan.py.

    There: frames begin at the first sample and zeros stand at the end only (frame_length − hop_length of them);
    p = clip((ln(|X| + floor) − mean) / (deviations · deviation), ±1) with statistics of each bin over the training set,
    the highest bin left out. Back: the highest bin gets its mean, |X| = exp(…), and plain Griffin & Lim iterations
    start from phase 0. Overlapping frames are added under the window and not divided by the sum of squared windows, so
    that the level of the sound swings between 0.5 and 1 within each hop.

    `LogMagnitude` is audiogan's own: the level stays, and the sound is nearer after as many iterations.

    Args:
        samples, sample_rate, channels: of the sounds; samples a multiple of hop_length.
        frame_length, hop_length: of the short-time transform, in samples.
        floor: added to magnitudes; a sine of amplitude 1 has frame_length / 4.
        deviations: that reach from 0 to ±1.
        iterations: of Griffin & Lim.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        samples: int,
        sample_rate: int,
        channels: int = 1,
        *,
        frame_length: Count = 256,
        hop_length: Count = 128,
        floor: Positive = 1e-6,
        deviations: Positive = 3.0,
        iterations: CountOrNone = 16,
    ) -> None:
        super().__init__(samples, channels, frame_length, hop_length, "end")
        self.floor, self.deviations, self.iterations = floor, deviations, iterations
        self.shape = (channels, self.stft.bins - 1, self.stft.frames(samples))
        self.register_buffer("mean", torch.zeros(self.stft.bins, 1))
        self.register_buffer("deviation", torch.ones(self.stft.bins, 1))

    def _log_levels(self, waveform: Tensor) -> Tensor:
        return torch.log(self.stft.forward(waveform).abs() + self.floor)

    def _keep(self, levels: Levels) -> None:
        self.mean.copy_(levels.mean[:, None])
        self.deviation.copy_(torch.where(levels.deviation > STEADY, levels.deviation, 1.0)[:, None])

    def _encode(self, waveform: Tensor) -> Tensor:
        pictures = (self._log_levels(waveform) - self.mean) / (self.deviations * self.deviation)
        return pictures[..., :-1, :].clamp(-1, 1)

    def _decode(self, pictures: Tensor) -> Tensor:
        levels = F.pad(pictures, (0, 0, 0, 1)) * (self.deviations * self.deviation) + self.mean
        return plain_griffin_lim(levels.exp(), self.stft, self.iterations)[..., : self.samples]


def plain_griffin_lim(magnitude: Tensor, stft: STFT, iterations: int) -> Tensor:
    """Return the waveforms `[..., padded samples]` of magnitudes `[..., bins, frames]`, from phase 0.

    Overlapping frames are added under the window, in iterations and at the end, and not divided by their windows.
    """
    goal = magnitude.mT.contiguous()
    window = stft.window(goal)
    spectra = torch.complex(goal, torch.zeros_like(goal))
    for _ in range(iterations):
        found = stft.spectra(stft.overlap_add(spectra, window), window)
        spectra = goal * found / found.abs().clamp(min=LEAST_MAGNITUDE)
    return stft.overlap_add(spectra, window)
