"""The engine in NumPy around a core is the network, for one channel or several, however the sound is cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from audiogan.streaming.engine import SpectralEngine
from audiogan.streaming.estimators import Estimator, Frames
from audiogan.streaming.torch_estimator import TorchEstimator
from tests.stream_models import FRAMES, RATE, KnownFilter, noise, scattered


def through(estimator: Estimator, sound: np.ndarray, sizes: Sequence[int] = (10**9,)) -> tuple[np.ndarray, np.ndarray]:
    """The output, and by how much the top of the band was lowered."""
    engine, parts, position = SpectralEngine(estimator, len(sound)), [], 0
    while position < sound.shape[1]:
        size = sizes[len(parts) % len(sizes)]
        parts.append(engine.push(sound[:, position : position + size]))
        position += size
    made = np.concatenate([*parts, engine.finish()], axis=1)
    return sound + made[:-1], made[-1]


@pytest.mark.parametrize("options", [{}, {"look_ahead": 0, "taps": 2}, {"look_ahead": 3, "hop_length": 128}])
@pytest.mark.parametrize("samples", [1, 20_001])
def test_one_channel_is_the_network_itself(options: dict[str, int], samples: int) -> None:
    generator = scattered(**options)
    sound = noise(1, samples)
    with torch.no_grad():
        whole = generator(torch.from_numpy(sound)[None])[0].numpy()
    assert np.abs(whole - sound).max() > 0.3 * np.abs(sound).max()
    for sizes in ((10**9,), (1000, 0, 1, 255)):
        found, _ = through(TorchEstimator(generator, RATE), sound, sizes)
        np.testing.assert_allclose(found, whole, rtol=0, atol=1e-5)


def test_equal_channels_sound_as_one_and_opposite_ones_do_not_cancel() -> None:
    estimator = TorchEstimator(scattered(), RATE)
    sound = noise(1, 10_000)
    alone, _ = through(estimator, sound)
    equal, _ = through(estimator, np.concatenate([sound, sound]))
    np.testing.assert_array_equal(equal[0], equal[1])
    np.testing.assert_allclose(equal[:1], alone, rtol=0, atol=1e-4)
    opposite, _ = through(estimator, np.concatenate([sound, -sound]))
    np.testing.assert_allclose(opposite[0], -opposite[1], rtol=0, atol=1e-7)
    power = [10 * np.log10(np.mean(part**2)) for part in (opposite[0], alone)]
    assert abs(power[0] - power[1]) < 1


def test_a_pan_stays_where_it_is() -> None:
    """A voice to the left in noise from both sides: the filter is linear, so its level difference can be told apart."""
    voice, hiss = noise(1, 20_000, 1) * np.sin(np.arange(20_000) / 800), 0.3 * noise(2, 20_000, 2)
    pan = np.array([[1.0], [0.3]], np.float32)
    mixed = pan * voice + hiss

    class Recorded(TorchEstimator):
        said = []  # noqa: RUF012

        def __call__(self, spectrum, state):  # type: ignore[no-untyped-def]
            self.said.append(super().__call__(spectrum, state))
            return self.said[-1]

    class Replayed(Recorded):
        def __call__(self, spectrum, state):  # type: ignore[no-untyped-def]
            return self.said.pop(0)

    through(Recorded(scattered(), RATE), mixed)
    voice_alone, _ = through(Replayed(scattered(), RATE), pan * voice)
    assert np.abs(voice_alone - pan * voice).max() > 0.05
    difference = 10 * np.log10(np.mean(voice_alone[0] ** 2) / np.mean(voice_alone[1] ** 2))
    assert difference == pytest.approx(-20 * np.log10(0.3), abs=0.01)


@pytest.mark.parametrize("frames", [FRAMES, Frames(RATE, 256, 64, taps=3, filtered_bins=8, look_ahead=2)])
def test_gains_of_known_bins(frames: Frames) -> None:
    """A tone whose bins are shut goes, one whose bins are open stays, and so does its place in time."""
    bins = np.arange(frames.frame_length // 2 + 1) * RATE / frames.frame_length
    time = np.arange(8000) / RATE
    low, high = np.sin(2 * np.pi * 500 * time), np.sin(2 * np.pi * 5500 * time)
    sound = np.stack([low + high, high - low]).astype(np.float32)

    class Shut(KnownFilter):
        def __call__(self, spectrum, state):  # type: ignore[no-untyped-def]
            gains, _, state = super().__call__(spectrum, state)
            return gains, np.zeros((len(spectrum), frames.taps, 2, 8), np.float32), state

    found, lowered = through(Shut(lambda _: bins < 3000, frames), sound)
    inside = slice(600, -600)
    np.testing.assert_allclose(found[:, inside], np.stack([low, -low])[:, inside], rtol=0, atol=1e-3)
    assert lowered[inside].min() > 0.999
    found, lowered = through(Shut(lambda _: np.where(bins > 3000, 0.25, 1), frames), sound)
    assert lowered[inside] == pytest.approx(0.75, abs=1e-3)


def test_what_is_open_is_the_input_to_the_bit_and_silence_is_silence() -> None:
    sound = noise(2, 5000)
    found, lowered = through(KnownFilter(lambda _: 1), sound)
    np.testing.assert_array_equal(found, sound)
    assert not lowered.any()
    found, lowered = through(TorchEstimator(scattered(), RATE), np.zeros((2, 5000), np.float32))
    assert not found.any()


def test_it_is_as_late_as_it_says() -> None:
    engine = SpectralEngine(TorchEstimator(scattered(), RATE), 1)
    given = 0
    for taken in range(1, 1500):
        given += engine.push(np.ones((1, 1), np.float32)).shape[1]
        assert given == engine.ready(taken)
    assert engine.ready(256 * 3) == 256 and engine.ready(256 * 3 - 1) == 0  # 32 ms of delay and a hop
