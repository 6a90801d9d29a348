"""DCGAN and SpecGAN to the number, and against plain torch layers."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from audiogan.networks import DCGANDiscriminator, DCGANGenerator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_specgan_s_networks_have_their_parameters_and_shapes() -> None:
    with torch.device("meta"):
        generator = DCGANGenerator(size=128, channels=1, latent_size=100, width=64, kernel=5, normalisation="none")
        discriminator = DCGANDiscriminator(size=128, channels=1, width=64, kernel=5, normalisation="none")
        picture = generator(torch.empty(2, 100))
        judgement = discriminator(picture)
    assert parameters(generator) == 19_065_345
    assert parameters(discriminator) == 17_427_969
    assert (generator.dense.in_features, generator.dense.out_features) == (100, 16 * 1024)
    assert generator.smallest_shape == (1024, 4, 4)
    assert picture.shape == (2, 1, 128, 128)
    assert [tuple(f.shape[1:]) for f in judgement.features] == [
        (64, 64, 64),
        (128, 32, 32),
        (256, 16, 16),
        (512, 8, 8),
        (1024, 4, 4),
    ]


def test_edges_same_are_tensorflow_s() -> None:
    """A kernel of 5 and stride 2: output n sees inputs 2 n - 1 to 2 n + 3, one zero before and two behind."""
    torch.manual_seed(0)
    judge = DCGANDiscriminator(size=8, channels=1, width=3, normalisation="none", edges="same").double()
    picture = torch.randn(1, 1, 8, 8, dtype=torch.float64)
    padded = torch.zeros(11, 11, dtype=torch.float64)
    padded[1:9, 1:9] = picture[0, 0]
    layer = judge.layers[0]
    expected = torch.empty(3, 4, 4, dtype=torch.float64)
    for row in range(4):
        for column in range(4):
            patch = padded[2 * row : 2 * row + 5, 2 * column : 2 * column + 5]
            expected[:, row, column] = (layer.weight[:, 0] * patch).sum((1, 2)) + layer.bias
    found = judge(picture).features[0][0]
    torch.testing.assert_close(found, nn.functional.leaky_relu(expected, 0.2))


@pytest.mark.parametrize("kernel", [2, 3, 4, 5, 6])
def test_the_generator_s_layers_are_the_adjoint_of_the_discriminator_s(kernel: int) -> None:
    """<y, D x> = <G y, x> for layers of the same weights without bias, as conv2d_transpose with "SAME" is."""
    torch.manual_seed(0)
    judge = DCGANDiscriminator(8, 1, 3, kernel, "none", edges="same").double()
    make = DCGANGenerator(8, 1, 5, 3, kernel, "none", edges="same").double()
    x, y = torch.randn(1, 1, 8, 8, dtype=torch.float64), torch.rand(1, 3, 4, 4, dtype=torch.float64)
    make.layers[0].weight.data = judge.layers[0].weight.data
    down = nn.functional.conv2d(nn.functional.pad(x, judge.same), judge.layers[0].weight, stride=2)
    make.smallest_shape, make.norms[0], make.dense = (3, 4, 4), nn.Identity(), nn.Identity()
    up = torch.atanh(make(y.flatten(1) * 1e-3)) * 1e3
    torch.testing.assert_close((y * down).sum(), (up * x).sum(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("kernel", [2, 3, 4, 5, 6])
def test_edges_same_keep_sizes(kernel: int) -> None:
    features = DCGANDiscriminator(28, 1, 2, kernel, edges="same")(torch.zeros(2, 1, 28, 28)).features
    assert [f.shape[-1] for f in features] == [14, 7]
    assert DCGANGenerator(28, 1, 3, 2, kernel, edges="same")(torch.zeros(2, 3)).shape == (2, 1, 28, 28)


def test_with_no_arguments_it_is_the_paper_s() -> None:
    """Figure 1: 100 → 1024×4×4 → 512×8×8 → 256×16×16 → 128×32×32 → 3×64×64."""
    with torch.device("meta"):
        generator = DCGANGenerator()
        assert generator(torch.empty(1, 100)).shape == (1, 3, 64, 64)
    assert [tuple(layer.weight.shape) for layer in generator.layers] == [
        (1024, 512, 5, 5),
        (512, 256, 5, 5),
        (256, 128, 5, 5),
        (128, 3, 5, 5),
    ]
    assert generator.smallest_shape == (1024, 4, 4)


@pytest.mark.parametrize(("size", "sizes"), [(28, [14, 7]), (32, [16, 8, 4]), (8, [4]), (48, [24, 12, 6])])
def test_sizes_halve_down_to_four_to_seven_pixels(size: int, sizes: list[int]) -> None:
    for kernel in (2, 3, 4, 5, 6):
        features = DCGANDiscriminator(size, 1, 2, kernel)(torch.zeros(2, 1, size, size)).features
        assert [f.shape[-1] for f in features] == sizes
        assert DCGANGenerator(size, 1, 3, 2, kernel)(torch.zeros(2, 3)).shape == (2, 1, size, size)


@pytest.mark.parametrize(
    ("size", "smallest", "levels"),
    [((128, 64), (8, 4), 4), ((64, 128), (4, 8), 4), ((96, 28), (24, 7), 2), ((1024, 128), (32, 4), 5)],
)
def test_the_sides_of_oblong_pictures_halve_equally_often(
    size: tuple[int, int], smallest: tuple[int, int], levels: int
) -> None:
    with torch.device("meta"):
        generator, discriminator = DCGANGenerator(size, 2, 6, 3), DCGANDiscriminator(size, 2, 3)
        picture = generator(torch.empty(2, 6))
        judgement = discriminator(picture)
    assert generator.smallest_shape == (3 << (levels - 1), *smallest)
    assert picture.shape == (2, 2, *size)
    assert [tuple(f.shape[2:]) for f in judgement.features] == [
        (size[0] >> n, size[1] >> n) for n in range(1, levels + 1)
    ]
    widths = [2, *(3 << n for n in range(levels))]
    pairs, pixels = list(pairwise(widths)), smallest[0] * smallest[1]
    norms = 2 * sum(widths[1:])
    assert parameters(generator) == 7 * widths[-1] * pixels + sum(25 * i * o + i for i, o in pairs) + norms
    convolutions = sum(25 * i * o + o for i, o in pairs)
    assert parameters(discriminator) == convolutions + norms - 2 * 3 + widths[-1] * pixels + 1


@pytest.mark.parametrize("size", [(60, 64), (64, 100)])
def test_oblong_sizes_that_do_not_fit_are_refused(size: tuple[int, int]) -> None:
    for network in (DCGANGenerator, DCGANDiscriminator):
        with pytest.raises(ValueError, match=rf"pictures of {size[0]} × {size[1]} pixels .* take \d+ or \d+ for the"):
            network(size)


def copied(plain: nn.Module, weights: list[torch.Tensor]) -> nn.Module:
    """A plain network with these weights, in order."""
    own = list(plain.parameters())
    assert [p.shape for p in own] == [w.shape for w in weights]
    for parameter, weight in zip(own, weights, strict=True):
        parameter.data = weight.detach().clone()
    return plain


def test_the_generator_is_the_plain_network() -> None:
    torch.manual_seed(0)
    generator = DCGANGenerator((28, 36), 1, latent_size=6, width=4, kernel=5).double()
    for parameter in generator.parameters():
        nn.init.normal_(parameter, std=0.3)
    weights = [generator.dense.weight, generator.dense.bias]
    for norm, layer in zip(generator.norms, generator.layers, strict=True):
        weights += [norm.weight, norm.bias, layer.weight, layer.bias]
    plain = copied(
        nn.Sequential(
            nn.Linear(6, 8 * 7 * 9),
            nn.Unflatten(1, (8, 7, 9)),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 4, 5, 2, 2, output_padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 5, 2, 2, output_padding=1),
            nn.Tanh(),
        ).double(),
        weights,
    )
    latent = torch.randn(3, 6).double()
    torch.testing.assert_close(generator(latent), plain(latent))
    torch.testing.assert_close(generator.eval()(latent), plain.eval()(latent))  # running statistics moved alike


@pytest.mark.parametrize("normalised", [True, False])
def test_the_discriminator_is_the_plain_network(normalised: bool) -> None:
    torch.manual_seed(0)
    discriminator = DCGANDiscriminator((28, 36), 1, 4, 4, "batch" if normalised else "none").double()
    for parameter in discriminator.parameters():
        nn.init.normal_(parameter, std=0.3)
    first, second = discriminator.layers
    norm = discriminator.norms[1]
    weights = [first.weight, first.bias, second.weight, second.bias]
    weights += [norm.weight, norm.bias] if normalised else []
    plain = copied(
        nn.Sequential(
            nn.Conv2d(1, 4, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4, 8, 4, 2, 1),
            nn.BatchNorm2d(8) if normalised else nn.Identity(),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(8 * 7 * 9, 1),
        ).double(),
        [*weights, discriminator.score.weight, discriminator.score.bias],
    )
    pictures = torch.randn(3, 1, 28, 36).double()
    torch.testing.assert_close(discriminator(pictures).score, plain(pictures)[:, 0])


def test_virtual_normalisation_compares_with_the_reference_it_holds() -> None:
    torch.manual_seed(0)
    discriminator = DCGANDiscriminator(16, 1, 4, normalisation="virtual", classes=2)
    pictures, label = torch.randn(2, 1, 16, 16), torch.tensor([0, 1])
    discriminator.set_reference(torch.randn(5, 1, 16, 16), torch.tensor([0, 1, 0, 1, 0]))
    scores = discriminator(pictures, label).score
    assert scores.shape == (2,)
    discriminator.set_reference(3 * torch.randn(5, 1, 16, 16), torch.tensor([0, 1, 0, 1, 0]))
    assert (discriminator(pictures, label).score - scores).abs().min() > 1e-4
    twin = DCGANDiscriminator(16, 1, 4, normalisation="virtual", classes=2)
    twin.load_state_dict(discriminator.state_dict())
    torch.testing.assert_close(twin(pictures, label).score, discriminator(pictures, label).score)


def test_weights_start_as_published() -> None:
    torch.manual_seed(0)
    for network in (DCGANGenerator(32, 1, 100, 32), DCGANDiscriminator(32, 1, 32)):
        weights = [m.weight for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
        everything = torch.cat([w.detach().flatten() for w in weights])
        assert everything.std().item() == pytest.approx(0.02, rel=0.02)
        assert abs(everything.mean().item()) < 1e-4
    glorot = DCGANGenerator(32, 1, 100, 32, normalisation="none")
    assert glorot.dense.weight.abs().max().item() == pytest.approx((6 / (100 + 2048)) ** 0.5, rel=0.01)
    assert not glorot.dense.bias.any()


def test_the_deviation_of_the_batch_shows_the_last_layer_when_all_are_alike() -> None:
    torch.manual_seed(0)
    discriminator = DCGANDiscriminator(16, 1, 4, normalisation="none", minibatch_deviation=True)
    pictures = torch.randn(4, 1, 16, 16)
    alike = pictures[:1].expand(4, -1, -1, -1)
    assert (discriminator(pictures).score[0] - discriminator(alike).score[0]).abs() > 1e-3
    without = DCGANDiscriminator(16, 1, 4, normalisation="none")
    torch.testing.assert_close(without(pictures).score[0], without(alike).score[0])
