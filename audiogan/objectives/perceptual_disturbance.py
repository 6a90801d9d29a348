"""How disturbed speech sounds: the disturbances that PESQ counts, as a loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from audiogan.objectives.reconstruction import Reconstruction

FRAME_S = 0.032  # of the Hann window; frames overlap by half
LOWEST_HZ, HIGHEST_HZ = 50.0, 8000.0
LISTENING_POWER = 1e7  # mean power that the speech is brought to: a normal listening level
SPEECH_HZ = 325.0, 3250.0  # where that power is measured
POWER_SCALE = 6.91e-4  # brings the power of a spectral line to the scale of the threshold of hearing
LOUDNESS_SCALE, LOUDNESS_POWER = 0.1866, 0.23  # of Zwicker's law
DEAD_ZONE = 0.25  # share of the lesser loudness that masks a difference
LARGEST = 45.0  # disturbance of a frame
SYMMETRIC, ASYMMETRIC = 0.1, 0.0309  # weights in the score
TOGETHER = 20  # frames, 0.32 s, over which the worst count most
BARK_STEP = 1 / 6  # of the inverse hyperbolic sine


class PerceptualDisturbance(Reconstruction):
    """Points of quality lost: 0.1 · symmetric + 0.0309 · asymmetric disturbance, as in PESQ's score.

    After the perceptual model of ITU-T P.862, section 10.2, made differentiable as in Martín-Doñas et al. 2018 (PMSQE,
    doi:10.1109/LSP.2018.2871419) and Kim et al. 2019 (arXiv:1901.08844): both sides at one level, power in Bark bands,
    gain changes from frame to frame partly forgiven, loudness by Zwicker's law, a dead zone in which a difference is
    masked, what was added counted beside what is different, the worst frames of a third of a second counting most.

    It is no PESQ: nothing is aligned in time, pauses are not cut out, bands and thresholds follow formulas instead of
    the standard's tables, and differences of level and of slow colour are left to the terms beside it. It rises where
    PESQ falls; the tests hold both side by side.

    Args:
        sample_rate: Hz, at least 16,000, since the bands reach up to 8 kHz.
        bands: how many, evenly spaced on the Bark scale.
    """

    to_bands: Tensor
    threshold: Tensor
    in_speech: Tensor

    def __init__(self, sample_rate: int = 16_000, bands: int = 49) -> None:
        super().__init__()
        if sample_rate < 2 * HIGHEST_HZ:
            raise ValueError(f"sample_rate is {sample_rate}, and must be at least {2 * HIGHEST_HZ:g}")
        self.frame_length = 2 * round(FRAME_S * sample_rate / 2)
        line_hz = sample_rate / self.frame_length
        frequency = torch.arange(self.frame_length // 2 + 1, dtype=torch.float64) * line_hz
        lowest, highest = (math.asinh(hertz / 600) / BARK_STEP for hertz in (LOWEST_HZ, HIGHEST_HZ))
        edges = torch.linspace(lowest, highest, bands + 1)
        shares = _shares(_bark(frequency - line_hz / 2), _bark(frequency + line_hz / 2), edges.double())
        middles = 600 * torch.sinh((edges[:-1] + edges[1:]) / 2 * BARK_STEP)
        self.width = (highest - lowest) / bands
        in_speech = (frequency >= SPEECH_HZ[0]) & (frequency <= SPEECH_HZ[1])
        self.register_buffer("to_bands", shares.float(), persistent=False)
        self.register_buffer("threshold", 10 ** (_threshold_db(middles) / 10), persistent=False)
        self.register_buffer("in_speech", in_speech.float(), persistent=False)

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        spectra = [self._power(sound) for sound in (output, target)]
        level = LISTENING_POWER / (self._speech_power(spectra[1]) + 1e-12)
        ours, theirs = (POWER_SCALE * level[:, None, None] * power @ self.to_bands.to(power) for power in spectra)
        ours = ours * self._forgiven_gain(ours, theirs)[:, :, None]
        loud, wanted = self._loudness(ours), self._loudness(theirs)
        difference = F.relu((loud - wanted).abs() - DEAD_ZONE * torch.minimum(loud, wanted))
        added = ((ours + 50) / (theirs + 50)) ** 1.2
        added = torch.where(added < 3, 0.0, added.clamp(max=12.0))
        importance = ((self._audible(theirs) + 1e5) / 1e7) ** 0.04
        bark = self.width * self.to_bands.shape[1]
        symmetric = bark**0.5 * (self.width * difference.square().sum(2) + 1e-9).sqrt() / importance
        asymmetric = self.width * (difference * added).sum(2) / importance
        return (SYMMETRIC * _pooled(symmetric) + ASYMMETRIC * _pooled(asymmetric)).mean()

    def _power(self, sound: Tensor) -> Tensor:
        """`[B, channels, samples]` → power of spectral lines `[B · channels, frames, lines]`."""
        sound = sound.flatten(0, -2)
        window = torch.hann_window(self.frame_length, dtype=sound.dtype, device=sound.device)
        spectrum = torch.stft(
            sound, self.frame_length, self.frame_length // 2, window=window, center=False, return_complex=True
        )
        return torch.view_as_real(spectrum).square().sum(-1).transpose(1, 2)

    def _speech_power(self, power: Tensor) -> Tensor:
        """Mean power of the waveform between 325 and 3250 Hz, `[B]` (Parseval; a Hann window's mean square is 3/8)."""
        return 2 * (power @ self.in_speech.to(power)).mean(1) / (0.375 * self.frame_length**2)

    def _forgiven_gain(self, ours: Tensor, theirs: Tensor) -> Tensor:
        """What brings each frame of the output nearer to the target's loudness, `[B, frames]`."""
        gain = (self._audible(theirs) + 5e3) / (self._audible(ours) + 5e3)
        gain = torch.cat([gain[:, :1], 0.8 * gain[:, 1:] + 0.2 * gain[:, :-1]], 1)
        return gain.clamp(3e-4, 5.0)

    def _audible(self, bands: Tensor) -> Tensor:
        """Power above the threshold of hearing, `[B, frames]`."""
        return torch.where(bands > self.threshold.to(bands), bands, 0.0).sum(2)

    def _loudness(self, bands: Tensor) -> Tensor:
        """Zwicker's loudness in each band, 0 below the threshold."""
        threshold = self.threshold.to(bands)
        excess = (0.5 + 0.5 * bands / threshold).clamp(min=1.0) ** LOUDNESS_POWER - 1
        return LOUDNESS_SCALE * (threshold / 0.5) ** LOUDNESS_POWER * excess


def _pooled(disturbance: Tensor) -> Tensor:
    """`[B, frames]` → `[B]`: the sixth-power mean over 20 frames, then the root mean square of those."""
    disturbance = disturbance.clamp(max=LARGEST)
    together = disturbance.unfold(1, min(TOGETHER, disturbance.shape[1]), TOGETHER // 2)
    return (together**6).mean(2).clamp(min=1e-12).pow(1 / 6).square().mean(1).sqrt()


def _bark(frequency: Tensor) -> Tensor:
    """Hz to Bark (Schroeder et al. 1979)."""
    return torch.asinh(frequency / 600) / BARK_STEP


def _shares(lower: Tensor, upper: Tensor, edges: Tensor) -> Tensor:
    """Weights `[lines, bands]` of the mean over each band, from the Barks that a line covers and the bands' edges."""
    covered = torch.minimum(upper[:, None], edges[1:]) - torch.maximum(lower[:, None], edges[:-1])
    shares = covered.clamp(min=0.0) / (upper - lower)[:, None]
    return shares / shares.sum(0)


def _threshold_db(frequency: Tensor) -> Tensor:
    """Sound pressure level that is just heard (Terhardt 1979)."""
    kilohertz = frequency / 1000
    middle = -6.5 * torch.exp(-0.6 * (kilohertz - 3.3).square())
    return 3.64 * kilohertz**-0.8 + middle + 1e-3 * kilohertz**4
