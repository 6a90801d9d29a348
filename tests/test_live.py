"""Sound that is enhanced while it is made: through pipes, and by what a sound device calls."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from audiogan.audio.pcm import encode_pcm
from audiogan.audio.representation import Waveform
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError
from audiogan.live import Duplex, latency_in_words, microphone_to_speakers, through_pipe
from tests.stream_models import RATE, noise, scattered

LENGTH = 20_000


@pytest.fixture(scope="module")
def enhancer() -> Enhancer:
    return Enhancer(scattered(), Waveform(), RATE, 4096)


@pytest.mark.parametrize(("rate", "channels", "pcm", "tolerance"), [
    (RATE, 1, "f32le", 1e-6), (48_000, 2, "f32le", 1e-5), (RATE, 2, "s16le", 1.1 / 65536),
])  # fmt: skip
def test_a_pipe_gives_what_the_whole_gives(
    rate: int, channels: int, pcm: str, tolerance: float, enhancer: Enhancer
) -> None:
    sound = np.rint(noise(channels, LENGTH) * 3000).astype(np.float32) / 32768
    sink = io.BytesIO()
    said: list[str] = []
    source = io.BytesIO(encode_pcm(sound, pcm))
    assert through_pipe(enhancer.stream(rate, channels), source, sink, pcm, said.append) == LENGTH
    kind, full = ("<i2", 32768) if pcm == "s16le" else ("<f4", 1)
    found = np.frombuffer(sink.getvalue(), kind).reshape(-1, channels).T / full
    np.testing.assert_allclose(found, enhancer(sound, rate), rtol=0, atol=tolerance)
    assert said == []


def test_what_is_left_out_or_replaced_is_told(enhancer: Enhancer) -> None:
    sound = noise(1, 3000).astype("<f4")
    sound[0, 7] = np.nan
    sound[0, 8] = 1e30
    sink = io.BytesIO()
    said: list[str] = []
    with pytest.warns(UserWarning, match="2 samples of a stream"):
        through_pipe(enhancer.stream(RATE), io.BytesIO(sound.tobytes() + b"abc"), sink, "f32le", said.append)
    assert len(sink.getvalue()) == sound.nbytes
    assert np.isfinite(np.frombuffer(sink.getvalue(), "<f4")).all()
    assert said == [
        "the last 3 bytes are no whole sample of 1 channel in f32le, and were left out",
        "2 samples were NaN or out of all range and were replaced by silence",
    ]


@pytest.mark.parametrize("data", [b"", b"a"])
def test_a_pipe_without_a_sample_is_a_mistake(data: bytes, enhancer: Enhancer) -> None:
    with pytest.raises(AudioganError, match="ended before its first sample"):
        through_pipe(enhancer.stream(RATE), io.BytesIO(data), io.BytesIO(), "s16le", print)


@pytest.mark.parametrize(("rate", "channels", "size"), [(RATE, 1, 256), (48_000, 2, 441), (RATE, 1, 5000)])
def test_a_device_plays_what_it_heard_as_late_as_is_told(
    rate: int, channels: int, size: int, enhancer: Enhancer
) -> None:
    """A stand-in for the device: it calls with memory of its own, which it uses again."""
    sound = (0.1 * noise(channels, LENGTH)).astype(np.float32)
    stream = enhancer.stream(rate, channels)
    duplex, played = Duplex(stream), []
    heard, to_play = np.empty((size, channels), np.float32), np.empty((size, channels), np.float32)
    for start in range(0, LENGTH - size + 1, size):
        heard[:] = sound[:, start : start + size].T
        duplex(heard, to_play, size, None, None)
        played.append(to_play.T.copy())
        heard[:] = np.nan
    found = np.concatenate(played, axis=1)
    assert duplex.samples == found.shape[1] and duplex.gaps == 0
    assert not found[:, : stream.latency].any()
    expected = enhancer(sound, rate)[:, : found.shape[1] - stream.latency]
    np.testing.assert_allclose(found[:, stream.latency :], expected, rtol=0, atol=1e-5)


def test_gaps_are_counted(enhancer: Enhancer) -> None:
    duplex = Duplex(enhancer.stream(RATE))
    silence = np.zeros((10, 1), np.float32)
    for flaws in (None, "output underflow", None, "input overflow"):
        duplex(silence, silence.copy(), 10, None, flaws)
    assert duplex.gaps == 2


def test_latency_is_told_in_samples_and_time(enhancer: Enhancer) -> None:
    stream = enhancer.stream(RATE)
    assert latency_in_words(stream) == f"{stream.latency} samples ({stream.latency / 16:.1f} ms)"


class Devices(SimpleNamespace):
    """A stand-in for the package: machines with the devices that are given."""

    PortAudioError = type("PortAudioError", (Exception,), {})

    def query_devices(self, device: Any = None, kind: str | None = None) -> Any:
        """As the package's own: all devices, or one of a kind."""
        if kind is None:
            return self.devices
        raise ValueError(f"No {kind} device matching {device!r}")


def test_a_wrong_device_gets_the_list(enhancer: Enhancer, monkeypatch: pytest.MonkeyPatch) -> None:
    here = [{"index": i, "name": n, "max_input_channels": 2 - i, "max_output_channels": i} for i, n in enumerate("MXS")]
    monkeypatch.setitem(sys.modules, "sounddevice", Devices(devices=here))
    with pytest.raises(AudioganError, match=r"no microphone nix .* Give --input-device one of 0: M; 1: X\.$"):
        microphone_to_speakers(enhancer, input_device="nix", tell=print)
    monkeypatch.setitem(sys.modules, "sounddevice", Devices(devices=[]))
    with pytest.raises(AudioganError, match=r"This machine has no microphone\. Enhance files"):
        microphone_to_speakers(enhancer, tell=print)


def test_without_the_package_its_name_is_told(enhancer: Enhancer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(AudioganError, match=r"pip install 'audiogan\[live\]'"):
        microphone_to_speakers(enhancer, tell=print)
