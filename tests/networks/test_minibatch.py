"""Minibatch discrimination and deviation against their formulas, written out sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiogan.networks.minibatch import MinibatchDeviation, MinibatchDiscrimination


def test_closeness_is_the_sum_over_the_other_samples() -> None:
    layer = MinibatchDiscrimination(4, kernels=3, kernel_size=2).double()
    x = torch.randn(5, 4).double()
    m = (x.numpy() @ layer.weight.detach().numpy()).reshape(5, 3, 2)
    expected = np.zeros((5, 3))
    for i in range(5):
        for j in set(range(5)) - {i}:
            expected[i] += np.exp(-np.abs(m[i] - m[j]).sum(-1))
    found = layer(x)
    assert torch.equal(found[:, :4], x)
    np.testing.assert_allclose(found[:, 4:].detach().numpy(), expected, rtol=1e-12)


def test_equal_samples_are_as_close_as_can_be_and_far_ones_not_at_all() -> None:
    layer = MinibatchDiscrimination(4, kernels=6)
    assert (layer(torch.ones(7, 4))[:, 4:] == 6).all()
    assert (layer(1e4 * torch.randn(7, 4))[:, 4:] < 1e-3).all()
    assert (layer(torch.randn(1, 4))[:, 4:] == 0).all()  # nobody else


def test_projections_start_at_the_scale_of_their_input() -> None:
    torch.manual_seed(0)
    projected = torch.randn(200, 300) @ MinibatchDiscrimination(300).weight
    assert projected.shape == (200, 500)
    assert projected.std().item() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("samples", "groups"),
    [(8, [[0, 1, 2, 3], [4, 5, 6, 7]]), (4, [[0, 1, 2, 3]]), (6, [[0, 1, 2, 3, 4, 5]]), (3, [[0, 1, 2]])],
)
@pytest.mark.parametrize("shape", [(3,), (3, 5), (3, 2, 4)])
def test_deviation_is_that_of_the_group_averaged_over_all_values(
    samples: int, groups: list[list[int]], shape: tuple[int, ...]
) -> None:
    x = torch.randn(samples, *shape).double()
    found = MinibatchDeviation()(x)
    assert found.shape == (samples, 4, *shape[1:]) and torch.equal(found[:, :3], x)
    for group in groups:
        expected = np.sqrt(x[group].numpy().var(axis=0) + 1e-8).mean()
        np.testing.assert_allclose(found[group, 3:].numpy(), expected, rtol=1e-12)


def test_a_collapsed_batch_has_no_deviation_and_finite_gradients() -> None:
    x = torch.ones(4, 3, 2, requires_grad=True)
    found = MinibatchDeviation()(x)
    torch.testing.assert_close(found[:, 3], torch.full((4, 2), 1e-4))
    found.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_both_differentiate_twice() -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    for layer in (MinibatchDiscrimination(4, kernels=2, kernel_size=3).double(), MinibatchDeviation(group_size=3)):
        assert torch.autograd.gradcheck(layer, x)
        assert torch.autograd.gradgradcheck(layer, x)
    discrimination = MinibatchDiscrimination(4, kernels=2, kernel_size=3).double()
    weight = discrimination.weight.detach().clone().requires_grad_()
    assert torch.autograd.gradgradcheck(
        lambda weight: torch.func.functional_call(discrimination, {"weight": weight}, (x.detach(),)), weight
    )


def test_both_run_under_autocast_and_on_meta() -> None:
    discrimination, deviation = MinibatchDiscrimination(4, kernels=2), MinibatchDeviation()
    x = torch.randn(8, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert deviation(x.bfloat16()).dtype == torch.bfloat16
        rough = discrimination(x.bfloat16())
    assert rough.dtype == torch.bfloat16
    torch.testing.assert_close(rough.float(), discrimination(x), rtol=0.1, atol=0.05)
    torch.testing.assert_close(deviation(x.bfloat16()).float(), deviation(x), rtol=0.02, atol=0.01)
    with torch.device("meta"):
        x = torch.empty(8, 4, requires_grad=True)
        deviation(MinibatchDiscrimination(4, kernels=2)(x)).sum().backward()
    assert x.grad is not None and x.grad.shape == x.shape


def test_state_dicts_come_back() -> None:
    one, other = MinibatchDiscrimination(4), MinibatchDiscrimination(4)
    other.load_state_dict(one.state_dict())
    x = torch.randn(3, 4)
    assert torch.equal(one(x), other(x))
    assert not MinibatchDeviation().state_dict()
