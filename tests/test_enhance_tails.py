"""Denormal tails, zeros of both signs and NaN samples: no state keeps them, and no output is NaN."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan import networks, objectives
from audiogan.audio.representation import PreEmphasis, Waveform
from audiogan.audio.streams import SoundWriter
from audiogan.cli import main
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError
from audiogan.streaming.engine import SpectralEngine
from audiogan.streaming.estimators import Array, State, StateTensor
from tests.stream_models import RATE, KnownFilter, noise, scattered

RATES = [8000, 16_000, 22_050, 44_100, 48_000, 96_000]
LEAST = np.float32(1e-45)  # the smallest number above 0 that float32 has

TAILS = {
    "decay": lambda shape, rng: rng.standard_normal(shape) * np.exp(-np.linspace(0, 104, shape[1])),
    "denormals": lambda shape, rng: rng.integers(-3, 4, shape) * np.float64(LEAST),
    "border": lambda shape, rng: rng.standard_normal(shape) * 1.2e-38,
    "squares": lambda shape, rng: rng.standard_normal(shape) * 1e-19,  # whose squares are denormals
    "zeros": lambda shape, rng: np.copysign(np.zeros(shape), rng.standard_normal(shape)),
    "one channel": lambda shape, rng: np.where(np.arange(shape[0])[:, None] > 0, 0, rng.standard_normal(shape) * 1e-40),
}


def with_tail(kind: str, channels: int, rate: int, seed: int = 0) -> np.ndarray:
    """Noise, a tail, noise again: `[channels, rate / 2]`."""
    tail = TAILS[kind]((channels, rate // 4), np.random.default_rng(seed)).astype(np.float32)
    return np.concatenate([noise(channels, rate // 8, 1), tail, noise(channels, rate // 8, 2)], axis=1)


def strict() -> warnings.catch_warnings:  # type: ignore[type-arg]
    """Every warning is an error, those of NumPy's arithmetic included."""
    return warnings.catch_warnings(action="error")


@pytest.mark.parametrize("kind", TAILS)
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", RATES)
def test_a_tail_is_as_good_as_zeros(rate: int, channels: int, kind: str) -> None:
    sound = with_tail(kind, channels, rate)
    digital = np.where(np.abs(sound) < 1e-18, 0, sound)
    enhancer = Enhancer(scattered(), Waveform(), RATE, 512)
    with strict():
        found = enhancer(sound, rate)
        wanted = enhancer(digital, rate)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


@settings(max_examples=40)
@given(
    rate=st.sampled_from(RATES),
    channels=st.sampled_from([1, 2, 3, 8]),
    size=st.sampled_from([37, 480, 4096, 10**6]),
    values=st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.sampled_from([np.nan, np.inf, -np.inf, 3e38, -0.0, 1e-45, -1e-40, 2e-38, 1e6, -1e6]),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_odd_samples_anywhere_leave_the_output_finite(
    rate: int, channels: int, size: int, values: list[tuple[int, float]]
) -> None:
    sound = with_tail("decay", channels, rate)
    for place, value in values:
        sound.reshape(-1)[place % sound.size] = value
    bad = int((~(np.abs(sound) <= 1e6)).sum())
    stream = Enhancer(scattered(), Waveform(), RATE, 512).stream(rate, channels)
    parts = [stream.push(sound[:, start : start + size]) for start in range(0, sound.shape[1], size)]
    with warnings.catch_warnings(action="ignore"):
        found = np.concatenate([*parts, stream.finish()], axis=1)
    assert found.shape == sound.shape and np.isfinite(found).all()
    assert stream.replaced == bad


@pytest.mark.parametrize("rate", RATES)
def test_a_nan_in_the_middle_is_a_zero(rate: int) -> None:
    """What follows is what it would be with a zero there, to the bit."""
    enhancer = Enhancer(scattered(), Waveform(), RATE, 512)
    sound = with_tail("decay", 2, rate)
    sound[0, rate // 16] = 0
    holed = sound.copy()
    holed[0, rate // 16] = np.nan
    results = []
    for each in (sound, holed):
        stream = enhancer.stream(rate, 2)
        with warnings.catch_warnings(action="ignore"):
            results.append(np.concatenate([stream.push(each), stream.finish()], axis=1))
    np.testing.assert_array_equal(*results)


class Poisoned(KnownFilter):
    """Keeps NaN in its state from a loud frame on, unless that is the first one after the state's beginning."""

    def __init__(self, start: float = 0.0) -> None:
        super().__init__(lambda _: 1)
        self.state = (StateTensor("kept", (), start),)

    def __call__(self, spectrum: Array, state: State) -> tuple[Array, Array, State]:
        """A gain of 0.5 for every bin, or NaN."""
        gains, taps, _ = super().__call__(spectrum, state)
        kept = state[0][0]
        for frame, power in enumerate(np.square(spectrum).mean((1, 2))):
            kept = np.float32(np.nan if power > 1e4 and kept > 0 else kept + 1)
            gains[frame] = 0.5 + 0 * kept
        return gains, taps, [np.full(1, kept)]


@pytest.mark.parametrize("sizes", [(10**6,), (256,), (1000, 3)])
def test_a_state_without_values_is_begun_again(sizes: tuple[int, ...]) -> None:
    sound = noise(1, 20_000)
    loud = sound.copy()
    loud[0, 5000:5512] = 1e5
    engine, parts, position = SpectralEngine(Poisoned(), 1), [], 0
    while position < loud.shape[1]:
        size = sizes[len(parts) % len(sizes)]
        parts.append(engine.push(loud[:, position : position + size]))
        position += size
    with pytest.raises(AudioganError, match="the model gives NaN or infinite values"):
        SpectralEngine(Poisoned(np.nan), 1).push(sound)
    change = np.concatenate([*parts, engine.finish()], axis=1)[0]
    assert np.isfinite(change).all()
    outside = np.r_[600:4000, 7000:19_000]
    np.testing.assert_allclose(change[outside], -0.5 * sound[0, outside], rtol=0, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_float_file_with_a_tail_comes_back_whole(tmp_path: Path, rate: int, channels: int) -> None:
    """By the model that came with audiogan, and a NaN in a file is refused with its place."""
    sound = with_tail("decay", channels, rate)
    soundfile.write(tmp_path / "in.wav", sound.T, rate, subtype="FLOAT")
    Enhancer.load().enhance_file(tmp_path / "in.wav", tmp_path / "out.wav")
    found, _ = soundfile.read(tmp_path / "out.wav", always_2d=True)
    assert found.shape == sound.T.shape and np.isfinite(found).all() and np.abs(found[-rate // 8 :]).max() > 1e-4
    sound[0, 1000] = np.nan
    soundfile.write(tmp_path / "nan.wav", sound.T, rate, subtype="FLOAT")
    with pytest.raises(AudioganError, match="sample 1000 "):
        Enhancer.load().enhance_file(tmp_path / "nan.wav", tmp_path / "new.wav")
    assert not (tmp_path / "new.wav").exists()


@pytest.mark.filterwarnings("error")
def test_samples_beyond_range_in_a_file_are_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = noise(1, 8000)
    sound[0, 100:103] = 1e30
    soundfile.write(tmp_path / "in.wav", sound.T, RATE, subtype="FLOAT")
    assert main(["enhance", str(tmp_path / "in.wav"), "-o", str(tmp_path / "out.wav")]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith(f"audiogan enhance: {tmp_path}/out.wav: 3 samples") and captured.err.count("\n") == 1
    assert np.isfinite(soundfile.read(tmp_path / "out.wav")[0]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_never_written(tmp_path: Path, value: float) -> None:
    block = noise(2, 100)
    block[1, 7] = value
    with (
        pytest.raises(AudioganError, match=r"out\.wav: sample 107 .*NaN or infinite"),
        SoundWriter(tmp_path / "out.wav", RATE, 2, subtype="FLOAT") as writer,
    ):
        writer.write(noise(2, 100))
        writer.write(block)
    assert not list(tmp_path.iterdir())


SMALL = {
    "SEGANGenerator": {"channels": (4, 8), "kernel": 15, "stride": 4},
    "SEGANPlusGenerator": {"channels": (4, 8), "kernel": 15, "stride": 4},
    "MetricGANGenerator": {"hidden": 8, "dense": 8},
    "CMGANGenerator": {"channels": 8, "blocks": 1, "heads": 2},
}


@pytest.mark.parametrize("kind", TAILS)
@pytest.mark.parametrize("name", SMALL)
def test_generators_of_windows_have_tails_too(name: str, kind: str) -> None:
    torch.manual_seed(0)
    enhancer = Enhancer(getattr(networks, name)(**SMALL[name]), PreEmphasis(), RATE, 2048)
    with strict():
        found = enhancer(with_tail(kind, 2, RATE), RATE)
    assert np.isfinite(found).all() and np.abs(found[:, -RATE // 8 :]).max() > 1e-4


TERMS = ["L1", "SISDR", "SNR", "MultiResolutionSTFT", "CompressedSpectrum", "PerceptualDisturbance", "OpinionScore"]


@pytest.mark.parametrize("kind", TAILS)
@pytest.mark.parametrize("name", TERMS)
def test_training_on_tails_has_finite_gradients(name: str, kind: str) -> None:
    """Items that are noise and a tail, and one that is nothing but the tail."""
    generator = scattered()
    sound = with_tail(kind, 3, RATE, 5)
    sound[2, : RATE // 8] = sound[2, -RATE // 8 :] = 0
    clean = torch.from_numpy(sound)[:, None]
    clean = torch.cat([clean, clean], -1)
    try:
        term = getattr(objectives, name)()
    except AudioganError as error:
        pytest.skip(str(error))
    loss = term(generator(clean + 1e-3 * torch.randn_like(clean) * (clean != 0)), clean)
    loss.backward()
    assert torch.isfinite(loss)
    gradients = [parameter.grad for parameter in generator.parameters() if parameter.grad is not None]
    assert gradients and all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
