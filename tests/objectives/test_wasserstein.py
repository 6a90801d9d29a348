"""Wasserstein with clipping, and the drift term, at known scores and on a critic that is known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from audiogan.judgement import Judgement
from audiogan.objectives import Drift, Wasserstein
from tests.objectives.judgements import LinearCritic


def test_the_losses_are_differences_of_means() -> None:
    real, fake = Judgement(torch.tensor([1.0, 3.0])), Judgement(torch.tensor([-1.0, 0.0, 4.0]))
    assert Wasserstein().discriminator_loss(real, fake) == 1 - 2
    assert Wasserstein().generator_loss(fake, real) == -1


def test_weights_are_clipped_after_the_step_of_the_discriminator() -> None:
    game, critic = Wasserstein(), LinearCritic(6)
    real, fake = torch.full((4, 6), 2.0), torch.zeros(4, 6)
    (gradient,) = torch.autograd.grad(game.discriminator_loss(critic(real), critic(fake)), critic.weight)
    torch.testing.assert_close(gradient, torch.full((6,), -2.0))
    critic.weight.data = torch.tensor([-1.0, -0.0100001, -0.005, 0.0, 0.01, 2.0])
    game.after_discriminator_step(critic)
    torch.testing.assert_close(critic.weight.detach(), torch.tensor([-0.01, -0.01, -0.005, 0.0, 0.01, 0.01]))
    assert critic.weight.requires_grad


def test_a_clip_is_its_own_bound_for_all_weights_or_none() -> None:
    network = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2))
    before = [p.clone() for p in network.parameters()]
    Wasserstein(clip=None).after_discriminator_step(network)
    assert all(torch.equal(p, b) for p, b in zip(network.parameters(), before, strict=True))
    Wasserstein(clip=0.1).after_discriminator_step(network)
    assert max(p.abs().max().item() for p in network.parameters()) == pytest.approx(0.1)


def test_what_another_player_steps_is_not_clipped() -> None:
    network = nn.ModuleDict({"own": nn.Linear(1, 1), "latent_head": nn.Linear(1, 1).requires_grad_(False)})
    for parameter in network.parameters():
        parameter.data.fill_(3.0)
    Wasserstein().after_discriminator_step(network)
    assert all(p == 3 for p in network["latent_head"].parameters())
    assert all(p.item() == pytest.approx(0.01) for p in network["own"].parameters())


def test_clipping_bounds_a_critic_in_the_distance_that_it_can_tell() -> None:
    """A linear critic under clip c tells c Σ |mean x − mean G| at most, and gets there."""
    game, critic = Wasserstein(clip=0.02), LinearCritic(3)
    real, fake = torch.tensor([[1.0, -2.0, 0.5]]), torch.tensor([[0.0, 1.0, 0.0]])
    optimiser = torch.optim.SGD(critic.parameters(), lr=0.1)
    for _ in range(60):
        optimiser.zero_grad()
        loss = game.discriminator_loss(critic(real), critic(fake))
        loss.backward()
        optimiser.step()
        game.after_discriminator_step(critic)
    assert -loss.item() == pytest.approx(0.02 * (1 + 3 + 0.5))


def test_drift_is_the_mean_square_of_real_scores_for_the_discriminator_alone() -> None:
    real, fake = Judgement(torch.tensor([1.0, -3.0])), Judgement(torch.tensor([100.0]))
    assert Drift().discriminator_loss(real, fake) == 5
    assert Drift().generator_loss(fake, real) is None
