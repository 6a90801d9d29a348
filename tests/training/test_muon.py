"""Muon beside PyTorch's own, and Adam beside PyTorch's own, in one optimiser."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from audiogan.training.muon import orthogonal
from audiogan.training.optimisers import Muon


def moved(optimiser: torch.optim.Optimizer, parameter: nn.Parameter, steps: int = 4) -> torch.Tensor:
    for step in range(steps):
        rng = torch.Generator().manual_seed(step)
        parameter.grad = torch.randn(parameter.shape, generator=rng) * torch.logspace(-2, 1, parameter.shape[-1])
        optimiser.step()
    return parameter.detach()


@pytest.mark.parametrize("shape", [(64, 100), (100, 64), (80, 80)])
def test_a_matrix_moves_as_pytorch_s_muon_moves_it(shape: tuple[int, int]) -> None:
    """By some 0.08 in four steps; both compute in bfloat16, whose eighth bit differs."""
    ours, theirs = (nn.Parameter(torch.ones(shape)) for _ in range(2))
    reference = torch.optim.Muon([theirs], 0.01, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    torch.testing.assert_close(moved(Muon(0.01).over([ours]), ours), moved(reference, theirs), atol=1e-3, rtol=0)


def test_stacked_gates_move_each_by_itself() -> None:
    stacked = nn.Parameter(torch.zeros(3 * 64, 64))
    gates = [nn.Parameter(torch.zeros(64, 64)) for _ in range(3)]
    together, apart = Muon(0.01).over([stacked]), Muon(0.01).over(gates)
    gradients = [torch.randn(64, 64, generator=torch.Generator().manual_seed(n)) * 10**n for n in range(3)]
    stacked.grad = torch.cat(gradients)
    for gate, gradient in zip(gates, gradients, strict=True):
        gate.grad = gradient
    together.step()
    apart.step()
    assert torch.equal(stacked.detach(), torch.cat(list(gates)).detach())


@pytest.mark.parametrize("shape", [(64,), (63, 64), (64, 64, 3), ()])
def test_everything_else_moves_as_pytorch_s_adam_moves_it(shape: tuple[int, ...]) -> None:
    start = torch.randn(shape if shape else (1,), generator=torch.Generator().manual_seed(9))
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    reference = torch.optim.Adam([theirs], 0.01, (0.9, 0.99))
    torch.testing.assert_close(moved(Muon(0.01).over([ours]), ours), moved(reference, theirs))


def test_an_orthogonal_update_has_singular_values_near_1() -> None:
    matrix = torch.randn(96, 70, generator=torch.Generator().manual_seed(0)) @ torch.diag(torch.logspace(-1, 1, 70))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.5 and values.max() < 1.3
    assert torch.linalg.cond(matrix) > 50  # those of the matrix itself lie far apart


def test_it_goes_on_from_its_state_as_if_it_had_not_stopped() -> None:
    layer = nn.Linear(64, 64)
    optimiser = Muon(0.01).over(layer.parameters())

    def step(layer: nn.Linear, optimiser: torch.optim.Optimizer, seed: int) -> None:
        layer.zero_grad()
        layer(torch.randn(5, 64, generator=torch.Generator().manual_seed(seed))).square().sum().backward()
        optimiser.step()

    step(layer, optimiser, 0)
    other = copy.deepcopy(layer)
    resumed = Muon(0.01).over(other.parameters())
    resumed.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    for seed in (1, 2):
        step(layer, optimiser, seed)
        step(other, resumed, seed)
    assert all(torch.equal(a, b) for a, b in zip(layer.parameters(), other.parameters(), strict=True))
