"""What picture networks see of sounds, and the way back.

Each class is a module whose statistics, found by `fit`, are buffers, so that they travel with the weights. They are
built for sounds of one length, rate and number of channels.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from audiogan.audio.griffin_lim import griffin_lim
from audiogan.audio.mel_bands import mel_triangles, slaney_bands, weighted_means
from audiogan.audio.phase_gradient import integrated_phase
from audiogan.audio.sound_picture import STEADY, Levels, SoundPicture
from audiogan.audio.specgan_picture import SpecGANMagnitude

__all__ = ["InstantaneousFrequency", "LogMagnitude", "LogMel", "SoundPicture", "SpecGANMagnitude"]

Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0, description="0 for none")]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Inversion = Literal["griffin_lim", "phase_gradient"]

MARGIN = 0.8  # the training set's levels lie within ± this, as GANSynth's


class LogMagnitude(SoundPicture):
    """Logarithmic magnitudes, each bin standardised over the training set, after SpecGAN (arXiv:1802.04208).

    ln(|X| + floor), less its bin's mean, over so many of its bin's standard deviations, clipped to ±1. The highest bin
    is left out; on the way back it is silent, and the phase is found by Griffin-Lim. A bin that never changes over the
    training set keeps deviation 1.

    Args:
        samples, sample_rate, channels: of the sounds; samples a multiple of hop_length.
        frame_length, hop_length: of the short-time transform, in samples.
        floor: what is added to magnitudes; a sine of amplitude 1 has frame_length / 4.
        deviations: that reach from 0 to ±1.
        inversion: the phase that the iterations start from: random, or integrated from the magnitudes' gradients.
        iterations: of fast Griffin-Lim.
        momentum: of fast Griffin-Lim.
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
        inversion: Inversion = "griffin_lim",
        iterations: CountOrNone = 16,
        momentum: NotNegative = 0.99,
    ) -> None:
        super().__init__(samples, channels, frame_length, hop_length)
        self.floor, self.deviations = floor, deviations
        self.inversion, self.iterations, self.momentum = inversion, iterations, momentum
        self._of_bins(self.stft.bins - 1)

    def _of_bins(self, bins: int) -> None:
        """Set the shape, and statistics that change nothing."""
        self.shape = (self.channels, bins, self.stft.frames(self.samples))
        self.register_buffer("mean", torch.zeros(bins, 1))
        self.register_buffer("deviation", torch.ones(bins, 1))

    def _log_levels(self, waveform: Tensor) -> Tensor:
        return torch.log(self._magnitudes(self.stft.forward(waveform).abs()).add_(self.floor))

    def _keep(self, levels: Levels) -> None:
        deviation = torch.where(levels.deviation > STEADY, levels.deviation, 1.0)
        self.mean.copy_(levels.mean[:, None])
        self.deviation.copy_(deviation[:, None])

    def _encode(self, waveform: Tensor) -> Tensor:
        return (self._log_levels(waveform) - self.mean).div_(self.deviations * self.deviation).clamp_(-1, 1)

    def _decode(self, pictures: Tensor) -> Tensor:
        levels = pictures * (self.deviations * self.deviation) + self.mean
        magnitude = self._full(levels.exp_().sub_(self.floor).clamp_(min=0))
        phase = integrated_phase(magnitude, self.stft) if self.inversion == "phase_gradient" else None
        return griffin_lim(magnitude, self.stft, self.samples, self.iterations, self.momentum, phase)

    def _magnitudes(self, magnitude: Tensor) -> Tensor:
        """What is seen of the magnitudes of all bins."""
        return magnitude[..., :-1, :]

    def _full(self, seen: Tensor) -> Tensor:
        """The magnitudes of all bins for what is seen of them."""
        return F.pad(seen, (0, 0, 0, 1))


class LogMel(LogMagnitude):
    """Logarithmic magnitudes in mel bands, each standardised over the training set as `LogMagnitude` does.

    The bands are Slaney's, as of `librosa.filters.mel`. On the way back magnitudes are the pseudo-inverse of the mel
    matrix times the bands, negative ones set to 0.

    Args:
        samples, sample_rate, channels: of the sounds; samples a multiple of hop_length.
        frame_length, hop_length: of the short-time transform, in samples.
        bands: between 0 and half the sample rate.
        floor: what is added to a band's magnitude.
        deviations: that reach from 0 to ±1.
        inversion: the phase that the iterations start from: random, or integrated from the magnitudes' gradients.
        iterations: of fast Griffin-Lim.
        momentum: of fast Griffin-Lim.

    Raises:
        ValueError: a band is so narrow that it holds no frequency of a frame.
    """

    mel: Tensor
    mel_inverse: Tensor

    def __init__(
        self,
        samples: int,
        sample_rate: int,
        channels: int = 1,
        *,
        frame_length: Count = 512,
        hop_length: Count = 128,
        bands: Count = 64,
        floor: Positive = 1e-6,
        deviations: Positive = 3.0,
        inversion: Inversion = "griffin_lim",
        iterations: CountOrNone = 16,
        momentum: NotNegative = 0.99,
    ) -> None:
        super().__init__(
            samples,
            sample_rate,
            channels,
            frame_length=frame_length,
            hop_length=hop_length,
            floor=floor,
            deviations=deviations,
            inversion=inversion,
            iterations=iterations,
            momentum=momentum,
        )
        self._of_bins(bands)
        mel = slaney_bands(sample_rate, frame_length, bands)
        self.register_buffer("mel", mel.float(), persistent=False)
        self.register_buffer("mel_inverse", torch.linalg.pinv(mel).float(), persistent=False)

    def _magnitudes(self, magnitude: Tensor) -> Tensor:
        return self.mel @ magnitude

    def _full(self, seen: Tensor) -> Tensor:
        return (self.mel_inverse @ seen).clamp_(min=0)


class InstantaneousFrequency(SoundPicture):
    """Logarithmic magnitudes, and how fast the phase turns: GANSynth's (arXiv:1902.08710).

    The first channels are ln(|X| + 1e-6), scaled so that the training set's lowest and highest lie at ±0.8; what is
    beyond ±1, an eighth of that range further, is clipped and comes back so. As a logarithm has few outliers, the
    range is that of all values. The second channels are the change of the unwrapped phase from frame to frame over π,
    of the first frame the phase itself. The way back sums the changes and inverts the transform: what was not clipped
    comes back but for the bin that is left out, which is silent.

    With `bands`, power and turns are weighted means over triangles that lie evenly on the mel scale and reach over one
    bin at least, and the way back interpolates; what lies between the bands is lost. Turns are angles, so their mean is
    the direction of the mean of their unit vectors. GANSynth puts unwrapped phases through the mel matrix instead,
    where noise and turns near ±1 make nonsense: there and back, held-out drums keep a spectral convergence of -12 dB
    here and -6 dB so (256 bands of 512/128).

    Args:
        samples, sample_rate, channels: of the sounds; samples a multiple of hop_length.
        frame_length, hop_length: of the short-time transform, in samples.
        bands: 0 for every bin but one, else 2 or more.
        leave_out: the bin at 0 Hz, as GANSynth, or the one at half the sample rate. At 0 Hz goes what lies below about
            sample_rate / frame_length: the ground of a drum, where frames are short.
    """

    lowest: Tensor
    highest: Tensor
    to_bands: Tensor
    to_bins: Tensor

    FLOOR = 1e-6

    def __init__(
        self,
        samples: int,
        sample_rate: int,
        channels: int = 1,
        *,
        frame_length: Count = 2048,
        hop_length: Count = 512,
        bands: CountOrNone = 0,
        leave_out: Literal["dc", "top"] = "dc",
    ) -> None:
        super().__init__(samples, channels, frame_length, hop_length)
        self.bands, self.leave_out = bands, leave_out
        bins = self.stft.bins - 1
        self.shape = (2 * channels, bands or bins, self.stft.frames(samples))
        self.register_buffer("lowest", torch.tensor(math.log(self.FLOOR)))
        self.register_buffer("highest", torch.tensor(math.log(frame_length / 4)))
        if bands:
            seen = torch.arange(bins, dtype=torch.float64) + (1 if leave_out == "dc" else 0)
            weights = mel_triangles(seen * (sample_rate / frame_length), bands)
            self.register_buffer("to_bands", weighted_means(weights).float(), persistent=False)
            self.register_buffer("to_bins", weighted_means(weights.T).float(), persistent=False)

    def _log_levels(self, waveform: Tensor) -> Tensor:
        return self._levels_of(self._spectrum(waveform))

    def _keep(self, levels: Levels) -> None:
        self.lowest.copy_(levels.lowest.min())
        self.highest.copy_(levels.highest.max())

    def _encode(self, waveform: Tensor) -> Tensor:
        spectrum = self._spectrum(waveform)
        levels = (self._levels_of(spectrum) - self._middle()).mul_(MARGIN / self._reach()).clamp_(-1, 1)
        turns = spectrum.angle().div_(math.pi)
        turns[..., 1:] = _wrapped(turns.diff(dim=-1))
        return torch.cat([levels, _mean_turns(self.to_bands, turns) if self.bands else turns], dim=1)

    def _decode(self, pictures: Tensor) -> Tensor:
        levels, turns = pictures.split(self.channels, dim=1)
        magnitude = (levels * (self._reach() / MARGIN) + self._middle()).exp_().sub_(self.FLOOR).clamp_(min=0)
        if self.bands:
            magnitude, turns = (self.to_bins @ magnitude.square_()).sqrt_(), _mean_turns(self.to_bins, turns)
        spectrum = torch.polar(magnitude, turns.cumsum(-1).mul_(math.pi))
        silent_bin = (0, 0, 1, 0) if self.leave_out == "dc" else (0, 0, 0, 1)
        return self.stft.inverse(F.pad(spectrum, silent_bin), self.samples)

    def _spectrum(self, waveform: Tensor) -> Tensor:
        spectrum = self.stft.forward(waveform)
        return spectrum[..., 1:, :] if self.leave_out == "dc" else spectrum[..., :-1, :]

    def _levels_of(self, spectrum: Tensor) -> Tensor:
        magnitude = spectrum.abs()
        if self.bands:
            magnitude = (self.to_bands @ magnitude.square_()).sqrt_()
        return magnitude.add_(self.FLOOR).log_()

    def _middle(self) -> Tensor:
        return (self.highest + self.lowest) / 2

    def _reach(self) -> Tensor:
        return (self.highest - self.lowest) / 2


def _wrapped(turns: Tensor) -> Tensor:
    """Differences of phase over π, as the nearest way round: in [-1, 1]."""
    return turns - 2 * torch.round(turns / 2)


def _mean_turns(weights: Tensor, turns: Tensor) -> Tensor:
    """The weighted circular mean, over bins, of angles over π."""
    angles = turns * math.pi
    return torch.atan2(weights @ angles.sin(), weights @ angles.cos()).div_(math.pi)
