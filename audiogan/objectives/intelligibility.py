"""Short-time objective intelligibility as a loss."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from audiogan.objectives.reconstruction import Reconstruction

FRAME_S, HOP_S = 0.0256, 0.0128
LOWEST_HZ, BANDS = 150.0, 15  # center of the first third-octave band, and the number of bands
HIGHEST_HZ = 4400.0  # above the upper edge of the last band
SEGMENT = 30  # frames, 384 ms
ACTIVE_DB = 40.0  # frames further below the loudest one count as silent
CLIP = 1 + 10 ** (15 / 20)  # lower bound of the signal-to-distortion ratio, -15 dB
FAINT = 1e-8


class ShortTimeIntelligibility(Reconstruction):
    """1 − ESTOI, or 1 − STOI with `extended=False`; 0 where output and target are equal.

    Third-octave envelopes of the output and of the target are compared in segments of 384 ms. STOI (Taal, Hendriks,
    Heusdens and Jensen, IEEE TASLP 2011) correlates each band over time; ESTOI (Jensen and Taal, IEEE TASLP 2016)
    correlates spectra whose bands and frames are normalized, and therefore also rates fluctuating noise.

    The measures remove silent frames before they cut segments. Here a segment is weighted by its share of active
    frames instead, so that all shapes are known in advance. Analysis runs at the rate of the sound, without the
    measures' resampling to 10 kHz. Items whose target is silent count as 0.

    Args:
        sample_rate: Hz, at least 8,800.
        extended: ESTOI if true, else STOI.

    Raises:
        ValueError: the sample rate is too low for the bands.
    """

    to_bands: Tensor

    def __init__(self, sample_rate: int = 16_000, extended: bool = True) -> None:
        super().__init__()
        if sample_rate < 2 * HIGHEST_HZ:
            raise ValueError(f"sample_rate is {sample_rate}, and must be at least {2 * HIGHEST_HZ:g}")
        self.extended = extended
        self.frame_length, self.hop_length = round(FRAME_S * sample_rate), round(HOP_S * sample_rate)
        self.fft_size = 1 << (2 * self.frame_length - 1).bit_length() - 1
        self.register_buffer("to_bands", third_octaves(self.fft_size, sample_rate), persistent=False)

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        """See the class."""
        estimate, reference = (self._envelopes(sound) for sound in (output, target))
        weights = _active(reference).unfold(1, SEGMENT, 1).mean(2)
        ours, theirs = (envelopes.unfold(2, SEGMENT, 1).transpose(1, 2) for envelopes in (estimate, reference))
        agreement = _spectral_correlation(ours, theirs) if self.extended else _band_correlation(ours, theirs)
        per_item = (weights * (1 - agreement)).sum(1) / (weights.sum(1) + FAINT)
        return per_item.mean()

    def _envelopes(self, sound: Tensor) -> Tensor:
        """`[B, channels, samples]` → magnitudes of third-octave bands `[B · channels, bands, frames]`."""
        sound = sound.flatten(0, -2)
        shortest = self.frame_length + (SEGMENT - 1) * self.hop_length
        sound = F.pad(sound, (0, max(0, shortest - sound.shape[-1])))
        window = torch.hann_window(self.frame_length, dtype=sound.dtype, device=sound.device)
        frames = sound.unfold(1, self.frame_length, self.hop_length) * window
        power = torch.view_as_real(torch.fft.rfft(frames, self.fft_size)).square().sum(-1)
        return (power @ self.to_bands.to(power) + FAINT).sqrt().transpose(1, 2)


def third_octaves(fft_size: int, sample_rate: int) -> Tensor:
    """Return which bins belong to which of the 15 bands, float32 `[bins, bands]` of zeros and ones."""
    frequency = torch.arange(fft_size // 2 + 1, dtype=torch.float64) * sample_rate / fft_size
    centers = LOWEST_HZ * 2 ** (torch.arange(BANDS, dtype=torch.float64) / 3)
    lower, upper = centers * 2 ** (-1 / 6), centers * 2 ** (1 / 6)
    return ((frequency[:, None] >= lower) & (frequency[:, None] < upper)).float()


def _active(envelopes: Tensor) -> Tensor:
    """1 for frames within 40 dB of the loudest one, else 0, `[B, frames]`; all 0 in silence."""
    energy = envelopes.detach().square().sum(1)
    loudest = energy.amax(1, keepdim=True)
    audible = loudest > 1e3 * FAINT * BANDS
    return ((energy >= loudest * 10 ** (-ACTIVE_DB / 10)) & audible).to(envelopes.dtype)


def _normalized(values: Tensor, dim: int) -> Tensor:
    """Zero mean and unit norm along an axis."""
    centered = values - values.mean(dim, keepdim=True)
    return centered / (centered.square().sum(dim, keepdim=True) + FAINT).sqrt()


def _spectral_correlation(estimate: Tensor, reference: Tensor) -> Tensor:
    """ESTOI of each segment `[B, segments, bands, frames]` → `[B, segments]`."""
    ours, theirs = (_normalized(_normalized(values, 3), 2) for values in (estimate, reference))
    return (ours * theirs).sum(2).mean(2)


def _band_correlation(estimate: Tensor, reference: Tensor) -> Tensor:
    """STOI of each segment `[B, segments, bands, frames]` → `[B, segments]`."""
    ours, theirs = (values.square().sum(3, keepdim=True) + FAINT for values in (estimate, reference))
    scaled = estimate * (theirs / ours).sqrt()
    clipped = torch.minimum(scaled, CLIP * reference)
    return (_normalized(clipped, 3) * _normalized(reference, 3)).sum(3).mean(2)
