"""SEGAN to the number."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.networks import SEGANDiscriminator, SEGANGenerator

NARROW = (4, 6, 8)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def pairs(count: int, samples: int = 64, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(count, 1, samples, generator=rng), torch.randn(count, 1, samples, generator=rng)


@pytest.fixture
def discriminator() -> SEGANDiscriminator:
    torch.manual_seed(1)
    network = SEGANDiscriminator(64, NARROW, kernel=7)
    network.set_reference(*pairs(5, seed=9))
    return network


def lengths(layers: nn.ModuleList, run: Callable[[], object]) -> list[tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = []
    hooks = [layer.register_forward_hook(lambda _m, _i, out: shapes.append(tuple(out.shape[1:]))) for layer in layers]
    run()
    for hook in hooks:
        hook.remove()
    return shapes


def test_the_paper_generator_has_its_parameters_and_levels() -> None:
    with torch.device("meta"):
        generator = SEGANGenerator()
        noisy, z = torch.empty(2, 1, 16_384), torch.empty(2, 1024, 8)
        assert parameters(generator) == 73_100_049
        encoder = lengths(generator.encoder, lambda: generator(noisy, z))
        decoder = lengths(generator.decoder, lambda: generator(noisy, z))
        output = generator(noisy, z)
        output.sum().backward()
    channels = [16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 1024]
    assert encoder == [(c, 16_384 >> level) for level, c in enumerate(channels, start=1)]
    assert decoder == [(c, 16 << level) for level, c in enumerate([*channels[-2::-1], 1])]
    assert output.shape == noisy.shape
    assert all(p.grad is not None for p in generator.parameters())


def test_the_paper_discriminator_has_its_parameters_and_levels() -> None:
    with torch.device("meta"):
        discriminator = SEGANDiscriminator()
        candidate, noisy = torch.empty(3, 1, 16_384), torch.empty(3, 1, 16_384)
        discriminator.set_reference(torch.empty(2, 1, 16_384), torch.empty(2, 1, 16_384))
        judgement = discriminator(candidate, noisy)
        judgement.score.sum().backward()
    assert parameters(discriminator) == 24_373_081
    assert judgement.score.shape == (3,)
    assert [tuple(f.shape) for f in judgement.features or []] == [
        (3, c, 16_384 >> level) for level, c in enumerate([16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 1024], start=1)
    ]
    assert all(p.grad is not None for p in discriminator.parameters())


def test_the_generator_computes_what_the_paper_draws() -> None:
    """Two layers written out again with plain functions: skips before the activation, none at the last layer, tanh."""
    torch.manual_seed(0)
    generator = SEGANGenerator((3, 5), kernel=7, stride=2, latent_channels=2).double()
    for parameter in generator.parameters():
        nn.init.normal_(parameter)  # slopes too, so that a skip after the activation would differ
    noisy, z = torch.randn(2, 1, 12).double(), torch.randn(2, 2, 3).double()

    def conv(x: Tensor, layer: nn.Module) -> Tensor:
        return nn.functional.conv1d(nn.functional.pad(x, (2, 3)), layer.conv.weight, layer.conv.bias, stride=2)

    def transposed(x: Tensor, layer: nn.Module) -> Tensor:
        full = nn.functional.conv_transpose1d(x, layer.conv.weight, layer.conv.bias, stride=2)
        return full[..., 2 : 2 + 2 * x.shape[-1]]

    def prelu(x: Tensor, layer: nn.Module) -> Tensor:
        return torch.where(x > 0, x, layer.weight[:, None] * x)

    first = conv(noisy, generator.encoder[0])
    code = conv(prelu(first, generator.encoder_activations[0]), generator.encoder[1])
    code = torch.cat([z, prelu(code, generator.encoder_activations[1])], dim=1)
    level = prelu(transposed(code, generator.decoder[0]), generator.decoder_activations[0])
    expected = transposed(torch.cat([level, first], dim=1), generator.decoder[1]).tanh()
    torch.testing.assert_close(generator(noisy, z), expected)


def test_weights_start_as_published() -> None:
    torch.manual_seed(0)
    generator = SEGANGenerator((64, 128), latent_channels=64)
    convolutions = [m for m in generator.modules() if isinstance(m, nn.Conv1d | nn.ConvTranspose1d)]
    weights = torch.cat([m.weight.detach().flatten() for m in convolutions])
    assert weights.abs().max() <= 0.04  # truncated at two deviations
    assert weights.std().item() == pytest.approx(0.02 * 0.8796, rel=0.01)  # what truncation leaves of the deviation
    assert not any(m.bias.any() for m in convolutions)
    slopes = [m.weight for m in generator.modules() if isinstance(m, nn.PReLU)]
    assert [len(s) for s in slopes] == [64, 128, 64] and not any(s.any() for s in slopes)


@pytest.mark.parametrize("samples", [8, 16, 64, 1000 * 8])
def test_any_length_that_the_strides_divide_comes_back(samples: int) -> None:
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=4)
    noisy = torch.randn(2, 1, samples)
    output = generator(noisy, **generator.draw(Chance(0, 0, [0, 1]), samples))
    assert output.shape == noisy.shape and output.abs().max() <= 1


def test_a_wrong_length_says_which_fit() -> None:
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=0)
    with pytest.raises(AudioganError, match=r"1001 samples.*multiple of 8 samples"):
        generator(torch.zeros(1, 1, 1001))
    with pytest.raises(AudioganError, match="multiple of 2048"):
        SEGANDiscriminator(16_000)
    discriminator = SEGANDiscriminator(64, NARROW, kernel=7)
    with pytest.raises(AudioganError, match="judges 64 samples"):
        discriminator(torch.zeros(1, 1, 128), torch.zeros(1, 1, 128))


def test_the_latent_is_drawn_per_sample_and_must_be_there() -> None:
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=4)
    z = generator.draw(Chance(3, 1, [0, 1]), 64)["z"]
    assert z.shape == (2, 4, 8) == (2, *generator.latent_shape(64))
    torch.testing.assert_close(generator.draw(Chance(3, 1, [1]), 64)["z"], z[1:])
    noisy = torch.randn(2, 1, 64)
    assert not torch.equal(generator(noisy, z), generator(noisy, z.flip(0)))
    with pytest.raises(AudioganError, match=r"\[batch, 4, 8\]: got none"):
        generator(noisy)
    with pytest.raises(AudioganError, match=r"got \[2, 4, 7\]"):
        generator(noisy, z[..., :-1])


def test_without_a_latent_there_is_nothing_to_draw() -> None:
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=0)
    assert generator.draw(Chance(0, 0, [0]), 64) == {}
    assert generator(torch.zeros(1, 1, 64)).shape == (1, 1, 64)


def test_the_discriminator_computes_what_the_original_does(discriminator: SEGANDiscriminator) -> None:
    """The whole discriminator again in NumPy, from its weights."""
    candidate, noisy = pairs(3)
    live = np.concatenate([candidate.numpy(), noisy.numpy()], axis=1).astype(np.float64)
    reference = discriminator.reference.batch.numpy().astype(np.float64)
    weights = {name: value.detach().double().numpy() for name, value in discriminator.state_dict().items()}
    for level in range(len(NARROW)):

        def layer(x: np.ndarray, level: int = level) -> np.ndarray:
            x = np.pad(x, ((0, 0), (0, 0), (2, 3)))
            windows = np.lib.stride_tricks.sliding_window_view(x, 7, axis=-1)[:, :, ::2]
            weight, bias = weights[f"layers.{level}.conv.weight"], weights[f"layers.{level}.conv.bias"]
            return np.einsum("bitk,oik->bot", windows, weight) + bias[:, None]

        reference, live = layer(reference), layer(live)
        moments = [(x.mean((0, 2)), (x**2).mean((0, 2))) for x in (reference, live)]
        mixed = [ours / 6 + theirs * 5 / 6 for theirs, ours in zip(*moments, strict=True)]
        for name, (mean, square) in (("reference", moments[0]), ("live", mixed)):
            x = reference if name == "reference" else live
            x = (x - mean[:, None]) / np.sqrt(square - mean**2 + 1e-5)[:, None]
            x = x * weights[f"norms.{level}.weight"][:, None] + weights[f"norms.{level}.bias"][:, None]
            x = np.where(x > 0, x, 0.3 * x)
            reference, live = (x, live) if name == "reference" else (reference, x)
    column = np.einsum("bct,c->bt", live, weights["to_one_channel.weight"][0, :, 0])
    expected = column @ weights["dense.weight"][0] + weights["dense.bias"]
    judgement = discriminator(candidate, noisy)
    np.testing.assert_allclose(judgement.score.detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(judgement.features[-1].detach().numpy(), live, rtol=1e-3, atol=1e-4)


def test_the_reference_is_recomputed_with_the_current_weights(discriminator: SEGANDiscriminator) -> None:
    candidate, noisy = pairs(3)
    before = discriminator(candidate, noisy).score
    discriminator.layers[0].conv.weight.data *= 10  # a scale that normalisation takes out again, of both batches
    after = discriminator(candidate, noisy).score
    torch.testing.assert_close(before, after, rtol=0.05, atol=0.05)


def test_another_reference_gives_another_score_and_survives_the_checkpoint(discriminator: SEGANDiscriminator) -> None:
    candidate, noisy = pairs(3)
    other = SEGANDiscriminator(64, NARROW, kernel=7)
    other.set_reference(*pairs(2, seed=5))
    before = copy.deepcopy(discriminator)
    before.set_reference(*pairs(2, seed=5))
    assert not torch.allclose(before(candidate, noisy).score, discriminator(candidate, noisy).score)
    other.load_state_dict(discriminator.state_dict())
    torch.testing.assert_close(other(candidate, noisy).score, discriminator(candidate, noisy).score, rtol=0, atol=0)


def test_without_or_with_an_unfit_reference_it_says_what_to_do(discriminator: SEGANDiscriminator) -> None:
    candidate, noisy = pairs(3)
    with pytest.raises(AudioganError, match="set_reference"):
        SEGANDiscriminator(64, NARROW, kernel=7)(candidate, noisy)
    discriminator.set_reference(*pairs(2, samples=32))
    with pytest.raises(AudioganError, match=r"\(2, 32\).*\(2, 64\)"):
        discriminator(candidate, noisy)


def test_gradients_reach_every_parameter_and_the_candidate(discriminator: SEGANDiscriminator) -> None:
    candidate, noisy = pairs(3)
    candidate.requires_grad_()
    discriminator(candidate, noisy).score.square().sum().backward()
    assert candidate.grad is not None and candidate.grad.abs().min() > 0
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in discriminator.parameters())
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=4)
    generator(noisy, torch.randn(3, 4, 8)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in generator.parameters())


def test_both_run_in_float64_and_under_bf16_autocast(discriminator: SEGANDiscriminator) -> None:
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=4)
    candidate, noisy = pairs(3)
    z = torch.randn(3, 4, 8)
    exact = discriminator.double()(candidate.double(), noisy.double()).score
    assert exact.dtype == torch.float64
    assert generator.double()(noisy.double(), z).dtype == torch.float64
    with torch.autocast("cpu", torch.bfloat16):
        rough = discriminator.float()(candidate, noisy).score
        assert generator.float()(noisy, z).shape == noisy.shape
    torch.testing.assert_close(rough.double(), exact, rtol=0.1, atol=0.05)


def test_nothing_is_drawn_from_the_global_generator(discriminator: SEGANDiscriminator) -> None:
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=4)
    _, noisy = pairs(3)
    state = torch.get_rng_state()
    discriminator(generator(noisy, **generator.draw(Chance(0, 0, [0, 1, 2]), 64)), noisy)
    assert torch.equal(torch.get_rng_state(), state)


def test_with_a_normalised_level_the_output_is_as_loud_as_the_input() -> None:
    torch.manual_seed(0)
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=0, normalise_level=True).double()
    noisy = pairs(2)[0].double()
    for gain in (0.01, 1.0, 3.0):
        torch.testing.assert_close(generator(gain * noisy), gain * generator(noisy), rtol=1e-4, atol=0)
    assert torch.isfinite(generator(torch.zeros_like(noisy))).all()


def test_a_gate_lets_the_input_through_sample_by_sample() -> None:
    torch.manual_seed(0)
    generator = SEGANGenerator(NARROW, kernel=7, latent_channels=0, gated=True)
    noisy = pairs(2)[0]
    last = generator.decoder[-1].conv
    last.weight.data[:, 1] = 0  # the share no longer depends on the input, only on its bias
    for bias, share in ((-40.0, 0.0), (0.0, 0.5), (40.0, 1.0)):
        last.bias.data[1] = bias
        made = generator(noisy)
        if share == 0.0:
            alone = made
        torch.testing.assert_close(made, share * noisy + (1 - share) * alone)
    assert alone.abs().max() < 1 and not torch.allclose(alone, noisy)
