"""Penalties on the gradient of the score by the candidate: WGAN-GP, its one-sided form, and R1.

Both ask each candidate alone how steeply its score rises there: the norm is taken over all axes but the batch. Only the
sum of the scores is differentiated, which gives each candidate its own gradient as long as no layer, like batch norm,
lets the score of one depend on the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from audiogan.objectives.objective import Judge, Objective

if TYPE_CHECKING:
    from audiogan.chance import Chance

Steps = Annotated[int, Field(ge=1)]


class GradientPenalty(Objective):
    """mean (‖∇D(x̂)‖ − target)², x̂ between real and fake (Gulrajani et al. 2017, arXiv:1704.00028).

    x̂ = α x + (1 − α) G(z), with an α of its own, uniform in [0, 1), for each candidate. The paper's weight is 10.

    Args:
        sided: "two" draws the norm to the target; "one" lets norms under it be, max(0, ‖∇D(x̂)‖ − target)².
        target: the norm that is wanted.
        every: steps from one penalty to the next, each with so many times the weight; see `R1`.
    """

    is_penalty = True

    def __init__(
        self, sided: Literal["two", "one"] = "two", target: Annotated[float, Field(gt=0)] = 1.0, every: Steps = 1
    ) -> None:
        super().__init__()
        self.sided, self.target, self.every = sided, target, every

    def penalty(self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance) -> Tensor:
        alpha = chance.uniform("interpolation", [1] * (real_input.ndim - 1)).to(real_input)
        # Inside the root, since a norm has no derivative at 0.
        norms = (_squared_norms(judge, torch.lerp(fake_input, real_input, alpha)) + 1e-12).sqrt()
        excess = norms - self.target
        return (F.relu(excess) if self.sided == "one" else excess).square().mean()


class R1(Objective):
    """½ mean ‖∇D(x)‖² at real candidates (Mescheder et al. 2018, arXiv:1801.04406). Its weight is the paper's γ, 10.

    Args:
        every: steps from one penalty to the next, each with so many times the weight: the lazy regularization of
            StyleGAN2 (Karras et al. 2020, arXiv:1912.04958, appendix B), there 16. Unlike there it is added to the
            game's loss of its step, and the rates and moments of the optimiser stay as they are.
    """

    is_penalty = True

    def __init__(self, every: Steps = 1) -> None:
        super().__init__()
        self.every = every

    def penalty(self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance) -> Tensor:
        return _squared_norms(judge, real_input).mean() / 2


def _squared_norms(judge: Judge, candidate: Tensor) -> Tensor:
    """`[B]`: ‖∇D‖² at each candidate; of several sub-discriminators the scores are summed."""
    candidate = candidate.detach().requires_grad_()
    total = torch.stack([score.sum() for score in judge(candidate).scores()]).sum()
    (gradient,) = torch.autograd.grad(total, candidate, create_graph=True)
    return gradient.flatten(1).square().sum(1)
