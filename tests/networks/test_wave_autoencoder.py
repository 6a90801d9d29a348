"""The autoencoder that judges waveforms: its size, its score and what goes through it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.networks import WaveAutoencoderDiscriminator, WaveGANDiscriminator, WaveGANGenerator
from audiogan.networks.batch_norm import BatchNorm
from audiogan.objectives import GradientPenalty
from tests.networks.spans import reached


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_with_no_arguments_it_is_wavegan_s_discriminator_and_generator_around_a_code() -> None:
    with torch.device("meta"):
        network = WaveAutoencoderDiscriminator()
        judged = network(torch.empty(2, 1, 16_384))
        pair = parameters(WaveGANDiscriminator()), parameters(WaveGANGenerator())
    rows = 16 * 1024
    assert parameters(network) == pair[0] - (rows + 1) + (rows + 1) * 100 + pair[1] == 38_115_429
    assert judged.score.shape == (2,) and judged.code.shape == (2, 100)
    assert [f.shape[1:] for f in judged.features] == [(64 << n, 16_384 >> 2 * (n + 1)) for n in range(5)]


@pytest.mark.parametrize(("samples", "channels", "width", "code"), [(64, 1, 3, 5), (128, 2, 4, 7), (1024, 1, 2, 3)])
def test_the_parameters_are_those_of_its_layers(samples: int, channels: int, width: int, code: int) -> None:
    widths = [channels]
    while samples // 4 ** len(widths) > 16 // 4:
        widths.append(width << (len(widths) - 1))
    pairs = list(pairwise(widths))
    encoder = sum(9 * i * o + o for i, o in pairs) + 16 * widths[-1] * code + code
    decoder = (code + 1) * 16 * widths[-1] + sum(9 * i * o + i for i, o in pairs)
    network = WaveAutoencoderDiscriminator(samples, channels, width, kernel=9, code_size=code)
    assert parameters(network) == encoder + decoder


@pytest.mark.parametrize("error", ["absolute", "square"])
@pytest.mark.parametrize("normalisation", ["batch", "none"])
def test_the_score_is_the_error_of_each_sound(error: Any, normalisation: Any) -> None:
    torch.manual_seed(0)
    network = WaveAutoencoderDiscriminator(128, 2, 4, 9, 6, normalisation, error).eval()
    sounds = torch.randn(3, 2, 128)
    judgement = network(sounds)
    assert judgement.code.shape == (3, 6)
    difference = network.decoder(judgement.code) - sounds
    expected = difference.abs() if error == "absolute" else difference.square()
    torch.testing.assert_close(judgement.score, expected.mean((1, 2)))
    torch.testing.assert_close(network(sounds, torch.arange(3)).score, judgement.score)


def test_all_levels_are_normalised_but_the_first_and_the_sound() -> None:
    network = WaveAutoencoderDiscriminator(1024, width=2, kernel=5, code_size=3, normalisation="batch")
    assert [isinstance(norm, BatchNorm) for norm in network.norms] == [False, True, True]
    assert [isinstance(norm, BatchNorm) for norm in network.decoder.norms] == [True, True, True]
    assert not any(isinstance(m, BatchNorm) for m in WaveAutoencoderDiscriminator(1024, width=2).modules())


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from([64, 128, 256, 1024]), st.integers(4, 26))
def test_a_sample_changes_exactly_what_sees_it(data: st.DataObject, samples: int, kernel: int) -> None:
    torch.manual_seed(0)
    network = WaveAutoencoderDiscriminator(samples, width=2, kernel=kernel, code_size=2).double()
    place = data.draw(st.integers(0, samples - 1))
    sound = torch.randn(1, 1, samples).double()
    changed = sound.clone()
    changed[..., place] += 1
    before, after = network(sound), network(changed)
    spans = reached(place, samples, kernel, [layer.conv.stride[0] for layer in network.encoder])
    for span, was, now in zip(spans, before.features, after.features, strict=True):
        assert (was != now).any(1)[0].nonzero()[:, 0].tolist() == span
    assert (before.code != after.code).all()


@pytest.mark.parametrize("error", ["absolute", "square"])
def test_a_penalty_on_the_gradient_goes_through_it(error: Any) -> None:
    """Its gradient by the weights, which is of second order, against central differences."""
    torch.manual_seed(0)
    network = WaveAutoencoderDiscriminator(256, width=2, kernel=7, code_size=4, error=error).double()
    real, fake = torch.randn(2, 3, 1, 256).double()
    game, chance = GradientPenalty(), Chance(0, 0, range(3))
    weights = list(network.parameters())
    start = [torch.randn_like(w) / 2 for w in weights]  # biases of 0 would leave some units exactly at a kink
    directions = [torch.randn_like(w) for w in weights]

    def penalty_at(step: float) -> Tensor:
        with torch.no_grad():
            for weight, origin, direction in zip(weights, start, directions, strict=True):
                weight.copy_(origin + step * direction)
        return game.penalty(network, real, fake, chance)

    slopes = torch.autograd.grad(penalty_at(0.0), weights)
    slope = sum((s * d).sum().item() for s, d in zip(slopes, directions, strict=True))
    assert abs(slope) > 1e-4
    assert slope == pytest.approx((penalty_at(1e-7) - penalty_at(-1e-7)).item() / 2e-7, rel=1e-4)


@pytest.mark.parametrize("samples", [16, 48, 8000, 20_480])
def test_other_lengths_are_refused(samples: int) -> None:
    with pytest.raises(ValueError, match=f"such as 16384, and not {samples}"):
        WaveAutoencoderDiscriminator(samples)


@pytest.mark.parametrize("shape", [(1, 1, 255), (1, 2, 256)])
def test_sound_of_another_shape_is_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioganError, match="judges 1 channels of 256 samples and got"):
        WaveAutoencoderDiscriminator(256, width=2)(torch.zeros(shape))
