"""The generators of CMGAN and MetricGAN+, their spectra, and dropout by given seeds."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.networks import CMGANGenerator, MetricGANGenerator
from audiogan.networks.dropout import drop, seeds, streams
from audiogan.networks.spectra import to_sound, to_spectrum

NARROW: dict[type[nn.Module], dict[str, Any]] = {
    CMGANGenerator: {"channels": 4, "heads": 2, "blocks": 1, "kernel": 3, "fft_size": 64, "hop_length": 16},
    MetricGANGenerator: {"hidden": 3, "dense": 4, "fft_size": 64, "hop_length": 32},
}
BOTH = pytest.mark.parametrize("network", NARROW)


def noise(samples: int = 700, batch: int = 2, level: float = 0.1) -> Tensor:
    return level * torch.randn(batch, 1, samples, generator=torch.Generator().manual_seed(0))


# Of torchinfo on the authors' code.
@pytest.mark.parametrize(("network", "parameters"), [(CMGANGenerator, 1_834_833), (MetricGANGenerator, 1_895_514)])
def test_with_no_arguments_it_is_the_paper_s(network: type[nn.Module], parameters: int) -> None:
    with torch.device("meta"):
        whole = network()
        output = whole(torch.empty(2, 1, 3200))
        output.sum().backward()
    assert output.shape == (2, 1, 3200)
    assert sum(p.numel() for p in whole.parameters()) == parameters
    assert all(p.grad is not None for p in whole.parameters())


@BOTH
@pytest.mark.parametrize("samples", [640, 701])
def test_any_length_comes_back_and_no_level_is_looked_at(network: type[nn.Module], samples: int) -> None:
    torch.manual_seed(0)
    generator = network(**NARROW[network]).eval()
    output = generator(noise(samples))
    assert output.shape == (2, 1, samples) and output.isfinite().all()
    torch.testing.assert_close(generator(noise(samples, level=0.01)), output / 10, rtol=1e-3, atol=1e-5)


@BOTH
def test_silence_has_a_finite_gradient(network: type[nn.Module]) -> None:
    silence = torch.zeros(2, 1, 700, requires_grad=True)
    output = network(**NARROW[network])(silence)
    output.sum().backward()
    assert output.isfinite().all() and output.abs().max() < 1e-3
    assert silence.grad is not None and silence.grad.isfinite().all()


def test_a_mask_of_one_is_the_noisy_sound() -> None:
    generator = MetricGANGenerator(**NARROW[MetricGANGenerator])
    nn.init.zeros_(generator.to_mask.weight)
    nn.init.constant_(generator.to_mask.bias, torch.logit(torch.tensor(1 / 1.2)).item())
    torch.testing.assert_close(generator(noise()), noise(), rtol=1e-4, atol=1e-5)


def test_cmgan_s_mask_and_parts_of_nothing_are_added() -> None:
    """With a mask of 1 and parts of 0 the compressed spectrum is the noisy one, and so is the sound."""
    generator = CMGANGenerator(**NARROW[CMGANGenerator]).eval()
    last = generator.to_mask[-1]
    for parameter in (last.weight, generator.to_parts.weight, generator.to_parts.bias):
        nn.init.zeros_(parameter)
    nn.init.ones_(last.bias)
    torch.testing.assert_close(generator(noise()), noise(), rtol=1e-4, atol=1e-5)


def published_spectrum(sound: Tensor, level: Tensor, size: int, hop: int) -> Tensor:
    """CMGAN's compressed spectrum: of sound / level, |X|^0.3 with X's phase, `[B, 2, frames, bins]`."""
    window = torch.hamming_window(size, dtype=sound.dtype)
    spectrum = torch.stft((sound / level)[:, 0], size, hop, size, window, return_complex=True).mT
    compressed = torch.polar(spectrum.abs() ** 0.3, spectrum.angle())
    return torch.stack([compressed.real, compressed.imag], 1)


def test_cmgan_s_losses_see_the_compressed_spectrum_at_level_1() -> None:
    generator = CMGANGenerator(**NARROW[CMGANGenerator]).double().eval()
    noisy, clean = noise(640).double(), noise(640, level=0.03).double().flip(-1)
    rms = noisy.square().mean(-1, keepdim=True).sqrt()
    torch.testing.assert_close(generator.level(noisy), rms, rtol=1e-6, atol=0)
    found = generator.compressed(clean, noisy)
    torch.testing.assert_close(found, published_spectrum(clean, rms, 64, 16), rtol=1e-5, atol=1e-5)


def test_cmgan_s_own_spectrum_is_the_one_that_becomes_sound() -> None:
    """Uncompressed by the power 1 / 0.3 and through torch's inverse transform it is the output."""
    torch.manual_seed(0)
    generator = CMGANGenerator(**NARROW[CMGANGenerator]).double().eval()
    noisy = noise(640).double()
    output, made = generator.with_spectrum(noisy)
    assert torch.equal(output, generator(noisy))
    spectrum = torch.complex(made[:, 0], made[:, 1])
    full = torch.polar(spectrum.abs() ** (1 / 0.3), spectrum.angle()).mT
    sound = torch.istft(full, 64, 16, 64, torch.hamming_window(64, dtype=torch.float64), length=640)
    torch.testing.assert_close(sound[:, None] * generator.level(noisy), output, rtol=1e-5, atol=1e-6)
    # It is the spectrum of no sound: why the losses on it are other ones than on the spectrum of the output.
    assert (generator.compressed(output, noisy) - made).abs().max() > 0.01


@pytest.mark.parametrize("samples", [640, 1001])
def test_spectra_are_those_of_torch_and_give_the_sound_back(samples: int) -> None:
    x, window = noise(samples)[:, 0].double(), torch.hamming_window(64, dtype=torch.float64)
    spectrum = to_spectrum(x, window, 16)
    padded = torch.nn.functional.pad(x, (0, -samples % 16))
    torch.testing.assert_close(spectrum, torch.stft(padded, 64, 16, 64, window, return_complex=True).mT)
    torch.testing.assert_close(to_sound(spectrum, window, 16, samples), x)
    changed = spectrum * torch.rand(spectrum.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = torch.istft(changed.mT, 64, 16, 64, window)[:, : samples // 16 * 16]
    torch.testing.assert_close(to_sound(changed, window, 16, samples // 16 * 16), expected)


def test_what_is_dropped_follows_from_the_seed_of_the_sample_alone() -> None:
    chance = Chance(3, 4, range(6))
    drawn, x = seeds(chance), torch.ones(6 * 50, 40)
    whole = drop(x, 0.2, streams(drawn, x.device))
    assert whole.unique().tolist() == pytest.approx([0, 1 / 0.8])
    assert whole.mean().item() == pytest.approx(1, abs=0.02)
    part = drop(x[:100], 0.2, streams(seeds(Chance(3, 4, [2, 3])), x.device))
    assert torch.equal(part, whole[100:200])
    both = streams(drawn, x.device)
    assert not torch.equal(drop(x, 0.2, both), drop(x, 0.2, both))
    assert drop(x, 0.2, []) is x


def test_dropout_is_of_training_alone() -> None:
    torch.manual_seed(0)
    generator = CMGANGenerator(**NARROW[CMGANGenerator], dropout=0.3)
    draws = generator.draw(Chance(0, 0, range(2)))
    one, again, none = generator(noise(), **draws), generator(noise(), **draws), generator(noise())
    assert torch.equal(one, again) and not torch.allclose(one, none)
    generator.eval()
    assert torch.equal(generator(noise(), **draws), generator(noise()))
