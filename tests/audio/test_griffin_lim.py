"""Griffin-Lim: its formula, what it promises, and beside the libraries'."""

from __future__ import annotations

import pytest
import torch

from audiogan.audio.griffin_lim import griffin_lim, random_phase, spectral_convergence
from audiogan.audio.stft import STFT

SAMPLES = 4096


def hits(*shape: int) -> torch.Tensor:
    """Decaying noise and tones."""
    time = torch.arange(SAMPLES) / 16000
    noise = torch.randn(*shape, SAMPLES, generator=torch.Generator().manual_seed(1))
    return torch.exp(-20 * time) * (0.3 * noise + torch.sin(2 * torch.pi * 440 * time))


def reached(sound: torch.Tensor, magnitude: torch.Tensor, stft: STFT) -> torch.Tensor:
    return 20 * torch.log10(spectral_convergence(stft.forward(sound).abs(), magnitude))


@pytest.mark.parametrize(("momentum", "relaxation"), [(0.0, 1.0), (0.99, 1.0), (0.99, 1.25), (0.5, 1.1)])
def test_it_is_the_published_iteration(momentum: float, relaxation: float) -> None:
    """Nenov et al.'s, with β 1.1, by torch.stft and torch.istft; relaxation 1 is Perraudin et al.'s."""
    stft, window = STFT(512, 128, "centred"), torch.hann_window(512, dtype=torch.float64)
    framing = {"n_fft": 512, "hop_length": 128, "window": window}
    magnitude = stft.forward(hits(2)).abs().double()
    phase = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 2 * torch.pi
    ahead = torch.polar(magnitude, phase)
    heading = last = None
    for _ in range(8):
        sound = torch.istft(torch.polar(magnitude, ahead.angle()), **framing, length=SAMPLES)
        projected = torch.stft(sound, **framing, pad_mode="constant", return_complex=True)
        found = projected if heading is None else (1 - relaxation) * heading + relaxation * projected
        change = torch.zeros_like(found) if last is None else found - last
        ahead, heading, last = found + momentum * change, found + 1.1 * change, found
    wanted = torch.istft(torch.polar(magnitude, ahead.angle()), **framing, length=SAMPLES)
    found = griffin_lim(magnitude, stft, SAMPLES, 8, momentum, phase=phase, relaxation=relaxation)
    torch.testing.assert_close(found, wanted)


def test_the_true_phase_is_a_fixed_point() -> None:
    stft, sound = STFT(256, 64), hits(3)
    spectrum = stft.forward(sound)
    found = griffin_lim(spectrum.abs(), stft, SAMPLES, iterations=4, phase=spectrum.angle())
    torch.testing.assert_close(found, sound, atol=2e-5, rtol=0)


def test_without_momentum_it_never_gets_worse() -> None:
    """Griffin & Lim's theorem: the distance of the sound's spectrum to the magnitudes does not rise."""
    stft, sound = STFT(256, 64), hits(3).double()
    magnitude = stft.forward(sound).abs()
    curve = [
        reached(griffin_lim(magnitude, stft, SAMPLES, n, momentum=0.0, relaxation=1.0), magnitude, stft)
        for n in range(12)
    ]
    assert (torch.stack(curve).diff(dim=0) <= 1e-9).all()


def test_iterations_momentum_and_relaxation_help() -> None:
    stft, sound = STFT(256, 64), hits(4)
    magnitude = stft.forward(sound).abs()

    def after(iterations: int, momentum: float = 0.99, **how: float) -> torch.Tensor:
        return reached(griffin_lim(magnitude, stft, SAMPLES, iterations, momentum, **how), magnitude, stft).mean()

    assert after(60) < after(60, relaxation=1.0) - 0.3 < after(60, 0.0, relaxation=1.0) - 2
    assert after(60) < after(16) - 2 and after(60) < -20


def test_an_item_does_not_depend_on_its_neighbours_nor_on_the_global_generator() -> None:
    stft = STFT(256, 128)
    magnitude = stft.forward(hits(3, 2)).abs()
    together = griffin_lim(magnitude, stft, SAMPLES, 8, seed=5)
    torch.manual_seed(99)
    alone = griffin_lim(magnitude[1:2], stft, SAMPLES, 8, seed=5)
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=0)
    assert not torch.equal(random_phase(stft, SAMPLES, 5), random_phase(stft, SAMPLES, 6))


def test_silence_stays_silent() -> None:
    stft = STFT(256, 128)
    assert griffin_lim(torch.zeros(2, 129, 32), stft, SAMPLES, 4).abs().max() == 0


def test_the_input_is_left_as_it_was() -> None:
    stft = STFT(256, 128)
    magnitude = stft.forward(hits(2)).abs()
    before = magnitude.clone()
    griffin_lim(magnitude, stft, SAMPLES, 3)
    assert torch.equal(magnitude, before)


def test_spectral_convergence_is_its_formula() -> None:
    wanted, found = torch.tensor([[[3.0, 0.0], [0.0, 4.0]]]), torch.tensor([[[3.0, 0.0], [0.0, 3.0]]])
    torch.testing.assert_close(spectral_convergence(found, wanted), torch.tensor([1 / 5]))
