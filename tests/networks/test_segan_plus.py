"""SEGAN+ to the number."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.networks import SEGANPlusDiscriminator, SEGANPlusGenerator

NARROW = (4, 6)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def narrow_discriminator(**options: int) -> SEGANPlusDiscriminator:
    torch.manual_seed(2)
    return SEGANPlusDiscriminator(samples=64, channels=NARROW, kernel=7, hidden=(5,), **options)


def test_the_published_networks_have_their_parameters_and_run_on_meta() -> None:
    with torch.device("meta"):
        generator, discriminator = SEGANPlusGenerator(), SEGANPlusDiscriminator()
        noisy = torch.empty(2, 1, 16_384)
        output = generator(noisy, torch.empty(2, 1024, 16))
        judgement = discriminator(output, noisy, shifts=[1, -2, 3, -4, 5])
        judgement.score.sum().backward()
    assert parameters(generator) == 64_770_561
    assert parameters(discriminator) == 25_825_793
    assert output.shape == noisy.shape and judgement.score.shape == (2,)
    assert [tuple(f.shape[1:]) for f in judgement.features or []] == [
        (64 << level, 4096 >> 2 * level) for level in range(5)
    ]
    assert all(p.grad is not None for p in (*generator.parameters(), *discriminator.parameters()))


def test_the_generator_reflects_its_edges_and_weighs_its_skips() -> None:
    """Two layers written out again with plain functions."""
    torch.manual_seed(0)
    generator = SEGANPlusGenerator((3, 5), kernel=7, stride=4, latent_channels=2).double()
    assert all((gain == 1).all() for gain in generator.skip_gains)
    for parameter in generator.parameters():
        nn.init.normal_(parameter)
    noisy, z = torch.randn(2, 1, 32).double(), torch.randn(2, 2, 2).double()

    def conv(x: Tensor, layer: nn.Module) -> Tensor:
        padded = torch.cat([x[..., 1:3].flip(-1), x, x[..., -4:-1].flip(-1)], dim=-1)
        return nn.functional.conv1d(padded, layer.conv.weight, layer.conv.bias, stride=4)

    def transposed(x: Tensor, layer: nn.Module) -> Tensor:
        full = nn.functional.conv_transpose1d(x, layer.conv.weight, layer.conv.bias, stride=4)
        return full[..., 1 : 1 + 4 * x.shape[-1]]

    def prelu(x: Tensor, layer: nn.Module) -> Tensor:
        return torch.where(x > 0, x, layer.weight[:, None] * x)

    first = conv(noisy, generator.encoder[0])
    code = conv(prelu(first, generator.encoder_activations[0]), generator.encoder[1])
    code = torch.cat([z, prelu(code, generator.encoder_activations[1])], dim=1)
    level = prelu(transposed(code, generator.decoder[0]), generator.decoder_activations[0])
    level = torch.cat([level, generator.skip_gains[0] * first], dim=1)
    torch.testing.assert_close(generator(noisy, z), transposed(level, generator.decoder[1]).tanh())


def test_shifts_rotate_the_input_of_each_layer() -> None:
    """The first shift is a rotation of the input; the second rotates what the first layer gave."""
    discriminator = narrow_discriminator().eval()
    candidate, noisy = torch.randn(2, 1, 64), torch.randn(2, 1, 64)
    rolled = discriminator(candidate.roll(3, -1), noisy.roll(3, -1)).score
    torch.testing.assert_close(discriminator(candidate, noisy, shifts=[3, 0]).score, rolled)
    first = discriminator(candidate, noisy).features[0]
    second = discriminator.layers[1](first.roll(-2, -1))
    torch.testing.assert_close(discriminator(candidate, noisy, shifts=[0, -2]).features[1], second)


def test_shifts_are_drawn_once_for_the_batch_and_never_stand_still() -> None:
    discriminator = narrow_discriminator()
    seen: set[int] = set()
    for step in range(200):
        shifts = discriminator.draw(Chance(7, step, [0, 1]))["shifts"]
        assert shifts == discriminator.draw(Chance(7, step, [5]))["shifts"] and len(shifts) == 2
        seen.update(shifts)
    assert seen == {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}
    assert narrow_discriminator(max_shift=0).draw(Chance(7, 0, [0])) == {}


def test_lengths_that_reflection_cannot_fill_are_refused() -> None:
    generator = SEGANPlusGenerator(NARROW, kernel=31, latent_channels=0)
    assert generator(torch.zeros(1, 1, 64)).shape == (1, 1, 64)
    with pytest.raises(AudioganError, match="multiple of 16 samples, 64 or more"):
        generator(torch.zeros(1, 1, 48))
    with pytest.raises(AudioganError, match="multiple of 1024 samples, 4096 or more"):
        SEGANPlusDiscriminator(samples=3072)
    with pytest.raises(AudioganError, match="judges 64 samples"):
        narrow_discriminator()(torch.zeros(1, 1, 128), torch.zeros(1, 1, 128))


def test_both_run_in_float64_and_under_bf16_autocast() -> None:
    generator, discriminator = SEGANPlusGenerator(NARROW, 7, latent_channels=3), narrow_discriminator().eval()
    noisy, z = torch.randn(3, 1, 64), torch.randn(3, 3, 4)
    exact = generator.double()(noisy.double(), z)
    score = discriminator.double()(exact, noisy.double()).score
    assert score.dtype == torch.float64
    generator.float(), discriminator.float()
    with torch.autocast("cpu", torch.bfloat16):
        rough = generator(noisy, z)
        rough_score = discriminator(rough, noisy).score
    torch.testing.assert_close(rough.double(), exact, rtol=0.1, atol=0.05)
    torch.testing.assert_close(rough_score.double(), score, rtol=0.1, atol=0.1)
