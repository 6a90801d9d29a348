"""Lengths, alignment, virtual batch normalisation against its formula."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.errors import AudioganError
from audiogan.networks.layers import DownConv, ReferenceBatch, UpConv, VirtualBatchNorm, check_samples


@settings(max_examples=40, deadline=None)
@given(stride=st.integers(2, 5), extra=st.integers(0, 30), frames=st.integers(1, 40))
def test_down_and_up_change_the_length_by_the_stride_exactly(stride: int, extra: int, frames: int) -> None:
    kernel = stride + extra
    x = torch.zeros(1, 2, frames * stride)
    assert DownConv(2, 3, kernel, stride)(x).shape == (1, 3, frames)
    assert UpConv(2, 3, kernel, stride)(torch.zeros(1, 2, frames)).shape == (1, 3, frames * stride)
    if kernel // 2 < frames * stride:
        assert DownConv(2, 3, kernel, stride, padding="reflect")(x).shape == (1, 3, frames)


@pytest.mark.parametrize(("kernel", "stride"), [(31, 2), (31, 4), (8, 2), (5, 5)])
def test_zero_padding_is_that_of_tensorflow(kernel: int, stride: int) -> None:
    # max((ceil(T / stride) − 1) · stride + kernel − T, 0) zeros in all, half of them, rounded down, in front.
    samples = 10 * stride
    total = max((10 - 1) * stride + kernel - samples, 0)
    down = DownConv(1, 1, kernel, stride).double()
    x = np.random.default_rng(0).standard_normal(samples)
    padded = np.pad(x, (total // 2, total - total // 2))
    weight = down.conv.weight.detach().numpy()[0, 0]
    expected = [padded[start : start + kernel] @ weight for start in range(0, samples, stride)]
    found = down(torch.from_numpy(x)[None, None]) - down.conv.bias
    np.testing.assert_allclose(found.detach().numpy()[0, 0], expected, atol=1e-12)


@pytest.mark.parametrize(("kernel", "stride"), [(31, 2), (31, 4), (8, 4)])
def test_up_is_the_adjoint_of_down(kernel: int, stride: int) -> None:
    """⟨down(x), y⟩ = ⟨x, up(y)⟩ with the same weights: the decoder's instants are the encoder's."""
    down, up = DownConv(3, 5, kernel, stride).double(), UpConv(5, 3, kernel, stride).double()
    up.conv.weight.data = down.conv.weight.data
    for layer in (down, up):
        torch.nn.init.zeros_(layer.conv.bias)
    x, y = torch.randn(2, 3, 16 * stride).double(), torch.randn(2, 5, 16).double()
    torch.testing.assert_close((down(x) * y).sum(), (x * up(y)).sum())


def test_a_stride_beyond_the_kernel_is_refused() -> None:
    with pytest.raises(ValueError, match="stride 4"):
        DownConv(1, 1, 3, 4)
    with pytest.raises(ValueError, match="stride 1"):
        UpConv(1, 1, 3, 1)


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 16_000, "stride": 2, "layers": 11}, "multiple of 2048 samples"),
        ({"samples": 0, "stride": 2, "layers": 3}, "multiple of 8 samples"),
        ({"samples": 3072, "stride": 4, "layers": 5, "shortest": 16}, "multiple of 1024 samples, 4096 or more"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(AudioganError, match=message):
        check_samples(**arguments)


def test_lengths_that_fit_pass() -> None:
    check_samples(2048, stride=2, layers=11)
    check_samples(4096, stride=4, layers=5, shortest=16)
