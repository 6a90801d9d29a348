"""Lengths and alignment."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.errors import AudioganError
from audiogan.networks.layers import DownConv, UpConv, check_samples


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
