"""Batch normalisation against PyTorch's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.networks.batch_norm import BatchNorm

SHAPES = [(6, 3), (5, 3, 7), (1, 3, 7), (4, 3, 5, 2), (2, 3, 2, 3, 2)]
THEIRS = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}


def pair(dimensions: int) -> tuple[BatchNorm, nn.Module]:
    ours, theirs = BatchNorm(3).double(), THEIRS[dimensions](3).double()
    for layer in (ours, theirs):
        layer.weight.data, layer.bias.data = (
            torch.tensor([0.5, -1.0, 2.0]).double(),
            torch.tensor([1.0, 0, -3]).double(),
        )
    return ours, theirs


def batch(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 3 + 1


@pytest.mark.parametrize("shape", SHAPES)
def test_training_and_evaluation_are_those_of_pytorch(shape: tuple[int, ...]) -> None:
    ours, theirs = pair(len(shape))
    for seed in range(3):
        inputs = [batch(shape, seed).requires_grad_() for _ in range(2)]
        found, expected = ours(inputs[0]), theirs(inputs[1])
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        for output in (found, expected):
            (output * batch(shape, seed + 10)).sum().backward()
        torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)
        torch.testing.assert_close(ours.bias.grad, theirs.bias.grad)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(ours.running_variance, theirs.running_var, rtol=1e-12, atol=1e-14)
    x = batch(shape, 20)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ours(x[:1]), ours(x)[:1], rtol=0, atol=0)  # in evaluation nobody looks at the others


def test_running_statistics_move_only_in_training_in_the_own_turn() -> None:
    norm, x = BatchNorm(3).double(), batch((4, 3, 5))
    start = {name: value.clone() for name, value in norm.state_dict().items()}

    def moved() -> bool:
        return not all(torch.equal(value, start[name]) for name, value in norm.state_dict().items())

    in_turn = norm(x)
    assert moved()
    norm.load_state_dict(start)
    norm.requires_grad_(False)
    torch.testing.assert_close(norm(x), in_turn, rtol=0, atol=0)  # still this batch's statistics
    norm.requires_grad_(True).eval()(x)
    assert not moved()


def test_the_state_dict_has_running_statistics_as_floats_and_comes_back() -> None:
    norm, fresh, x = BatchNorm(3), BatchNorm(3), batch((4, 3, 5)).float()
    norm(x)
    fresh.load_state_dict(norm.state_dict())
    assert set(norm.state_dict()) == {"weight", "bias", "running_mean", "running_variance"}
    assert all(value.dtype == torch.float32 for value in norm.state_dict().values())
    torch.testing.assert_close(fresh.eval()(x), norm.eval()(x), rtol=0, atol=0)


@pytest.mark.parametrize("training", [True, False])
def test_it_differentiates_twice(training: bool) -> None:
    norm = pair(3)[0].train(training)
    x = batch((3, 3, 2)).requires_grad_()

    def normalised(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return torch.func.functional_call(norm, {"weight": weight, "bias": bias}, (x,))

    inputs = (x, norm.weight.detach().clone().requires_grad_(), norm.bias.detach().clone().requires_grad_())
    norm.requires_grad_(False)
    assert torch.autograd.gradcheck(normalised, inputs)
    assert torch.autograd.gradgradcheck(normalised, inputs)


def test_statistics_keep_their_digits_far_from_zero_and_under_autocast() -> None:
    x = torch.randn(64, 1, 100) + 1000
    exact = BatchNorm(1).double()(x.double()).float()
    torch.testing.assert_close(BatchNorm(1)(x), exact, atol=1e-2, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        norm = BatchNorm(1)
        rough = norm((x - 990).bfloat16())
    assert rough.dtype == torch.bfloat16 and norm.running_mean.dtype == torch.float32
    torch.testing.assert_close(rough.mean(dtype=torch.float32), torch.tensor(0.0), atol=2e-3, rtol=0)


def test_memory_format_does_not_matter() -> None:
    x = batch((4, 3, 5, 2))
    torch.testing.assert_close(pair(4)[0](x.to(memory_format=torch.channels_last)), pair(4)[0](x))


def test_a_single_value_a_channel_is_refused_in_training_only() -> None:
    with pytest.raises(AudioganError, match="larger batch"):
        BatchNorm(3)(torch.ones(1, 3))
    assert BatchNorm(3).eval()(torch.ones(1, 3)).shape == (1, 3)


def test_it_runs_on_meta() -> None:
    norm = BatchNorm(3).to("meta")
    norm(torch.empty(2, 3, 4, device="meta")).sum().backward()
    assert norm.weight.grad is not None and norm.weight.grad.is_meta
