"""Virtual batch normalisation against its formula, and the reference batch it holds."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from audiogan.networks.virtual_batch_norm import ReferenceBatch, VirtualBatchNorm


@pytest.mark.parametrize("shape", [(2, 3, 50), (1, 3, 50), (5, 3), (2, 3, 6, 7)])
def test_virtual_batch_norm_follows_its_formula(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    reference = rng.standard_normal((4, *shape[1:])) * 3 + 2
    live = rng.standard_normal(shape) * 0.5 - 7
    norm = VirtualBatchNorm(3).double()
    gamma, beta = rng.standard_normal(3), rng.standard_normal(3)
    norm.weight.data, norm.bias.data = torch.from_numpy(gamma), torch.from_numpy(beta)

    axes = (0, *range(2, len(shape)))
    column = (1, 3) + (1,) * (len(shape) - 2)

    def normalised(x: np.ndarray, mean: np.ndarray, mean_square: np.ndarray) -> np.ndarray:
        deviation = np.sqrt(mean_square - mean**2 + 1e-5)
        return (x - mean.reshape(column)) / deviation.reshape(column) * gamma.reshape(column) + beta.reshape(column)

    reference_moments = reference.mean(axes), (reference**2).mean(axes)
    live_moments = live.mean(axes), (live**2).mean(axes)
    mixed = [1 / 5 * ours + 4 / 5 * theirs for ours, theirs in zip(live_moments, reference_moments, strict=True)]
    expected = np.concatenate([normalised(reference, *reference_moments), normalised(live, *mixed)])
    found = norm(torch.from_numpy(np.concatenate([reference, live])), reference_count=4)
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-9)


def test_virtual_batch_norm_starts_as_published() -> None:
    torch.manual_seed(0)
    norm = VirtualBatchNorm(20_000)
    assert norm.weight.mean().item() == pytest.approx(1, abs=1e-3)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.03)
    assert not norm.bias.any()


def test_virtual_batch_norm_keeps_its_digits_far_from_zero() -> None:
    """With a mean a thousand times the deviation, mean square minus squared mean would be lost in float32."""
    x = torch.randn(6, 1, 1000) + 1000
    found = VirtualBatchNorm(1)
    torch.testing.assert_close(found(x, 3), copy.deepcopy(found).double()(x.double(), 3).float(), atol=1e-2, rtol=0)


def test_gradients_flow_through_reference_and_live_batch() -> None:
    norm = VirtualBatchNorm(2).double()
    x = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: norm(x, 2), x)
    assert torch.autograd.gradgradcheck(lambda x: norm(x, 2), x)
    norm(x, 2)[2:].square().sum().backward()
    assert x.grad is not None and x.grad[:2].abs().min() > 0  # the reference moves with the weights


def test_a_state_dict_brings_its_reference_whatever_its_size() -> None:
    held, fresh = ReferenceBatch(), ReferenceBatch()
    held.hold(torch.randn(3, 2, 8))
    fresh.load_state_dict(held.state_dict())
    torch.testing.assert_close(fresh.batch, held.batch)
    fresh.hold(torch.randn(5, 2, 8))
    twin = copy.deepcopy(fresh)
    twin.load_state_dict(held.state_dict())
    torch.testing.assert_close(twin.batch, held.batch)
    assert fresh.batch.shape[0] == 5
    both, count = twin.beside(torch.ones(2, 2, 8))
    assert count == 3 and both.shape[0] == 5
    assert ReferenceBatch().double().batch.dtype == torch.float64
