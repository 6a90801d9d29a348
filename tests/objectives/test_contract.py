"""The contract holds every kind of game, played on critics that are known: penalty, state, clipping, comparison."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from audiogan import objectives
from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.objectives import LeastSquares, Objective, Reconstruction
from audiogan.objectives.objective import Judge, mean_over_scores


class LinearCritic(nn.Module):
    """w · x, or with a condition beside it w · x + v · condition."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 2, size))

    def forward(self, candidate: Tensor, condition: Tensor | None = None) -> Judgement:
        score = candidate.flatten(1) @ self.weight
        return Judgement(score if condition is None else score + condition.flatten(1).sum(1) ** 3)


class GradientPenalty(Objective):
    """λ mean (‖∇ₓ D(x̂)‖ − 1)², x̂ between real and fake at an α for each sample."""

    def penalty(self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance) -> Tensor:
        alpha = chance.uniform("between", [1] * (real_input.ndim - 1)).to(real_input)
        between = torch.lerp(fake_input, real_input, alpha).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(judge(between).scores()[0].sum(), between, create_graph=True)
        return ((gradient.flatten(1).square().sum(1) + 1e-12).sqrt() - 1).square().mean()


class Equilibrium(Objective):
    """BEGAN: the score is a reconstruction error, and k weighs the two losses from step to step."""

    k: Tensor

    def __init__(self, gamma: float = 0.5, rate: float = 0.1) -> None:
        super().__init__()
        self.gamma, self.rate = gamma, rate
        self.register_buffer("k", torch.zeros(()))

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(real, lambda s: s) - self.k * mean_over_scores(fake, lambda s: s)

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return mean_over_scores(fake, lambda s: s)

    def after_step(self, real: Judgement, fake: Judgement) -> None:
        imbalance = self.gamma * mean_over_scores(real, lambda s: s) - mean_over_scores(fake, lambda s: s)
        self.k.add_(self.rate * imbalance.detach()).clamp_(0, 1)


class Clipped(Objective):
    """Wasserstein: the critic's weights are clipped after each of its steps."""

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(fake, lambda s: s) - mean_over_scores(real, lambda s: s)

    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        for parameter in discriminator.parameters():
            parameter.data.clamp_(-0.01, 0.01)


class FeatureMatching(Objective):
    """The squared distance of the mean features of real and fake, for the generator alone."""

    generator_compares = True

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        assert real is not None and real.features is not None and fake.features is not None
        pairs = zip(real.features, fake.features, strict=True)
        return torch.stack([(ours.mean(0) - theirs.mean(0)).square().sum() for ours, theirs in pairs]).sum()


@pytest.mark.parametrize("shape", [(6,), (2, 3), (3, 2, 4)])
def test_a_penalty_sees_the_bound_discriminator_and_has_its_closed_form(shape: tuple[int, ...]) -> None:
    real, fake, condition = (torch.randn(5, *shape) for _ in range(3))
    critic = LinearCritic(real[0].numel())
    judge: Judge = lambda candidate: critic(candidate, condition)  # noqa: E731
    found = GradientPenalty().penalty(judge, real, fake, Chance(0, 0, range(5)))
    expected = (critic.weight.norm() - 1).square()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad(found, critic.weight)[0], torch.autograd.grad(expected, critic.weight)[0]
    )


def test_state_is_in_the_checkpoint_and_follows_its_recurrence() -> None:
    game, k = Equilibrium(), 0.0
    for step in range(20):
        real, fake = Judgement(torch.tensor([2.0, 4.0])), Judgement(torch.tensor([0.25 * step]))
        assert game.discriminator_loss(real, fake).item() == pytest.approx(3 - k * 0.25 * step)
        game.after_step(real, fake)
        k = min(max(k + 0.1 * (0.5 * 3 - 0.25 * step), 0), 1)
        assert game.k.item() == pytest.approx(k)
    resumed = Equilibrium()
    resumed.load_state_dict(game.state_dict())
    assert resumed.k == game.k


def test_clipping_happens_after_the_step_of_the_discriminator() -> None:
    game, critic = Clipped(), LinearCritic(6)
    real, fake = torch.full((4, 6), 2.0), torch.zeros(4, 6)
    (gradient,) = torch.autograd.grad(game.discriminator_loss(critic(real), critic(fake)), critic.weight)
    torch.testing.assert_close(gradient, torch.full((6,), -2.0))
    critic.weight.data -= 5e-5 * gradient
    game.after_discriminator_step(critic)
    torch.testing.assert_close(critic.weight.detach(), torch.tensor([-0.01, -0.01, 0.01, 0.01, 0.01, 0.01]))


def test_a_term_may_compare_what_is_felt_of_real_and_fake() -> None:
    real = Judgement(torch.zeros(2), features=[torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[1.0], [1.0]])])
    fake = Judgement(torch.zeros(1), features=[torch.tensor([[0.0, 1.0]]), torch.tensor([[-2.0]])])
    term = FeatureMatching()
    assert term.generator_loss(fake, real) == 4 + 1 + 9
    assert term.generator_compares and not LeastSquares().generator_compares


def test_what_a_game_does_not_have_it_says_nothing_of() -> None:
    judgement, term = Judgement(torch.tensor([0.5, 2.0])), GradientPenalty()
    assert term.discriminator_loss(judgement, judgement) is None and term.generator_loss(judgement, None) is None
    game = LeastSquares()
    critic = LinearCritic(2)
    assert game.penalty(critic, torch.zeros(2, 2), torch.zeros(2, 2), Chance(0, 0, [0, 1])) is None
    before = critic.weight.clone()
    game.after_discriminator_step(critic)
    game.after_step(judgement, judgement)
    assert torch.equal(critic.weight, before) and not game.state_dict()


def test_games_and_penalties_run_on_meta() -> None:
    with torch.device("meta"):
        critic, game = LinearCritic(6), Equilibrium()
        real, fake = critic(torch.empty(3, 6)), critic(torch.empty(3, 6))
        loss = game.discriminator_loss(real, fake) + LeastSquares().discriminator_loss(real, fake)
        loss = loss + GradientPenalty().penalty(critic, torch.empty(3, 6), torch.empty(3, 6), Chance(0, 0, range(3)))
        loss.backward()
        game.after_step(real, fake)
    assert critic.weight.grad is not None and critic.weight.grad.shape == (6,)


def test_what_the_room_exports_can_be_named_in_a_recipe() -> None:
    """Each exported class is a game or a reconstruction term, and is built with no arguments."""
    for name in objectives.__all__:
        exported = getattr(objectives, name)
        assert issubclass(exported, Objective | Reconstruction)
        exported()
