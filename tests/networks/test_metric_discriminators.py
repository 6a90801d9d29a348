"""The discriminators that tell a quality: MetricGAN+'s and CMGAN's."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.networks import CMGANDiscriminator, MetricGANDiscriminator

SAMPLES = 2000
NARROW: dict[type[nn.Module], dict[str, Any]] = {
    MetricGANDiscriminator: {"channels": (3, 3, 3, 3), "hidden": (4,), "fft_size": 64, "hop_length": 32},
    CMGANDiscriminator: {"width": 2, "fft_size": 64, "hop_length": 32},
}
ALL = pytest.mark.parametrize("network", NARROW)


def pair(batch: int = 2) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    clean = 0.1 * torch.randn(batch, 1, SAMPLES, generator=rng)
    return clean + 0.05 * torch.randn(batch, 1, SAMPLES, generator=rng), clean


@pytest.mark.parametrize(
    ("network", "parameters"),
    # Counted from the authors' layers: convolutions, norms, dense layers, slopes.
    [
        (MetricGANDiscriminator, 4 + (2 * 15 * 25 + 15) + 3 * (15 * 15 * 25 + 15) + 16 * 50 + 51 * 10 + 11),
        (CMGANDiscriminator, 16 * (2 * 16 + 16 * 32 + 32 * 64 + 64 * 128) + 3 * 240 + 129 * 64 + 64 + 65 + 1),
    ],
)
def test_with_no_arguments_it_is_the_paper_s(network: type[nn.Module], parameters: int) -> None:
    with torch.device("meta"):
        whole = network()
        judgement = whole(torch.empty(3, 1, 16000), torch.empty(3, 1, 16000))
        judgement.score.sum().backward()
    assert sum(p.numel() for p in whole.parameters()) == parameters
    assert judgement.score.shape == (3,) and len(judgement.features) == 4
    assert all(p.grad is not None for p in whole.parameters())


@ALL
def test_it_looks_at_both_sides_and_at_no_level(network: type[nn.Module]) -> None:
    torch.manual_seed(0)
    judge, (candidate, clean) = network(**NARROW[network]).eval(), pair()
    for p in judge.parameters():
        nn.init.normal_(p, std=0.5)
    score = judge(candidate, clean).score
    torch.testing.assert_close(judge(8 * candidate, 8 * clean).score, score, rtol=0.02, atol=1e-3)
    for other in (judge(clean, clean), judge(candidate, candidate), judge(0.5 * candidate, clean)):
        assert not torch.isclose(other.score, score).any()


@ALL
def test_silence_has_a_finite_gradient(network: type[nn.Module]) -> None:
    judge, silence = network(**NARROW[network]), torch.zeros(2, 1, SAMPLES, requires_grad=True)
    judge(silence, pair()[1]).score.sum().backward()
    assert silence.grad is not None and silence.grad.isfinite().all()
    assert judge(pair()[0], torch.zeros(2, 1, SAMPLES)).score.isfinite().all()


def test_metricgan_s_is_what_its_authors_wrote() -> None:
    """Its layers written out again with plain functions, with weights over their largest singular value."""
    torch.manual_seed(0)
    judge, (candidate, clean) = MetricGANDiscriminator(**NARROW[MetricGANDiscriminator]).eval(), pair()
    level = clean.square().mean(-1, keepdim=True).sqrt()
    sides = [
        torch.stft((x / level)[:, 0], 64, 32, 64, torch.hamming_window(64), return_complex=True).abs().mT
        for x in (candidate, clean)
    ]
    x = torch.log1p(torch.stack(sides, 1)) / (1 + 1e-5) ** 0.5  # the batch norm's running statistics are 0 and 1
    for layer in judge.convolutions:
        x = F.leaky_relu(F.conv2d(x, layer.weight), 0.3)
    hidden = F.leaky_relu(x.mean((2, 3)) @ judge.dense[0].weight.T, 0.3)
    torch.testing.assert_close(judge(candidate, clean).score, (hidden @ judge.dense[1].weight.T)[:, 0])
    for layer in (*judge.convolutions, *judge.dense):
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_cmgan_s_drops_what_was_drawn_and_tells_between_0_and_1() -> None:
    judge, (candidate, clean) = CMGANDiscriminator(**NARROW[CMGANDiscriminator]).eval(), pair(400)
    (dropout,) = judge.draw(Chance(0, 0, range(400))).values()
    assert dropout.shape == (400, 8) and dropout.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert dropout.mean().item() == pytest.approx(1, abs=0.05)
    few = slice(0, 4)
    with_all, with_none = (judge(candidate[few], clean[few], f * torch.ones(4, 8)).score for f in (1, 0))
    torch.testing.assert_close(judge(candidate[few], clean[few]).score, with_all)
    assert with_none.unique().numel() == 1 and ((with_all > 0) & (with_all < 1)).all()
