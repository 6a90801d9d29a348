"""Judgements and critics of which everything is known."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from audiogan.judgement import Judgement

BATCH, CLASSES = 4, 3
CATEGORIES, CONTINUOUS = (3, 2), 2
CODES = sum(CATEGORIES) + CONTINUOUS


class LinearCritic(nn.Module):
    """w · x, or with a condition beside it w · x + v · condition."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 2, size))

    def forward(self, candidate: Tensor, condition: Tensor | None = None) -> Judgement:
        score = candidate.flatten(1) @ self.weight.to(candidate.dtype)
        return Judgement(score if condition is None else score + condition.flatten(1).sum(1) ** 3)


def judgement(seed: int, batch: int = BATCH) -> Judgement:
    """One with all fields filled in, in float64; the scores are 0 or more, as an autoencoder's are."""
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(batch, *shape, generator=rng, dtype=torch.float64)

    choices = [torch.eye(n, dtype=torch.float64)[torch.randint(n, (batch,), generator=rng)] for n in CATEGORIES]
    return Judgement(
        score=draw().abs(),
        features=[draw(5), draw(2, 3)],
        code=draw(2, 4),
        label_logits=draw(CLASSES),
        latent_estimate=draw(CODES),
        label=torch.randint(CLASSES, (batch,), generator=rng),
        latent=torch.cat([*choices, draw(CONTINUOUS)], dim=1),
        target=draw().abs().clamp(max=1),
    )


def judge_in(side: Judgement, dtype: torch.dtype, device: str = "cpu") -> tuple[Judgement, list[Tensor]]:
    """The same as a network in that precision would give it, and its leaves, of which gradients can be asked."""

    def leaf(x: Tensor) -> Tensor:
        leaves.append(x.to(device, dtype).requires_grad_())
        return leaves[-1]

    leaves: list[Tensor] = []
    assert isinstance(side.score, Tensor) and side.features is not None and side.code is not None
    assert side.label_logits is not None and side.latent_estimate is not None
    assert side.label is not None and side.latent is not None and side.target is not None
    copy = Judgement(
        score=leaf(side.score),
        features=[leaf(f) for f in side.features],
        code=leaf(side.code),
        label_logits=leaf(side.label_logits),
        latent_estimate=leaf(side.latent_estimate),
        label=side.label.to(device),
        latent=side.latent.to(device, torch.float32),
        target=side.target.to(device, torch.float32),
    )
    return copy, leaves
