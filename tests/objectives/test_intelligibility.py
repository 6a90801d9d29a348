"""The loss that follows STOI and ESTOI, next to the measures of pystoi."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pystoi
import pytest
import torch
from scipy.stats import spearmanr

from audiogan.audio.files import find_sounds, read_mono
from audiogan.data.synthetic_noise import coloured_noise
from audiogan.objectives import ShortTimeIntelligibility
from audiogan.objectives.intelligibility import third_octaves

SPEECH = Path(__file__).parents[2] / "data_prep" / "demo_sound" / "test"


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    longest = max((read_mono(path, 16_000) for path in find_sounds(SPEECH)), key=np.size)
    return longest / np.abs(longest).max()


def tensor(sound: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(sound.astype(np.float32))[None, None]


def score(estimate: np.ndarray, reference: np.ndarray, extended: bool) -> float:
    return 1 - ShortTimeIntelligibility(extended=extended)(tensor(estimate), tensor(reference)).item()


@pytest.mark.parametrize(("extended", "largest"), [(False, 0.05), (True, 0.09)])
def test_distance_agrees_with_pystoi(clean: np.ndarray, extended: bool, largest: float) -> None:
    """18 steady and interrupted noises, two dull filters: the order is the same, the values differ by the weighting."""
    rng = np.random.default_rng(0)
    rms = np.sqrt(np.mean(clean**2))
    degraded = []
    for color in (0.0, 1.0, 2.0):
        noise = coloured_noise(clean.size, color, rng)[: clean.size]
        bursts = noise * (np.arange(clean.size) // 2400 % 2)
        degraded += [clean + 10 ** (-snr / 20) * rms * noise for snr in (-10.0, -5.0, 0.0, 10.0)]
        degraded += [clean + 10 ** (-snr / 20) * rms * bursts for snr in (-10.0, 0.0)]
    spectrum = np.fft.rfft(clean)
    degraded += [np.fft.irfft(np.where(np.arange(spectrum.size) < s * spectrum.size, spectrum, 0)) for s in (0.1, 0.3)]
    degraded = [sound[: clean.size] for sound in degraded]
    reference = clean[: min(map(np.size, degraded))]
    measured = [pystoi.stoi(reference, sound[: reference.size], 16_000, extended=extended) for sound in degraded]
    ours = [score(sound[: reference.size], reference, extended) for sound in degraded]
    assert spearmanr(measured, ours).statistic > 0.97
    assert np.abs(np.subtract(measured, ours)).max() < largest


@pytest.mark.parametrize("extended", [False, True])
def test_distance_of_equal_sound_is_zero(clean: np.ndarray, extended: bool) -> None:
    assert score(clean, clean, extended) == pytest.approx(1, abs=1e-3)
    assert score(0.3 * clean, clean, extended) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("extended", [False, True])
def test_gradient_is_finite_in_silence_and_removes_noise(clean: np.ndarray, extended: bool) -> None:
    term = ShortTimeIntelligibility(extended=extended)
    rng = np.random.default_rng(1)
    target = torch.cat([torch.zeros(1, 1, 32_000), tensor(clean)[..., :32_000]])
    noise = 0.05 * torch.from_numpy(rng.standard_normal((2, 1, 32_000)).astype(np.float32))
    output = (target + noise).requires_grad_()
    before = term(output, target)
    before.backward()
    assert output.grad is not None and torch.isfinite(output.grad).all()
    assert torch.count_nonzero(output.grad[0]) == 0  # silence has nothing to understand
    step = output.grad / output.grad.norm()
    assert term(output.detach() - 0.3 * step, target) < before


def test_short_sound_is_padded() -> None:
    sound = 0.1 * torch.randn(2, 1, 100, generator=torch.Generator().manual_seed(0))
    assert torch.isfinite(ShortTimeIntelligibility()(sound, sound.flip(-1)))


def test_bands_have_the_published_centers() -> None:
    """Taal et al. 2011, section II: 15 third-octave bands, centered from 150 Hz to about 3.8 kHz."""
    bands = third_octaves(1024, 16_000)
    inside = [bands[:, band].nonzero() * 15.625 for band in range(bands.shape[1])]
    centers = [float((band.min() * band.max()).sqrt()) for band in inside]
    assert len(centers) == 15
    assert centers[0] == pytest.approx(150, rel=0.1)
    assert centers[-1] == pytest.approx(3810, rel=0.02)
    assert bands.sum(1).max() == 1


def test_rate_too_low_for_the_bands_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8800"):
        ShortTimeIntelligibility(sample_rate=8000)
