"""Base class of the representations of whole sounds as pictures, and the statistics that it fits."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from audiogan.audio.stft import STFT, Padding
from audiogan.errors import AudioganError
from audiogan.precision import without_autocast

STEADY = 1e-6  # nats: a level that changes no more than this over the training set does not change


class SoundPicture(nn.Module, ABC):
    """Sounds `[B, channels, samples]` in [-1, 1] as pictures `[B, *shape]` in [-1, 1], bins from low to high.

    Args:
        samples: length of the sounds, a multiple of hop_length.
        channels: of the sounds.
        frame_length, hop_length: of the short-time transform, in samples; a picture has samples / hop_length frames.
        padding: where zeros are added, see `audiogan.audio.stft.STFT`.

    Raises:
        ValueError: the lengths do not go together.

    Attributes:
        shape: (channels, bins, frames) of a picture.
    """

    shape: tuple[int, int, int]

    def __init__(
        self, samples: int, channels: int, frame_length: int, hop_length: int, padding: Padding = "even"
    ) -> None:
        super().__init__()
        if samples % hop_length:
            raise ValueError(f"{samples} samples are no multiple of hop_length {hop_length}")
        self.samples, self.channels, self.stft = samples, channels, STFT(frame_length, hop_length, padding)

    @torch.no_grad()
    def fit(self, sounds: Iterable[Tensor]) -> None:
        """Find the statistics of a training set, given as batches `[N, channels, samples]`, in one pass in float64.

        Raises:
            AudioganError: there is no sound, none that can be heard, or one with samples that are not numbers.
        """
        levels, audible = Levels(), False
        for waveform in sounds:
            if not torch.isfinite(waveform).all():
                raise AudioganError("The training set has a sound with samples that are no numbers; take it out.")
            audible = audible or bool((waveform.amax(-1) > waveform.amin(-1)).any())
            levels.add(self._log_levels(waveform.float().to(self._device())).flatten(0, 1))
        if not levels.count:
            raise AudioganError("There are no sounds to find the statistics of; give a folder that has some.")
        if not audible or levels.deviation.max() <= STEADY:
            raise AudioganError(
                "The training set is silent: in none of its sounds does anything change. Give sounds that can be heard."
            )
        self._keep(levels)

    @torch.no_grad()
    def encode(self, waveform: Tensor) -> Tensor:
        """The pictures `[B, *shape]` of sounds `[B, channels, samples]`, in float32 and within [-1, 1]."""
        with without_autocast(waveform.device):
            return self._encode(waveform.float())

    @torch.no_grad()
    def decode(self, pictures: Tensor) -> Tensor:
        """The sounds `[B, channels, samples]` of pictures `[B, *shape]`, in float32."""
        with without_autocast(pictures.device):
            return self._decode(pictures.float())

    def _device(self) -> torch.device:
        return next(self.buffers()).device

    @abstractmethod
    def _log_levels(self, waveform: Tensor) -> Tensor:
        """The logarithmic levels `[B, channels, bins, frames]` that `fit` finds the statistics of."""

    @abstractmethod
    def _keep(self, levels: Levels) -> None:
        """Set the buffers to the statistics."""

    @abstractmethod
    def _encode(self, waveform: Tensor) -> Tensor: ...

    @abstractmethod
    def _decode(self, pictures: Tensor) -> Tensor: ...


class Levels:
    """Mean, deviation and extremes of each bin over batches `[N, bins, frames]`, in float64 and in one pass.

    Batches are merged as Chan, Golub & LeVeque (1979) do, which does not lose digits where the mean is large.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = self.squares = torch.zeros((), dtype=torch.float64)
        self.lowest, self.highest = (torch.tensor(sign * math.inf, dtype=torch.float64) for sign in (1, -1))

    def add(self, levels: Tensor) -> None:
        """Take a batch in."""
        batch = levels.detach().cpu().double().transpose(0, 1).flatten(1)
        count, mean = batch.shape[1], batch.mean(1)
        total, change = self.count + count, mean - self.mean
        squares = (batch - mean[:, None]).square().sum(1)
        self.squares = self.squares + squares + change.square() * (self.count * count / total)
        self.mean = self.mean + change * (count / total)
        self.lowest = torch.minimum(self.lowest, batch.amin(1))
        self.highest = torch.maximum(self.highest, batch.amax(1))
        self.count = total

    @property
    def deviation(self) -> Tensor:
        """The standard deviation of each bin."""
        return (self.squares / self.count).sqrt()
