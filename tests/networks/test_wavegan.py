"""WaveGAN's networks against the paper's sizes and their definitions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.networks import WaveGANDiscriminator, WaveGANGenerator
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.wavegan import NearestUpConv, PostFilter, lengthenings, phase_shuffle
from tests.networks.spans import reached


def parameters(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_with_no_arguments_they_are_the_paper_s() -> None:
    with torch.device("meta"):
        generator, discriminator = WaveGANGenerator(), WaveGANDiscriminator()
        made = generator(torch.empty(2, 100))
        judged = discriminator(made)
    assert (parameters(generator), parameters(discriminator)) == (19_065_345, 17_427_969)
    assert made.shape == (2, 1, 16_384) and judged.score.shape == (2,)
    assert [f.shape[1:] for f in judged.features] == [(64 << n, 16_384 >> 2 * (n + 1)) for n in range(5)]


@pytest.mark.parametrize(
    ("samples", "strides"), [(16_384, [4] * 5), (32_768, [4] * 5 + [2]), (65_536, [4] * 6), (64, [4]), (128, [4, 2])]
)
def test_the_longer_ones_have_a_layer_more(samples: int, strides: list[int]) -> None:
    """The authors' code: d · 32 channels at the smallest level of both, and a last layer of stride 2 at 32,768."""
    assert lengthenings(samples) == strides
    with torch.device("meta"):
        generator, discriminator = WaveGANGenerator(samples), WaveGANDiscriminator(samples)
        made = generator(torch.empty(1, 100))
    assert [layer.conv.stride[0] for layer in discriminator.layers] == strides
    assert made.shape == (1, 1, samples) and discriminator(made).score.shape == (1,)
    assert generator.smallest_shape == (64 << (len(strides) - 1), 16)
    widths = [1, *(64 << level for level in range(len(strides)))]
    pairs = list(pairwise(widths))
    assert parameters(generator) == 101 * 16 * widths[-1] + sum(25 * i * o + i for i, o in pairs)
    assert parameters(discriminator) == sum(25 * i * o + o for i, o in pairs) + 16 * widths[-1] + 1


@pytest.mark.parametrize("samples", [16, 48, 16_000, 20_480])
def test_other_lengths_are_refused(samples: int) -> None:
    for network in (WaveGANGenerator, WaveGANDiscriminator):
        with pytest.raises(ValueError, match=f"such as 16384, and not {samples}"):
            network(samples)


@pytest.mark.parametrize(
    "options",
    [
        {"normalisation": "batch"},
        {"upsampling": "nearest"},
        {"post_filter": 33},
        {"channels": 2, "post_filter": 4},
        {"classes": 3},
        {"kernel": 9},
    ],
)
def test_the_generator_s_variants_make_the_same_shape_and_learn(options: dict[str, Any]) -> None:
    generator = WaveGANGenerator(256, latent_size=5, width=4, **options)
    made = generator(torch.randn(6, 5), torch.arange(6) % 3)
    assert made.shape == (6, options.get("channels", 1), 256)
    made.square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in generator.parameters())


def test_a_label_changes_the_sound_and_its_absence_is_said() -> None:
    generator = WaveGANGenerator(64, latent_size=5, width=4, classes=3)
    latent = torch.randn(1, 5).expand(2, 5)
    first, second = generator(latent, torch.tensor([0, 1]))
    assert not torch.equal(first, second)
    with pytest.raises(AudioganError, match="3 classes"):
        generator(latent)


def plain_sound(generator: WaveGANGenerator, latent: Tensor) -> Tensor:
    """The authors' layers one by one: normalised, if at all, before every ReLU, never the sound.

    TensorFlow's transposed convolution of stride 4 and 25 samples: 4 T + 21 samples, of which the first 10 and the last
    11 go.
    """
    x = F.linear(latent, generator.dense.weight, generator.dense.bias).unflatten(1, (-1, 16))
    for norm, layer in zip(generator.norms, generator.layers, strict=True):
        if isinstance(norm, BatchNorm):
            x = F.batch_norm(x, None, None, norm.weight, norm.bias, training=True)
        x = F.conv_transpose1d(F.relu(x), layer.conv.weight, layer.conv.bias, stride=4)[..., 10:-11]
    return torch.tanh(x)


def plain_score(discriminator: WaveGANDiscriminator, sound: Tensor, shifts: list[int]) -> Tensor:
    """The same of the discriminator: the first convolution is not normalised, and what the last gives is not moved."""
    x = sound
    last = len(discriminator.layers) - 1
    for level, (norm, layer) in enumerate(zip(discriminator.norms, discriminator.layers, strict=True)):
        x = F.conv1d(F.pad(x, (10, 11)), layer.conv.weight, layer.conv.bias, stride=4)
        if level and isinstance(norm, BatchNorm):
            x = F.batch_norm(x, None, None, norm.weight, norm.bias, training=True)
        x = F.leaky_relu(x, 0.2)
        if level < last:
            start, length = 2 - shifts[level], x.shape[-1]
            x = F.pad(x, (2, 2), mode="reflect")[..., start : start + length]
    return F.linear(x.flatten(1), discriminator.score.weight, discriminator.score.bias)[:, 0]


@pytest.mark.parametrize("normalisation", ["batch", "none"])
def test_they_are_the_authors_layers_with_and_without_batch_norm(normalisation: Any) -> None:
    """As chrisdonahue/wavegan builds them; its DCGAN and LSGAN objectives are played with batch norm in both."""
    torch.manual_seed(0)
    generator = WaveGANGenerator(1024, 2, 6, 3, normalisation=normalisation).double()
    discriminator = WaveGANDiscriminator(1024, 2, 3, normalisation=normalisation).double()
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            torch.nn.init.normal_(parameter, std=0.3) if name.endswith("bias") else None
    normed = [isinstance(norm, BatchNorm) for norm in discriminator.norms]
    assert normed == ([False, True, True] if normalisation == "batch" else [False] * 3)
    latent, sound = torch.randn(5, 6).double(), torch.randn(5, 2, 1024).double()
    torch.testing.assert_close(generator(latent), plain_sound(generator, latent))
    for shifts in ([0, 0], [2, -1], [-2, 1]):
        found = discriminator(sound, shifts=shifts).score
        torch.testing.assert_close(found, plain_score(discriminator, sound, shifts))


def test_nearest_upsampling_repeats_every_sample_and_convolves() -> None:
    layer, x = NearestUpConv(2, 3, 25, 4), torch.randn(2, 2, 16)
    repeated = F.interpolate(x, scale_factor=4, mode="nearest")
    torch.testing.assert_close(layer(x), F.conv1d(repeated, layer.conv.weight, layer.conv.bias, padding="same"))


@given(st.integers(-2, 2), st.integers(4, 12))
def test_phase_shuffle_is_numpy_s_reflection_and_a_cut(shift: int, length: int) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, length))
    padded = np.pad(x, ((0, 0), (0, 0), (2, 2)), mode="reflect")
    expected = padded[..., 2 - shift : 2 - shift + length]
    assert np.array_equal(phase_shuffle(torch.from_numpy(x), shift).numpy(), expected)


def test_shifts_are_drawn_for_all_layers_but_the_last_and_over_the_whole_range() -> None:
    discriminator = WaveGANDiscriminator(1024, width=2)
    drawn = [discriminator.draw(Chance(0, step, range(2)))["shifts"] for step in range(200)]
    assert {len(shifts) for shifts in drawn} == {len(discriminator.layers) - 1}
    assert {shift for shifts in drawn for shift in shifts} == {-2, -1, 0, 1, 2}
    assert any(len(set(shifts)) > 1 for shifts in drawn)
    assert WaveGANDiscriminator(1024, width=2, max_shift=0).draw(Chance(0, 0, range(2))) == {}


def test_the_shifts_move_what_follows_them() -> None:
    torch.manual_seed(0)
    discriminator = WaveGANDiscriminator(256, width=2)
    sound = torch.randn(2, 1, 256)
    still, moved = discriminator(sound, shifts=[0]), discriminator(sound, shifts=[1])
    assert torch.equal(still.score, discriminator(sound).score)
    assert torch.equal(still.features[0], moved.features[0])
    assert not torch.allclose(still.features[1], moved.features[1])


def test_an_instant_of_the_code_sees_what_the_paper_s_layers_span() -> None:
    """Five convolutions of 25 samples and stride 4 see 1 + 24 (1 + 4 + 16 + 64 + 256) = 8185 samples."""
    discriminator = WaveGANDiscriminator(width=1).double()
    sound = torch.zeros(1, 1, 16_384, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(discriminator(sound).features[-1][0, :, 8].sum(), sound)
    seen = gradient[0, 0].nonzero()
    assert seen[-1] - seen[0] + 1 == 8185


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from([64, 128, 256, 1024]), st.integers(4, 26))
def test_a_sample_changes_exactly_what_sees_it(data: st.DataObject, samples: int, kernel: int) -> None:
    torch.manual_seed(0)
    discriminator = WaveGANDiscriminator(samples, width=2, kernel=kernel).double()
    place = data.draw(st.integers(0, samples - 1))
    sound = torch.randn(1, 1, samples).double()
    changed = sound.clone()
    changed[..., place] += 1
    spans = reached(place, samples, kernel, [layer.conv.stride[0] for layer in discriminator.layers])
    for span, was, now in zip(spans, discriminator(sound).features, discriminator(changed).features, strict=True):
        assert (was != now).any(1)[0].nonzero()[:, 0].tolist() == span


def test_a_post_filter_is_a_convolution_of_each_channel() -> None:
    post_filter, sound = PostFilter(2, 5), torch.randn(3, 2, 40)
    kernel = post_filter.conv.weight.detach()[0, 0].flip(0).numpy()
    expected = [[np.convolve(channel, kernel, mode="same") for channel in item] for item in sound.numpy()]
    assert np.allclose(post_filter(sound).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 255), (1, 2, 256)])
def test_sound_of_another_shape_is_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioganError, match="judges 1 channels of 256 samples and got"):
        WaveGANDiscriminator(256, width=2)(torch.zeros(shape))


def test_weights_start_as_tensorflow_s() -> None:
    """Glorot's uniform: in [−a, a] with a² = 6 / (fan in + fan out), and biases at 0."""
    torch.manual_seed(0)
    weight = WaveGANGenerator(width=16).dense.weight
    limit = (6 / sum(weight.shape)) ** 0.5
    assert 0.99 * limit < weight.abs().max() <= limit and not WaveGANGenerator(64).dense.bias.any()
