"""Representations: the formula, its inverse, and streams that do as the whole does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from audiogan.audio.representation import PreEmphasis, Representation, Waveform
from audiogan.errors import AudioganError

ALL = [Waveform(), PreEmphasis(), PreEmphasis(0.0), PreEmphasis(0.999)]


def noise(*shape: int) -> np.ndarray:
    return 0.3 * np.random.default_rng(0).standard_normal(shape)


def test_pre_emphasis_is_its_formula() -> None:
    sound = torch.tensor([[[1.0, 2.0, 4.0], [0.5, 0.0, -1.0]]], dtype=torch.float64)
    wanted = torch.tensor([[[1.0, 2 - 0.95, 4 - 1.9], [0.5, -0.475, -1.0]]], dtype=torch.float64)
    torch.testing.assert_close(PreEmphasis().encode(sound), wanted)


@pytest.mark.parametrize("samples", [1, 2, 3, 1000, 16384])
@pytest.mark.parametrize("coefficient", [0.0, 0.5, 0.95, 0.999])
def test_de_emphasis_is_the_recursion(coefficient: float, samples: int) -> None:
    encoded = noise(2, 1, samples)
    found = PreEmphasis(coefficient).decode(torch.from_numpy(encoded))
    np.testing.assert_allclose(found.numpy(), lfilter([1.0], [1.0, -coefficient], encoded, axis=-1), atol=1e-9)


@pytest.mark.parametrize("representation", ALL, ids=str)
def test_decode_undoes_encode(representation: Representation) -> None:
    sound = torch.from_numpy(noise(2, 1, 5000))
    torch.testing.assert_close(representation.decode(representation.encode(sound)), sound, atol=1e-9, rtol=0)
    single = sound.float()
    assert representation.decode(representation.encode(single)).dtype == torch.float32


def test_gradients_pass_both_ways() -> None:
    sound = torch.from_numpy(noise(1, 1, 12)).requires_grad_()
    assert torch.autograd.gradcheck(PreEmphasis().encode, sound)
    assert torch.autograd.gradcheck(PreEmphasis().decode, sound)


@pytest.mark.parametrize("representation", ALL, ids=str)
@given(sizes=st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_streams_do_as_the_whole_does(representation: Representation, sizes: list[int]) -> None:
    sound = noise(2, sum(sizes))
    cuts = np.cumsum([0, *sizes])
    blocks = [sound[:, a:b].astype(np.float32) for a, b in pairwise(cuts)]
    encode, decode = representation.stream_encode(), representation.stream_decode()
    encoded = [encode(block) for block in blocks]
    whole = torch.from_numpy(np.concatenate(blocks, axis=1).astype(np.float64))
    np.testing.assert_allclose(np.concatenate(encoded, axis=1), representation.encode(whole), atol=1e-12)
    decoded = np.concatenate([decode(block) for block in encoded], axis=1)
    assert decoded.dtype == np.float64
    np.testing.assert_allclose(decoded, whole, atol=1e-12)


def test_settings_as_plain_data() -> None:
    assert Waveform().options() == {"name": "Waveform"}
    assert PreEmphasis(0.9).options() == {"name": "PreEmphasis", "coefficient": 0.9}


@pytest.mark.parametrize("coefficient", [-0.1, 1.0, float("nan")])
def test_a_coefficient_that_cannot_be_undone(coefficient: float) -> None:
    with pytest.raises(AudioganError, match=r"PreEmphasis: coefficient is .* must lie in \[0, 1\)"):
        PreEmphasis(coefficient)
