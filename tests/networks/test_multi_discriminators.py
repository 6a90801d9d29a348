"""The discriminators that look at a waveform in several ways: HiFi-GAN's periods, UnivNet's resolutions, both."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.networks import MultiPeriodDiscriminator, MultiResolutionDiscriminator, UnivNetDiscriminator
from audiogan.objectives import Hinge, LeastSquares, PairedFeatureMatching

SMALL_RESOLUTIONS: dict[str, Any] = {
    "fft_sizes": (64, 32), "hop_lengths": (16, 10), "window_lengths": (48, 32), "width": 3,
}  # fmt: skip
NARROW: dict[type[nn.Module], dict[str, Any]] = {
    MultiPeriodDiscriminator: {"periods": (2, 3), "channels": (3, 4)},
    MultiResolutionDiscriminator: SMALL_RESOLUTIONS,
    UnivNetDiscriminator: {**SMALL_RESOLUTIONS, "periods": (2, 3), "period_channels": (3, 4)},
}
ALL = pytest.mark.parametrize("network", NARROW)


def sounds(seed: int = 0, samples: int = 203, batch: int = 2) -> Tensor:
    return 0.1 * torch.randn(batch, 1, samples, generator=torch.Generator().manual_seed(seed))


def normalised(layer: nn.Module) -> Tensor:
    """g · v / ‖v‖, the norm over all but the outputs (Salimans & Kingma 2016, equation 2)."""
    weights = dict(layer.named_parameters())
    g, v = (weights[f"parametrizations.weight.original{n}"] for n in (0, 1))
    return g * v / v.flatten(1).norm(dim=1).view_as(g)


@pytest.mark.parametrize(
    ("network", "parameters"),
    # Of torchinfo on the authors' code, weight norm's gains among them.
    [(MultiPeriodDiscriminator, 41_105_770), (MultiResolutionDiscriminator, 280_902)],
)
def test_with_no_arguments_it_is_the_paper_s(network: type[nn.Module], parameters: int) -> None:
    with torch.device("meta"):
        whole = network()
        judgement = whole(torch.empty(2, 1, 8192), torch.empty(2, 1, 8192))
        sum(score.sum() for score in judgement.score).backward()
    assert sum(p.numel() for p in whole.parameters()) == parameters
    assert len(judgement.score) == len(whole.parts)
    assert all(p.grad is not None for p in whole.parameters())


def test_univnet_is_both_with_its_own_widths_of_periods() -> None:
    def count(network: nn.Module) -> int:
        return sum(p.numel() for p in network.parameters())

    with torch.device("meta"):
        periods = MultiPeriodDiscriminator(channels=(64, 128, 256, 512, 1024))
        assert count(UnivNetDiscriminator()) == count(periods) + count(MultiResolutionDiscriminator())


def test_a_period_is_a_picture_of_that_many_columns() -> None:
    """Against the paper's words: reshaped to [T / p, p], kernels (k, 1), stride (s, 1) but for the last layer."""
    torch.manual_seed(0)
    network, x = MultiPeriodDiscriminator((3,), (4, 5, 6), kernel=5, stride=2), sounds()
    judgement = network(x, sounds(1))
    picture = F.pad(x, (0, 1), "reflect").view(2, 1, 68, 3)
    for layer, stride in zip(network.parts[0].layers, (2, 2, 1), strict=True):
        picture = F.conv2d(picture, normalised(layer)[..., None], layer.bias, (stride, 1), (2, 0))
        picture = F.leaky_relu(picture, 0.1)
    last = network.parts[0].last
    expected = F.conv2d(picture, normalised(last)[..., None], last.bias, padding=(1, 0))
    found = judgement.score[0].view(2, 3, -1).mT
    torch.testing.assert_close(found, expected[:, 0], rtol=1e-4, atol=1e-6)


def test_a_resolution_is_a_magnitude_spectrogram() -> None:
    """A cosine in the middle of a bin, of amplitude a under a Hann window of N samples, has a magnitude of a N / 4."""
    network = MultiResolutionDiscriminator((64,), (16,), (64,), width=2)
    time = torch.arange(640)
    seen = network.parts[0].spectrogram(0.5 * torch.cos(2 * torch.pi * 10 * time / 64)[None, None])
    assert seen.shape == (1, 1, 33, 40)
    middle = seen[0, 0, :, 4:-4].T
    torch.testing.assert_close(middle[:, 10], torch.full_like(middle[:, 10], 0.5 * 64 / 4), rtol=1e-4, atol=0)
    assert middle.argmax(1).eq(10).all()
    compressed = MultiResolutionDiscriminator((64,), (16,), (64,), width=2, power=0.3).parts[0]
    again = compressed.spectrogram(0.5 * torch.cos(2 * torch.pi * 10 * time / 64)[None, None])
    torch.testing.assert_close(again, seen.pow(0.3), rtol=1e-4, atol=1e-4)


def published_resolution(part: nn.Module, x: Tensor) -> list[Tensor]:
    """The published discriminator of one resolution, by hand: [bins, frames], kernels (3, 9), strides (1, 2).

    As the authors' model/mrd.py has it; a Hann window stands for their rectangular one.
    """
    edge = (part.fft_size - part.hop_length) // 2
    padded = F.pad(x, (edge, edge), "reflect")[:, 0]
    frames = padded.unfold(-1, part.fft_size, part.hop_length)
    before = (part.fft_size - len(part.window)) // 2
    window = F.pad(part.window, (before, part.fft_size - len(part.window) - before))
    picture = torch.fft.rfft(frames * window).abs().clamp(min=1e-4).mT[:, None]
    maps = []
    for layer, stride, width in zip(part.layers, (1, 2, 2, 2, 1), (9, 9, 9, 9, 3), strict=True):
        picture = F.conv2d(picture, normalised(layer), layer.bias, (1, stride), (1, width // 2))
        picture = F.leaky_relu(picture, 0.2)
        maps.append(picture)
    return [*maps, F.conv2d(picture, normalised(part.last), part.last.bias, padding=1)]


@pytest.mark.parametrize("network", [MultiResolutionDiscriminator, UnivNetDiscriminator])
def test_a_resolution_is_the_published_one(network: type[nn.Module]) -> None:
    torch.manual_seed(0)
    judge, x = network(**NARROW[network]), sounds()
    expected = published_resolution(judge.parts[0], x)
    features = judge(x, x).features
    assert features is not None
    for found, one in zip(features[: len(expected)], expected, strict=True):
        torch.testing.assert_close(found, one, rtol=1e-4, atol=1e-6)
    assert [one.shape[-2] for one in expected] == [33] * 6, "bins are kept"
    assert [one.shape[-1] for one in expected] == [12, 6, 3, 2, 2, 2], "time is halved by three layers"


def test_along_frequency_is_the_published_one_of_transposed_spectrograms() -> None:
    torch.manual_seed(0)
    along_time = MultiResolutionDiscriminator(**SMALL_RESOLUTIONS)
    along_frequency = MultiResolutionDiscriminator(**SMALL_RESOLUTIONS, along="frequency")
    along_frequency.load_state_dict(along_time.state_dict())
    x = sounds()
    for one, other in zip(along_time.parts, along_frequency.parts, strict=True):
        other.spectrogram = lambda sound, part=one: part.spectrogram(sound)
        assert torch.equal(one(x)[0], other(x)[0])
    del other.spectrogram
    assert torch.equal(other.spectrogram(x), one.spectrogram(x).mT)


@ALL
def test_it_looks_at_the_noisy_speech_only_where_it_is_told_to(network: type[nn.Module]) -> None:
    for sees in (False, True):
        torch.manual_seed(0)
        judge = network(**NARROW[network], sees_noisy=sees)
        scores = [judge(sounds(0), sounds(seed)).score for seed in (1, 2)]
        assert [torch.equal(*pair) for pair in zip(*scores, strict=True)] == [not sees] * len(judge.parts)


@ALL
def test_candidates_are_judged_each_for_itself(network: type[nn.Module]) -> None:
    judge, x = network(**NARROW[network]), sounds(batch=3)
    together, alone = judge(x, x).score, judge(x[1:2], x[1:2]).score
    for all_scores, own in zip(together, alone, strict=True):
        torch.testing.assert_close(all_scores[1:2], own)


@ALL
@pytest.mark.parametrize("game", [LeastSquares, Hinge])
def test_lists_of_scores_and_paired_features_teach_both_players(
    network: type[nn.Module], game: type[LeastSquares | Hinge]
) -> None:
    judge, real = network(**NARROW[network]), sounds(1)
    fake = sounds(2).requires_grad_()
    of_real, of_fake = judge(real, real), judge(fake, real)
    loss = game().generator_loss(of_fake, None) + PairedFeatureMatching().generator_loss(of_fake, of_real)
    loss.backward()
    assert fake.grad is not None and (fake.grad != 0).any(-1).all()
    assert PairedFeatureMatching().generator_loss(judge(real, real), of_real) == 0
    game().discriminator_loss(judge(real, real), judge(fake.detach(), real)).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in judge.parameters())


@ALL
def test_silence_has_a_finite_gradient(network: type[nn.Module]) -> None:
    judge, silence = network(**NARROW[network]), torch.zeros(1, 1, 256, requires_grad=True)
    sum(score.sum() for score in judge(silence, silence).score).backward()
    assert silence.grad is not None and silence.grad.isfinite().all()


@ALL
def test_half_precision_of_an_autocast_is_taken(network: type[nn.Module]) -> None:
    torch.manual_seed(0)
    judge, x = network(**NARROW[network]), sounds()
    exact = judge(x, x).score
    with torch.autocast("cpu", torch.bfloat16):
        rough = judge(x.bfloat16(), x).score
    for one, other in zip(rough, exact, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=0.05, atol=0.02)


def test_a_window_longer_than_its_transform_is_refused() -> None:
    with pytest.raises(ValueError, match="must not fall"):
        MultiResolutionDiscriminator((64,), (16,), (128,))
