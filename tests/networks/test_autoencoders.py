"""Discriminators that are autoencoders: BEGAN's, EBGAN's, that of points and that of sound."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from audiogan.networks import (
    BEGANDiscriminator,
    BEGANGenerator,
    EBGANDiscriminator,
    PointAutoencoderDiscriminator,
    WaveAutoencoderDiscriminator,
)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_began_s_layers_come_to_their_parameters() -> None:
    """Figure 1 of the paper at 64 pixels, n = 128: 8 → 16 → 32 → 64, widths n, 2n, 3n, 4n in the encoder."""
    n, code = 128, 64
    decoder = code * 64 * n + 64 * n + 8 * (9 * n * n + n) + 9 * n * 3 + 3
    encoder = 9 * 3 * n + n
    encoder += 2 * (9 * n * n + n)
    for level in (1, 2, 3):
        width, wider = level * n, (level + 1) * n
        encoder += 9 * width * width + width  # of stride 2
        encoder += 9 * width * wider + wider + 9 * wider * wider + wider
    encoder += 64 * 4 * n * code + code
    with torch.device("meta"):
        assert parameters(BEGANGenerator()) == decoder
        assert parameters(BEGANDiscriminator()) == encoder + decoder


def test_began_s_generator_doubles_by_the_nearest_pixel() -> None:
    torch.manual_seed(0)
    generator = BEGANGenerator(14, 1, 5, 4).double()
    latent = torch.randn(2, 5).double()
    x = generator.dense(latent).view(2, 4, 7, 7)
    first, second, third, fourth = generator.layers
    x = F.elu(second(F.elu(first(x))))
    x = x.repeat_interleave(2, -1).repeat_interleave(2, -2)
    x = F.elu(fourth(F.elu(third(x))))
    torch.testing.assert_close(generator(latent), generator.to_picture(x))


@pytest.mark.parametrize(("size", "smallest"), [(28, 7), (32, 8), (64, 8), (48, 12)])
def test_pictures_halve_down_to_seven_to_thirteen_pixels(size: int, smallest: int) -> None:
    features = BEGANDiscriminator(size, 1, 3, 2)(torch.zeros(2, 1, size, size)).features
    assert (features[0].shape[-1], features[-1].shape[-1]) == (size, smallest)
    assert EBGANDiscriminator(size, 1, 2)(torch.zeros(2, 1, size, size)).features[-1].shape[-1] == smallest


def test_oblong_pictures_are_rebuilt() -> None:
    torch.manual_seed(0)
    pictures = torch.randn(3, 1, 32, 56)
    began, ebgan = BEGANDiscriminator((32, 56), 1, 3, 2).eval(), EBGANDiscriminator((32, 56), 1, 4).eval()
    assert [f.shape[2:] for f in began(pictures).features[::3]] == [(32, 56), (16, 28), (8, 14)]
    assert BEGANGenerator((32, 56), 1, 5, 4)(torch.randn(2, 5)).shape == (2, 1, 32, 56)
    rebuilt = began.decoder(began(pictures).code)
    torch.testing.assert_close(began(pictures).score, (rebuilt - pictures).abs().mean((1, 2, 3)))
    judgement = ebgan(pictures)
    rebuilt = ebgan.decoder(judgement.code.view(3, 8, 8, 14))
    torch.testing.assert_close(judgement.score, (rebuilt - pictures).square().mean((1, 2, 3)))


@pytest.mark.parametrize("error", ["absolute", "square"])
def test_the_score_is_the_error_of_each_candidate(error: str) -> None:
    torch.manual_seed(0)
    network = BEGANDiscriminator(14, 2, 3, 2, error)
    pictures = torch.randn(3, 2, 14, 14)
    judgement = network(pictures)
    for picture, score, code in zip(pictures, judgement.score, judgement.code, strict=True):
        difference = picture - network.decoder(code[None])[0]
        expected = difference.abs().mean() if error == "absolute" else difference.square().mean()
        torch.testing.assert_close(score, expected)


def test_ebgan_s_score_is_the_mean_square_of_what_its_code_loses() -> None:
    torch.manual_seed(0)
    network = EBGANDiscriminator(28, 1, 4).eval()
    pictures = torch.randn(3, 1, 28, 28)
    judgement = network(pictures)
    assert judgement.code.shape == (3, 8 * 7 * 7)
    rebuilt = network.decoder(judgement.code.view(3, 8, 7, 7))
    torch.testing.assert_close(judgement.score, (rebuilt - pictures).square().mean((1, 2, 3)))


@pytest.mark.parametrize("error", ["absolute", "square"])
def test_points_are_rebuilt_from_their_code(error: str) -> None:
    torch.manual_seed(0)
    network = PointAutoencoderDiscriminator(8, 2, 3, error)
    points = torch.randn(5, 2)
    judgement = network(points)
    assert judgement.code.shape == (5, 3)
    difference = network.to_point(network.decoder(judgement.code)[-1]) - points
    expected = difference.abs() if error == "absolute" else difference.square()
    torch.testing.assert_close(judgement.score, expected.mean(1))


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: BEGANDiscriminator(14, 1, 4, 4), (1, 14, 14)),
        (lambda: EBGANDiscriminator(14, 1, 4), (1, 14, 14)),
        (lambda: PointAutoencoderDiscriminator(16), (2,)),
        (lambda: WaveAutoencoderDiscriminator(64, 1, 4, 9, 4), (1, 64)),
    ],
    ids=["BEGAN", "EBGAN", "points", "sound"],
)
def test_an_autoencoder_learns_to_rebuild(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    network = make()
    batch = torch.linspace(-1, 1, 16).view(16, *[1] * len(shape)).expand(16, *shape)  # each of one grey
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    errors = []
    for _ in range(60):
        loss = network(batch).score.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(loss.item())
    assert errors[-1] < 0.5 * errors[0]
    assert network.is_autoencoder
