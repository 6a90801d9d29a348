"""Boundary equilibrium GAN (Berthelot et al. 2017, arXiv:1703.10717)."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores
from audiogan.processes import mean_over_processes


class BEGAN(Objective):
    """An autoencoder's errors on real and fake are held in a ratio γ by a control variable k.

    With L, the score, a candidate's mean absolute reconstruction error: discriminator L(x) − k L(G(z)), generator
    L(G(z)), and after each step k ← clip(k + rate (γ L(x) − L(G(z))), 0, 1), from 0.

    `vitals` tells k and the paper's measure of convergence, L(x) + |γ L(x) − L(G(z))|, lower is better.

    Args:
        gamma: γ, the wanted L(G(z)) / L(x): lower gives sharper and less diverse candidates.
        rate: λ of k in the paper.
    """

    is_game = True
    needs_autoencoder = True
    k: Tensor
    convergence: Tensor

    def __init__(
        self,
        gamma: Annotated[float, Field(gt=0, le=1)] = 0.5,
        rate: Annotated[float, Field(gt=0)] = 0.001,
    ) -> None:
        super().__init__()
        self.gamma, self.rate = gamma, rate
        self.register_buffer("k", torch.zeros(()))
        self.register_buffer("convergence", torch.zeros(()))

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return _error(real) - self.k * _error(fake)

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return _error(fake)

    @torch.no_grad()
    def after_step(self, real: Judgement, fake: Judgement) -> None:
        error = mean_over_processes(_error(real))
        imbalance = self.gamma * error - mean_over_processes(_error(fake))
        self.k.add_(self.rate * imbalance).clamp_(0, 1)
        self.convergence.copy_(error + imbalance.abs())

    def vitals(self) -> dict[str, Tensor]:
        return {"k": self.k, "convergence": self.convergence}


def _error(judgement: Judgement) -> Tensor:
    return mean_over_scores(judgement, lambda e: e)
