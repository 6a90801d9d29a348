"""The enhancer on arrays: what goes in comes out, wherever it is cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audiogan.audio.representation import PreEmphasis, Waveform
from audiogan.chance import Chance
from audiogan.enhance import Enhancer, EnhancingStream
from audiogan.errors import AudioganError
from audiogan.networks import SEGANGenerator

RATE, WINDOW = 16000, 16384


def identity() -> Enhancer:
    return Enhancer(nn.Identity(), PreEmphasis(), RATE, WINDOW)


def small_segan(latent_channels: int = 4, **options: int) -> Enhancer:
    """A narrow SEGAN whose random weights are large enough for its output to differ much from its input."""
    torch.manual_seed(0)
    generator = SEGANGenerator(channels=(4, 8, 8), kernel=15, stride=4, latent_channels=latent_channels)
    with torch.no_grad():
        for parameter in generator.parameters():
            if parameter.ndim == 3:
                parameter.mul_(0.1 / parameter.std())
    return Enhancer(generator, PreEmphasis(), RATE, 2048, **options)


def noise(channels: int, samples: int) -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal((channels, samples))).clip(-1, 1).astype(np.float32)


def decibels(error: np.ndarray, signal: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(error**2) / np.mean(signal**2)))


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("samples", [1, 100, 16383, 16384, 16385])
def test_a_network_that_returns_its_input_gives_the_sound_back(samples: int, channels: int) -> None:
    sound = noise(channels, samples)
    assert np.abs(identity()(sound, RATE) - sound).max() <= 1e-6


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_a_minute_comes_back_too(channels: int) -> None:
    sound = noise(channels, 1_000_003)
    assert np.abs(identity()(sound, RATE) - sound).max() <= 1e-6


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
def test_at_other_rates_what_lies_below_045_of_the_lower_rate_comes_back(rate: int) -> None:
    samples = 2 * rate + 17
    spectrum = np.fft.rfft(noise(2, samples))
    spectrum[:, np.fft.rfftfreq(samples, 1 / rate) > 0.449 * min(rate, RATE)] = 0
    swell = np.sin(np.pi * np.arange(samples) / samples) ** 2  # what is cut off sharply is not limited in band
    sound = np.fft.irfft(spectrum, samples) * swell
    found = identity()(sound, rate)
    assert found.shape == sound.shape
    assert decibels(found - sound, sound) < -90


@pytest.mark.parametrize("rate", [8000, 22050, 96000])
@pytest.mark.parametrize("samples", [1, 2, 3, 7, 100, 5001])
def test_every_length_comes_back_at_every_rate(samples: int, rate: int) -> None:
    found = identity()(noise(1, samples), rate)
    assert found.shape == (1, samples)
    assert found.any()


@pytest.mark.parametrize("sound", [noise(2, 3000), noise(1, 3000)[0], noise(2, 3000).astype(np.float64)])
def test_kind_shape_and_type_are_kept(sound: np.ndarray) -> None:
    enhancer = small_segan()
    found = enhancer(sound, RATE)
    assert isinstance(found, np.ndarray)
    assert (found.shape, found.dtype) == (sound.shape, sound.dtype)
    tensor = torch.from_numpy(sound).requires_grad_()
    of_tensor = enhancer(tensor, RATE)
    assert isinstance(of_tensor, Tensor) and of_tensor.dtype == tensor.dtype
    np.testing.assert_array_equal(of_tensor.numpy(), found)


def streamed(enhancer: Enhancer, sound: np.ndarray, rate: int, sizes: Sequence[int]) -> np.ndarray:
    stream, parts, position = EnhancingStream(enhancer, sound.shape[0], rate), [], 0
    while position < sound.shape[1]:
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream.push(sound[:, position : position + size]))
        position += size
    return np.concatenate([*parts, stream.finish()], axis=1)


@pytest.mark.parametrize("rate", [RATE, 44100])
def test_neither_blocks_nor_batches_leave_a_trace(rate: int) -> None:
    sound = noise(2, 30_000)
    whole = small_segan()(sound, rate)
    assert np.abs(whole - sound).max() > 0.1
    for sizes in ([30_000], [4096], [1, 7000, 13]):
        np.testing.assert_allclose(streamed(small_segan(), sound, rate, sizes), whole, atol=1e-6)
    for batch_size in (1, 3, 64):
        np.testing.assert_allclose(small_segan(batch_size=batch_size)(sound, rate), whole, atol=1e-6)


def test_channels_are_processed_alike_and_on_their_own() -> None:
    left, right = noise(2, 20_000)
    both = small_segan()(np.stack([left, right]), RATE)
    np.testing.assert_allclose(both[0], small_segan()(left, RATE), atol=1e-6)
    np.testing.assert_allclose(both[1], small_segan()(right, RATE), atol=1e-6)


def test_latents_follow_the_seed_and_the_place() -> None:
    sound = noise(1, 20_000)
    first = small_segan(seed=1)(sound, RATE)
    np.testing.assert_array_equal(first, small_segan(seed=1)(sound, RATE))
    assert np.abs(first - small_segan(seed=2)(sound, RATE)).max() > 1e-4
    # What lies more than a window and its context further on has no part in the beginning.
    np.testing.assert_allclose(small_segan(seed=1)(sound[:, :10_000], RATE)[:, :7000], first[:, :7000], atol=1e-6)


class ScaledDraw(nn.Module):
    """Returns its input, plus what was drawn."""

    def draw(self, chance: Chance, samples: int) -> dict[str, Tensor]:
        return {"offset": chance.normal("offset", (1, samples))}

    def forward(self, noisy: Tensor, offset: Tensor) -> Tensor:
        return noisy + offset


def test_draws_are_those_of_the_window_s_index() -> None:
    enhancer = Enhancer(ScaledDraw(), Waveform(), RATE, 64, context=0, batch_size=2, seed=5)
    found = enhancer(np.zeros((2, 200)), RATE)
    wanted = Chance(5, 0, range(4)).normal("offset", (1, 64)).numpy().reshape(-1)[:200]
    np.testing.assert_allclose(found, np.stack([wanted, wanted]), atol=1e-7)


def test_the_mode_of_the_generator_is_left_as_it_was() -> None:
    class Probe(nn.Module):
        def forward(self, noisy: Tensor) -> Tensor:
            assert not self.training and not torch.is_grad_enabled()
            return noisy

    probe = Probe().train()
    Enhancer(probe, Waveform(), RATE, 64)(noise(1, 100), RATE)
    assert probe.training


def log_spectrum_steps(sound: np.ndarray, instants: np.ndarray) -> np.ndarray:
    """The root mean square step, in dB, between the spectra right before and right after each instant."""
    frame = 256

    def spectra(starts: np.ndarray) -> np.ndarray:
        frames = np.stack([sound[start : start + frame] for start in starts]) * np.hanning(frame)
        return 20 * np.log10(np.abs(np.fft.rfft(frames)) + 1e-6)

    return np.sqrt(np.mean((spectra(instants) - spectra(instants - frame)) ** 2, axis=1))


def steps_at_joins_and_elsewhere(enhancer: Enhancer) -> tuple[float, float]:
    # Periods of 64 and 128 samples: the strides and the frames hold whole ones, so a steady output has no step.
    time = np.arange(20 * RATE) / RATE
    found = enhancer(0.3 * np.sin(2 * np.pi * 250 * time) + 0.1 * np.sin(2 * np.pi * 1375 * time), RATE)
    grid = enhancer.grid
    joins = np.arange(2, 20 * RATE // grid.hop - 2) * grid.hop - grid.fade // 2
    elsewhere = np.concatenate([joins + grid.hop * eighth // 8 for eighth in range(2, 7)])
    return log_spectrum_steps(found, joins).mean(), log_spectrum_steps(found, elsewhere).mean()


def test_joins_show_no_larger_step_than_other_instants() -> None:
    at_joins, elsewhere = steps_at_joins_and_elsewhere(small_segan())
    assert at_joins < 1.05 * elsewhere
    at_joins, elsewhere = steps_at_joins_and_elsewhere(small_segan(latent_channels=0))
    assert at_joins < elsewhere + 0.01
    # The measure does see joins where windows are only put side by side.
    at_joins, elsewhere = steps_at_joins_and_elsewhere(small_segan(latent_channels=0, context=0))
    assert at_joins > elsewhere + 1


@pytest.mark.parametrize(
    ("sound", "rate", "word"),
    [
        (np.zeros((1, 0)), RATE, "no samples"),
        (np.zeros(100, np.int16), RATE, "floating-point"),
        (np.zeros((1, 1, 100)), RATE, "shape"),
        (np.array([0.0, np.nan]), RATE, "NaN"),
        (np.array([0.0, np.inf]), RATE, "infinite"),
        (np.zeros(100), 0, "sample rate of 0"),
        ([0.0, 0.1], RATE, "neither a NumPy array nor a torch tensor"),
    ],
)
def test_what_is_not_sound(sound: np.ndarray, rate: int, word: str) -> None:
    with pytest.raises(AudioganError, match=word):
        identity()(sound, rate)


def test_a_model_that_gives_nan_is_told_of() -> None:
    class Broken(nn.Module):
        def forward(self, noisy: Tensor) -> Tensor:
            return noisy / 0 * 0

    with pytest.raises(AudioganError, match="training went wrong"):
        Enhancer(Broken(), Waveform(), RATE, 64)(noise(1, 100), RATE)


class Silencer(nn.Module):
    """Takes everything away."""

    def forward(self, noisy: torch.Tensor) -> torch.Tensor:
        return 0 * noisy


@pytest.mark.parametrize("representation", [Waveform(), PreEmphasis()])
@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_strength_is_how_much_is_taken_away(representation: PreEmphasis | Waveform, strength: float) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, 5000).astype(np.float32)
    enhanced = Enhancer(Silencer(), representation, 16000, 1024, strength=strength)(sound, 16000)
    assert np.abs(enhanced - (1 - strength) * sound).max() < 1e-6


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan")])
def test_a_strength_elsewhere_is_refused(strength: float) -> None:
    with pytest.raises(AudioganError, match=r"a strength of .* lies between 0"):
        Enhancer(Silencer(), Waveform(), 16000, 1024, strength=strength)
