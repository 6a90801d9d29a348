"""Loudness by BS.1770-4 as pyloudnorm and FFmpeg measure it, and a limiter that keeps its ceiling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audiogan.audio.files import read, write
from audiogan.audio.loudness import Limiter, LoudnessMeter, TruePeak, gain_to, k_weighting, limited
from tests.audio.media_files import speechlike


def loudness(sound: np.ndarray, rate: int, block: int = 5000) -> float:
    meter = LoudnessMeter(rate, sound.shape[0])
    for start in range(0, sound.shape[1], block):
        meter.push(sound[:, start : start + block])
    return meter.integrated()


def gated(rate: int) -> np.ndarray:
    """Speech-like sound with a quiet half, which the gates leave out."""
    sound = speechlike(8, rate, 2)
    sound[:, sound.shape[1] // 2 :] *= 0.003
    return sound


def test_the_filter_has_the_coefficients_of_the_recommendation() -> None:
    wanted = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
    np.testing.assert_allclose(k_weighting(48000), wanted, atol=1e-8)


def test_a_full_scale_sine_of_997_hz_is_at_minus_3() -> None:
    for rate in (16000, 44100, 48000, 96000):
        sine = np.sin(2 * np.pi * 997 * np.arange(5 * rate) / rate)[None].astype(np.float32)
        assert loudness(sine, rate) == pytest.approx(-3.01, abs=0.05)  # the filter bends at low rates


@pytest.mark.parametrize("rate", [44100, 48000])
def test_as_pyloudnorm(rate: int) -> None:
    pyloudnorm = pytest.importorskip("pyloudnorm")
    sound = gated(rate)
    wanted = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound.T.astype(np.float64))
    assert loudness(sound, rate) == pytest.approx(wanted, abs=0.1)


def test_as_ffmpeg(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    write(tmp_path / "a.wav", gated(48000), 48000, subtype="FLOAT")
    with av.open(str(tmp_path / "a.wav")) as container:
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=container.streams.audio[0])
        meter, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        told = {}
        for frame in container.decode(audio=0):
            graph.push(frame)
            while True:
                try:
                    told = dict(graph.pull().metadata) or told
                except (av.error.BlockingIOError, av.error.EOFError):
                    break
    assert loudness(read(tmp_path / "a.wav")[0], 48000) == pytest.approx(float(told["lavfi.r128.I"]), abs=0.1)


def test_blocks_do_not_matter_and_silence_has_no_loudness() -> None:
    sound = gated(16000)
    assert loudness(sound, 16000, 1) == pytest.approx(loudness(sound, 16000, 10**6), abs=1e-9)
    assert loudness(np.zeros((1, 16000), np.float32), 16000) == -np.inf
    assert loudness(np.ones((1, 100), np.float32), 16000) == -np.inf


def true_peak_db(sound: np.ndarray) -> float:
    from scipy.signal import resample_poly

    return float(20 * np.log10(np.abs(resample_poly(sound, 16, 1, axis=1)).max()))


def test_true_peaks_between_samples() -> None:
    sine = np.sin(2 * np.pi * np.arange(4800) / 4 + np.pi / 4)[None].astype(np.float32)  # samples at 0.707
    assert TruePeak(1).push(sine)[100:-100].max() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("block", [100, 4096, 10**6])
def test_the_limiter_keeps_length_place_and_ceiling(block: int) -> None:
    sound = speechlike(3, 48000, 2)
    limiter = Limiter(48000, 2, 18.0)
    parts = [limiter.push(sound[:, start : start + block]) for start in range(0, sound.shape[1], block)]
    out = np.concatenate([*parts, limiter.finish()], axis=1)
    assert out.shape == sound.shape and limiter.deepest_db < -3
    assert true_peak_db(out) < -0.95
    np.testing.assert_array_equal(out[0], out[1])
    gain = out[0][np.abs(sound[0]) > 1e-3] / sound[0][np.abs(sound[0]) > 1e-3]
    assert gain.min() > 0 and gain.max() <= 10 ** (18 / 20) * 1.0001
    if block == 100:
        whole = Limiter(48000, 2, 18.0)
        np.testing.assert_allclose(out, np.concatenate([whole.push(sound), whole.finish()], axis=1), atol=1e-6)


def test_what_needs_no_limit_is_only_amplified() -> None:
    sound = speechlike(1, 16000) * 0.1
    parts = list(limited(lambda: iter([sound]), 16000, 1, 6.0))
    np.testing.assert_allclose(np.concatenate(parts, axis=1), sound * np.float32(10 ** (6 / 20)), rtol=1e-6)


@pytest.mark.parametrize("target", [-16.0, -23.0])
def test_the_target_is_reached(target: float) -> None:
    sound = speechlike(6, 44100, 2) * 0.2
    gain, reached = gain_to(lambda: iter([sound]), 44100, 2, target, loudness(sound, 44100))
    out = np.concatenate(list(limited(lambda: iter([sound]), 44100, 2, gain)), axis=1)
    assert loudness(out, 44100) == pytest.approx(reached, abs=1e-6)
    assert reached == pytest.approx(target, abs=0.1)
    assert true_peak_db(out) < -0.95
