"""The progressively grown GAN: its parameters, its layers and how it grows."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.networks import ProGANDiscriminator, ProGANGenerator
from audiogan.networks.progan import EqualisedConv, EqualisedLinear, PixelNorm, doubled, faded, resolutions


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.fixture
def generator() -> ProGANGenerator:
    torch.manual_seed(0)
    return ProGANGenerator(32, 2, 5, 4, 8).double()


@pytest.fixture
def discriminator() -> ProGANDiscriminator:
    torch.manual_seed(1)
    return ProGANDiscriminator(32, 2, 4, 8).double()


def test_with_no_arguments_it_has_the_parameters_of_the_paper() -> None:
    """Table 2 tells 23.1 M each; the numbers are what the layers of that table come to, with all levels' 1×1 layers."""
    widths = [512, 512, 512, 512, 256, 128, 64, 32, 16]
    pairs = list(pairwise(widths))
    generator = 512 * 16 * 512 + 512 + 9 * 512**2 + 512
    generator += sum(9 * (below + width) * width + 2 * width for below, width in pairs)
    generator += sum(3 * width + 3 for width in widths)
    discriminator = sum(9 * (width * width + width * below) + width + below for below, width in pairs)
    discriminator += sum(4 * width for width in widths)
    discriminator += 9 * 513 * 512 + 512 + 512 * 16 * 512 + 512 + 513
    with torch.device("meta"):
        assert parameters(ProGANGenerator()) == generator == 23_079_115
        assert parameters(ProGANDiscriminator()) == discriminator == 23_087_249


def test_gansynth_s_networks_have_the_layers_of_its_paper() -> None:
    """Appendix D and magenta's configuration: (2, 16) pixels of 256 channels first, 128 × 1024 of 32 at last.

    Blocks of 256, 256, 256, 256, 128, 64 and 32 channels; 256 numbers of noise and 61 pitches; two channels of picture.
    """
    widths = [256, 256, 256, 256, 128, 64, 32]
    pairs = list(pairwise(widths))
    generator = 317 * 32 * 256 + 256 + 9 * 256**2 + 256
    generator += sum(9 * (below + width) * width + 2 * width for below, width in pairs)
    generator += sum(2 * width + 2 for width in widths)
    discriminator = sum(9 * (width * width + width * below) + width + below for below, width in pairs)
    discriminator += sum(3 * width for width in widths)
    discriminator += 9 * 257 * 256 + 256 + 32 * 256 * 256 + 256 + 257 + 257 * 61
    options = {"size": (1024, 128), "channels": 2, "width": 32, "max_width": 256, "classes": 61}
    with torch.device("meta"):
        made = ProGANGenerator(**options, latent_size=256, output="tanh")
        judge = ProGANDiscriminator(**options, condition="auxiliary")
        picture = made(torch.empty(4, 256), torch.zeros(4, dtype=torch.int64))
        judged = judge(picture)
    assert parameters(made) == generator == 7_311_246
    assert parameters(judge) == discriminator == 6_831_230
    assert made.widths == judge.widths == widths
    assert picture.shape == (4, 2, 1024, 128) and judged.label_logits.shape == (4, 61)
    assert [f.shape[2:] for f in judged.features[:-1]] == [(1024 >> n, 128 >> n) for n in range(1, 7)]


@pytest.mark.parametrize(
    ("size", "first", "levels"),
    [
        (1024, (4, 4), 9),
        (128, (4, 4), 6),
        ((64, 64), (4, 4), 5),
        (8, (4, 4), 2),
        ((1024, 128), (16, 2), 7),  # GANSynth's, turned
        ((128, 1024), (2, 16), 7),
        ((512, 256), (8, 4), 7),  # its other one
        ((128, 64), (8, 4), 5),
        ((1024, 64), (32, 2), 6),
    ],
)
def test_levels_start_as_published(size: int | tuple[int, int], first: tuple[int, int], levels: int) -> None:
    found = resolutions(size)
    assert found == [(first[0] << level, first[1] << level) for level in range(levels)]
    assert found[-1] == (size if isinstance(size, tuple) else (size, size))


@pytest.mark.parametrize("size", [(16, 8), (8, 64)])
def test_oblong_pictures_grow_and_are_judged_at_every_level(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    generator = ProGANGenerator(size, 1, 5, 4, 8, output="tanh").double()
    discriminator = ProGANDiscriminator(size, 1, 4, 8).double()
    latent, real = torch.randn(4, 5).double(), torch.randn(4, 1, *size).double()
    for level, sides in enumerate(resolutions(size)):
        for network in (generator, discriminator):
            network.set_growth(level, 0.5)
        picture = generator(latent)
        assert picture.shape == faded(real, level, 0.5).shape == (4, 1, *sides)
        assert discriminator(picture).score.shape == (4,)
        with pytest.raises(AudioganError, match="takes pictures of shape"):
            discriminator(picture.mT)


def test_the_first_layer_is_a_convolution_of_the_whole_first_picture() -> None:
    """As GANSynth builds it: the latent, padded all round, under a kernel of 16 × 2 at √2 / √(all its inputs)."""
    torch.manual_seed(0)
    generator = ProGANGenerator((1024, 128), 1, 7, 1, 6).double()
    latent = PixelNorm()(torch.randn(3, 7).double())
    kernel = generator.dense.weight.view(6, 16, 2, 7).permute(0, 3, 1, 2).flip(2, 3)
    padded = F.pad(latent[:, :, None, None], (1, 1, 15, 15))
    expected = F.conv2d(padded, kernel * math.sqrt(2 / (7 * 16 * 2)))
    torch.testing.assert_close(generator.dense(latent).view(3, 6, 16, 2), expected)


@pytest.mark.parametrize("level", [1, 2])
def test_tanh_ends_every_level_before_they_fade(level: int) -> None:
    torch.manual_seed(0)
    generator = ProGANGenerator((16, 32), 1, 5, 4, 8, output="tanh").double()
    linear = ProGANGenerator((16, 32), 1, 5, 4, 8).double()
    linear.load_state_dict(generator.state_dict())
    latent = 3 * torch.randn(4, 5).double()

    def at(network: ProGANGenerator, level: int, fade: float) -> Tensor:
        network.set_growth(level, fade)
        return network(latent)

    below, above = torch.tanh(at(linear, level - 1, 1.0)), torch.tanh(at(linear, level, 1.0))
    torch.testing.assert_close(at(generator, level, 1.0), above)
    torch.testing.assert_close(at(generator, level, 0.25), 0.75 * doubled(below) + 0.25 * above)


@pytest.mark.parametrize("gain", [math.sqrt(2), 1.0])
def test_equalised_layers_scale_unit_weights_by_gain_over_root_inputs(gain: float) -> None:
    torch.manual_seed(0)
    linear, conv = EqualisedLinear(7, 5, gain).double(), EqualisedConv(3, 4, 3, gain).double()
    nn.init.normal_(linear.bias)
    nn.init.normal_(conv.bias)
    x, picture = torch.randn(2, 7).double(), torch.randn(2, 3, 6, 6).double()
    torch.testing.assert_close(linear(x), x @ linear.weight.T * (gain / math.sqrt(7)) + linear.bias)
    expected = F.conv2d(picture, conv.weight, padding=1) * (gain / math.sqrt(27)) + conv.bias[:, None, None]
    torch.testing.assert_close(conv(picture), expected)


def test_equalised_layers_start_at_unit_deviation_and_keep_the_variance() -> None:
    torch.manual_seed(0)
    linear = EqualisedLinear(512, 512)
    assert linear.weight.std().item() == pytest.approx(1, rel=0.01)
    assert not linear.bias.any()
    # LeakyReLU halves the mean square (nearly); the gain √2 makes up for it.
    out = F.leaky_relu(linear(torch.randn(512, 512)), 0.2)
    assert out.square().mean().item() == pytest.approx(1 + 0.04, rel=0.03)


def test_pixel_norm_leaves_a_mean_square_of_one() -> None:
    x = torch.randn(2, 6, 3, 4).double()
    normalised = PixelNorm()(x)
    expected = x / torch.sqrt((x**2).sum(1, keepdim=True) / 6 + 1e-8)
    torch.testing.assert_close(normalised, expected)
    torch.testing.assert_close(normalised.square().mean(1), torch.ones(2, 3, 4).double(), atol=1e-6, rtol=0)
    assert not PixelNorm()(torch.zeros(1, 6)).any()


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_a_level_has_its_size_and_uses_no_layer_above(
    generator: ProGANGenerator, discriminator: ProGANDiscriminator, level: int
) -> None:
    for network in (generator, discriminator):
        network.set_growth(level, 1.0)
    side = 4 << level
    picture = generator(torch.randn(4, 5).double())
    assert picture.shape == (4, 2, side, side)
    discriminator(picture).score.sum().backward()
    for network, ends in ((generator, "to_picture"), (discriminator, "from_picture")):
        used = {name for name, p in network.named_parameters() if p.grad is not None}
        assert {name.split(".")[1] for name in used if name.startswith(ends)} == {str(level)}
        assert {name.split(".")[1] for name in used if name.startswith("blocks")} == {str(n) for n in range(level)}


@pytest.mark.parametrize("level", [1, 2, 3])
def test_fading_goes_from_the_level_below_to_the_level_itself(
    generator: ProGANGenerator, discriminator: ProGANDiscriminator, level: int
) -> None:
    latent = torch.randn(4, 5).double()

    def at(level: int, fade: float) -> Tensor:
        generator.set_growth(level, fade)
        return generator(latent)

    below, above = at(level - 1, 1.0), at(level, 1.0)
    torch.testing.assert_close(at(level, 0.0), doubled(below))
    torch.testing.assert_close(at(level, 0.25), 0.75 * doubled(below) + 0.25 * above)

    picture = torch.randn(4, 2, 4 << level, 4 << level).double()

    def judged(level: int, fade: float, picture: Tensor) -> Tensor:
        discriminator.set_growth(level, fade)
        return discriminator(picture).score

    smaller = judged(level - 1, 1.0, F.avg_pool2d(picture, 2))
    torch.testing.assert_close(judged(level, 0.0, picture), smaller)
    assert (judged(level, 0.5, picture) - smaller).abs().min() > 1e-6
    assert (judged(level, 1.0, picture) - judged(level, 0.5, picture)).abs().min() > 1e-6


def test_real_pictures_fade_as_generated_ones_do() -> None:
    pictures = torch.arange(64.0).view(1, 1, 8, 8)
    torch.testing.assert_close(faded(pictures, 1, 1.0), pictures)
    quarter = pictures.view(1, 1, 4, 2, 4, 2).mean((3, 5))
    torch.testing.assert_close(faded(pictures, 0, 1.0), quarter)
    torch.testing.assert_close(faded(pictures, 0, 0.3), quarter)  # there is nothing below the first level
    coarse = quarter.repeat_interleave(2, -1).repeat_interleave(2, -2)
    torch.testing.assert_close(faded(pictures, 1, 0.0), coarse)
    torch.testing.assert_close(faded(pictures, 1, 0.25), 0.25 * pictures + 0.75 * coarse)


def test_oblong_real_pictures_fade_too() -> None:
    pictures = torch.arange(8.0 * 16).view(1, 1, 8, 16)
    half = pictures.view(1, 1, 4, 2, 8, 2).mean((3, 5))
    torch.testing.assert_close(faded(pictures, 0, 1.0), half)
    coarse = half.repeat_interleave(2, -1).repeat_interleave(2, -2)
    torch.testing.assert_close(faded(pictures, 1, 0.25), 0.25 * pictures + 0.75 * coarse)


def test_growth_is_not_in_the_state_dict(generator: ProGANGenerator) -> None:
    latent = torch.randn(2, 5).double()
    grown = generator(latent)
    state = {name: value.clone() for name, value in generator.state_dict().items()}
    generator.set_growth(1, 0.5)
    assert state.keys() == generator.state_dict().keys()
    twin = ProGANGenerator(32, 2, 5, 4, 8).double()
    twin.load_state_dict(generator.state_dict())
    torch.testing.assert_close(twin(latent), grown)


@pytest.mark.parametrize(("level", "fade"), [(-1, 1.0), (4, 1.0), (1, 1.5), (1, -0.1)])
def test_levels_that_are_not_there_are_refused(generator: ProGANGenerator, level: int, fade: float) -> None:
    with pytest.raises(ValueError, match=f"level {level} of 4"):
        generator.set_growth(level, fade)


@pytest.mark.parametrize("size", [4, 28, 0, 33, (128, 100), (100, 128), (4, 64)])
def test_sizes_that_are_no_powers_of_two_are_refused(size: int | tuple[int, int]) -> None:
    words = size if isinstance(size, int) else f"{size[0]} × {size[1]}"
    for network in (ProGANGenerator, ProGANDiscriminator):
        with pytest.raises(ValueError, match=f"pictures of {words} pixels .* power of two"):
            network(size)


def test_every_convolution_gets_pixels_with_their_channels_side_by_side(
    generator: ProGANGenerator, discriminator: ProGANDiscriminator
) -> None:
    """As long as there are several pixels and several channels; of one of them both layouts are the same."""
    found = []

    def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if min(inputs[0].shape[1:]) > 1:
            found.append(inputs[0].is_contiguous(memory_format=torch.channels_last))

    for network in (generator, discriminator):
        network.set_growth(2, 0.5)
        for name, module in network.named_modules():
            if isinstance(module, nn.Conv2d) and not name.startswith("last"):
                module.register_forward_pre_hook(look)
    picture = generator(torch.randn(4, 5).double())
    rows = picture.detach().contiguous()
    torch.testing.assert_close(discriminator(picture).score, discriminator(rows).score)
    # One convolution, two of each of two levels and two to pictures; twice: two from pictures, two of each level.
    assert found == [True] * (1 + 4 + 2 + 2 * (2 + 4))


def test_the_discriminator_sees_when_all_are_alike(discriminator: ProGANDiscriminator) -> None:
    pictures = torch.randn(4, 2, 32, 32).double()
    alike = pictures[:1].expand(4, -1, -1, -1)
    assert (discriminator(pictures).score[0] - discriminator(alike).score[0]).abs() > 1e-4
