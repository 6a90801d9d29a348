"""The loss that follows PESQ, beside PESQ itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pesq
import pytest
import torch
from scipy.stats import spearmanr

from audiogan.audio.files import find_sounds, read_mono
from audiogan.data.synthetic_noise import coloured_noise
from audiogan.objectives import PerceptualDisturbance

SPEECH = Path(__file__).parents[2] / "data_prep" / "demo_sound" / "test"


def speech() -> np.ndarray:
    longest = max((read_mono(path, 16_000) for path in find_sounds(SPEECH)), key=np.size)
    return longest / np.abs(longest).max()


def lost(heard: np.ndarray, clean: np.ndarray) -> float:
    output, target = (torch.from_numpy(sound.astype(np.float32))[None, None] for sound in (heard, clean))
    return PerceptualDisturbance()(output, target).item()


def test_it_ranks_degraded_speech_as_pesq_does_and_near_its_scale() -> None:
    """Noise of several colours, hiss above 4 kHz, pauses filled, a dull filter, clipping: 21 ways to sound worse."""
    clean = speech()
    rng = np.random.default_rng(0)
    power = np.sqrt(np.mean(clean**2))
    heard = [
        clean + 10 ** (-snr / 20) * power * coloured_noise(clean.size, colour, rng)
        for colour in (-0.5, 0.0, 1.0, 2.0)
        for snr in (0.0, 10.0, 20.0, 35.0)
    ]
    heard += [np.clip(clean, -limit, limit) for limit in (0.05, 0.2, 0.6)]
    spectrum = np.fft.rfft(clean)
    heard += [np.fft.irfft(np.where(np.arange(spectrum.size) < s * spectrum.size, spectrum, 0)) for s in (0.3, 0.6)]
    heard = [sound[: clean.size] for sound in heard]
    reference = clean[: min(map(np.size, heard))]
    scores = [pesq.pesq(16_000, reference, sound[: reference.size], "wb") for sound in heard]
    losses = [lost(sound[: reference.size], reference) for sound in heard]
    assert spearmanr(scores, losses).statistic < -0.9
    raw = 4.5 - (np.log(4 / (np.array(scores) - 0.999) - 1) - 3.8224) / -1.3669  # P.862.2's mapping undone
    assert np.corrcoef(raw, losses)[0, 1] > 0.9


def test_what_is_the_same_loses_nothing_at_any_level() -> None:
    clean = speech()
    assert lost(clean, clean) < 2e-3  # of about 3.5
    noisy = clean + 0.05 * coloured_noise(clean.size, 1.0, np.random.default_rng(1))
    assert lost(0.01 * noisy, 0.01 * clean) == pytest.approx(lost(noisy, clean), rel=1e-3)


def test_gradients_are_finite_in_silence_and_lead_to_less_noise() -> None:
    clean = torch.from_numpy(speech().astype(np.float32))[None, None]
    term = PerceptualDisturbance()
    for output, target in ((torch.zeros_like(clean), clean), (clean, torch.zeros_like(clean)), (clean, clean)):
        output = output.clone().requires_grad_()
        term(output, target).backward()
        assert output.grad is not None and output.grad.isfinite().all()
    noise = 0.03 * torch.from_numpy(coloured_noise(clean.shape[-1], 0.0, np.random.default_rng(2)))
    share = torch.ones((), requires_grad=True)
    term(clean + share * noise, clean).backward()
    assert share.grad is not None and share.grad > 0


def test_a_rate_that_lacks_the_upper_bands_is_refused() -> None:
    with pytest.raises(ValueError, match="sample_rate is 8000"):
        PerceptualDisturbance(sample_rate=8000)
