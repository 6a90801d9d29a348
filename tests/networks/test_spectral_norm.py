"""Spectral norm against NumPy's singular values and PyTorch's own parametrisation."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from audiogan.networks.spectral_norm import SpectralNorm, spectral_norm

Make = Callable[[], nn.Module]

LAYERS: dict[str, tuple[Make, tuple[int, ...], int]] = {  # the layer, an input's shape, the axis of its outputs
    "dense": (lambda: nn.Linear(12, 20), (2, 12), 0),
    "conv1d": (lambda: nn.Conv1d(6, 9, 5), (2, 6, 8), 0),
    "conv2d": (lambda: nn.Conv2d(4, 10, 3), (2, 4, 5, 5), 0),
    "transposed1d": (lambda: nn.ConvTranspose1d(6, 9, 5), (2, 6, 8), 1),
    "transposed2d": (lambda: nn.ConvTranspose2d(4, 10, 3), (2, 4, 5, 5), 1),
}


def made(name: str, seed: int = 0) -> tuple[nn.Module, Tensor, int]:
    torch.manual_seed(seed)
    make, shape, axis = LAYERS[name]
    return make().double(), torch.randn(shape).double(), axis


def norm_of(layer: nn.Module) -> SpectralNorm:
    return layer.parametrizations.weight[0]


def largest_singular_value(weight: Tensor, axis: int) -> float:
    matrix = np.moveaxis(weight.detach().numpy(), axis, 0)
    return float(np.linalg.svd(matrix.reshape(len(matrix), -1), compute_uv=False)[0])


@pytest.mark.parametrize("name", LAYERS)
def test_after_a_hundred_iterations_the_largest_singular_value_is_one(name: str) -> None:
    layer, x, axis = made(name)
    layer.weight.data *= 7
    spectral_norm(layer)
    for _ in range(100):
        layer(x)
    assert largest_singular_value(layer.eval().weight, axis) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_weights_and_gradients_are_those_of_pytorch(name: str) -> None:
    """With the same vectors, which evaluation keeps; gradients of the output's squares and of a penalty."""
    layer, x, _ = made(name)
    ours, theirs = spectral_norm(copy.deepcopy(layer)).eval(), parametrizations.spectral_norm(layer).eval()
    theirs.parametrizations.weight[0]._u.copy_(norm_of(ours).u)
    theirs.parametrizations.weight[0]._v.copy_(norm_of(ours).v)
    torch.testing.assert_close(ours.weight, theirs.weight, rtol=1e-12, atol=1e-14)
    gradients = []
    for module in (ours, theirs):
        own_x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(module(own_x).tanh().sum(), own_x, create_graph=True)
        (module(own_x).square().sum() + slope.square().sum()).backward()
        gradients.append(module.parametrizations.weight.original.grad)
    torch.testing.assert_close(*gradients, rtol=1e-10, atol=1e-12)


def test_one_use_is_one_iteration() -> None:
    layer, x, _ = made("conv1d")
    spectral_norm(layer)
    matrix = layer.parametrizations.weight.original.detach().numpy().reshape(9, -1)
    u = norm_of(layer).u.numpy().copy()
    v = matrix.T @ u
    v /= np.linalg.norm(v)
    u = matrix @ v
    u /= np.linalg.norm(u)
    layer(x)
    np.testing.assert_allclose(norm_of(layer).u.numpy(), u, rtol=1e-12)
    np.testing.assert_allclose(norm_of(layer).v.numpy(), v, rtol=1e-12)


def test_vectors_move_only_in_training_in_the_own_turn() -> None:
    layer, x, _ = made("conv2d")
    spectral_norm(layer)

    def moves() -> bool:
        before = norm_of(layer).u.clone()
        layer(x)
        return not torch.equal(norm_of(layer).u, before)

    assert moves()
    assert not (layer.requires_grad_(False) and moves())
    assert not (layer.requires_grad_(True).eval() and moves())
    assert layer.train() and moves()


def test_two_judgements_before_backward_have_their_own_vectors() -> None:
    layer, x, _ = made("dense")
    spectral_norm(layer)
    twin = copy.deepcopy(layer)
    (layer(x).square().sum() + layer(2 * x).square().sum()).backward()
    twin(x).square().sum().backward()
    twin(2 * x).square().sum().backward()
    original = "parametrizations.weight.original"
    torch.testing.assert_close(layer.get_parameter(original).grad, twin.get_parameter(original).grad)


def test_it_differentiates_twice() -> None:
    weight = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    for axis in (0, 1):
        norm = SpectralNorm(weight.detach(), axis).eval()
        assert torch.autograd.gradcheck(norm, weight)
        assert torch.autograd.gradgradcheck(norm, weight)


def test_the_state_dict_has_the_vectors_and_comes_back() -> None:
    layer, x, _ = made("conv1d")
    other, _, _ = made("conv1d", seed=1)
    spectral_norm(layer), spectral_norm(other)
    layer(x)
    names = {"parametrizations.weight.original", "parametrizations.weight.0.u", "parametrizations.weight.0.v", "bias"}
    assert set(layer.state_dict()) == names
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(x), layer(x)) and torch.equal(norm_of(other).u, norm_of(layer).u)
    assert sum(p.numel() for p in layer.parameters()) == 6 * 9 * 5 + 9


def test_autocast_leaves_the_norm_in_float32_and_meta_runs() -> None:
    layer = spectral_norm(nn.Linear(40, 30)).eval()
    exact = layer.weight
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer.weight, exact)
        assert layer(torch.randn(2, 40)).dtype == torch.bfloat16
    with torch.device("meta"):
        layer = spectral_norm(nn.Conv1d(2, 3, 5))
        layer(torch.empty(2, 2, 9)).sum().backward()
    assert layer.parametrizations.weight.original.grad.is_meta
