"""Delay, polarity and level are found where they are known, and only the delay is taken out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from alignment import align, correlation, gain_db, peak, shifted
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.data.manifest import PairRow

RATE = 8000


def sound(seed: int, samples: int = 4000) -> np.ndarray:
    """Noise that is not white, as speech is not: `[samples]`."""
    white = np.random.default_rng(seed).standard_normal(samples + 7)
    return np.convolve(white, np.hanning(8), mode="valid").astype(np.float32) * 0.1


@settings(max_examples=15)
@given(
    seed=st.integers(0, 1000), delay=st.integers(-300, 300), inverted=st.booleans(), level=st.floats(0.05, 3.0),
    noise=st.floats(0, 0.02),
)  # fmt: skip
def test_delay_polarity_and_gain_are_found(seed: int, delay: int, inverted: bool, level: float, noise: float) -> None:
    clean = sound(seed)
    sign = -1 if inverted else 1
    extra = noise * level * np.random.default_rng(seed + 1).standard_normal(clean.size)
    output = (sign * level * shifted(clean[None], -delay, clean.size)[0] + extra).astype(np.float32)
    found = peak(correlation(output, clean, 400))
    assert found == (delay, sign)
    aligned = shifted(output[None], delay, clean.size)[0]
    inside = slice(abs(delay), clean.size - abs(delay))
    assert gain_db(aligned[inside], clean[inside]) == pytest.approx(20 * np.log10(level), abs=0.5)


@given(delay=st.integers(-12, 12), length=st.integers(0, 12), samples=st.integers(1, 12))
def test_shifting_is_indexing(delay: int, length: int, samples: int) -> None:
    given_sound = np.arange(1, length + 1, dtype=np.float32)[None]
    expected = [given_sound[0, n + delay] if 0 <= n + delay < length else 0 for n in range(samples)]
    assert shifted(given_sound, delay, samples)[0].tolist() == expected


def test_correlation_is_the_normalised_sum() -> None:
    output, clean = sound(1, 50), sound(2, 40)
    norm = np.linalg.norm(output.astype(float)) * np.linalg.norm(clean.astype(float))
    direct = [
        sum(output[n + lag] * clean[n] for n in range(40) if 0 <= n + lag < 50) / norm for lag in range(-60, 61)
    ]  # fmt: skip
    np.testing.assert_allclose(correlation(output, clean, 60), direct, atol=1e-6)


def test_silence_has_no_delay() -> None:
    assert peak(correlation(np.zeros(100), sound(0, 100), 10)) == (0, 1)
    assert gain_db(np.zeros(100), sound(0, 100)) is None


def test_a_set_has_one_delay_and_keeps_its_polarity_and_level(tmp_path: Path) -> None:
    """One file of three misleads by itself: the set's delay is that of the others."""
    rows, made = [], {}
    for number in range(3):
        clean = sound(number)
        late = shifted(clean[None], -40 if number < 2 else 0, clean.size)[0]
        paths = {kind: tmp_path / kind / f"{number}.wav" for kind in ("clean", "output")}
        for kind, waveform in (("clean", clean), ("output", -0.25 * late[: clean.size - 80 * (number == 0)])):
            paths[kind].parent.mkdir(exist_ok=True)
            soundfile.write(paths[kind], waveform, RATE, subtype="FLOAT")
        rows.append(PairRow(id=str(number), clean=paths["clean"], noisy=paths["clean"], sample_rate=RATE, samples=4000))
        made[str(number)] = paths["output"]
    found = align(rows, made, tmp_path / "aligned")
    assert (found.delay, found.polarity, found.rates, found.unread) == (40, -1, (RATE,), {})
    assert found.delays == {"0": 40, "1": 40, "2": 0}
    assert found.longer == {"0": -80}
    assert found.gain_db == pytest.approx(-12.04, abs=0.5)
    aligned, rate = soundfile.read(tmp_path / "aligned" / "1.wav")
    assert rate == RATE and aligned.size == 4000
    np.testing.assert_allclose(aligned[:3960], -0.25 * sound(1)[:3960], atol=1e-7)
    assert not aligned[3960:].any()


def test_another_rate_is_brought_back_and_a_bad_file_is_told(tmp_path: Path) -> None:
    from audiogan.audio.resample import resample

    clean = sound(5)
    soundfile.write(tmp_path / "clean.wav", clean, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "out.wav", resample(clean, RATE, 3 * RATE), 3 * RATE, subtype="FLOAT")
    (tmp_path / "bad.wav").write_bytes(b"not sound")
    rows = [
        PairRow(id=name, clean=tmp_path / "clean.wav", noisy=tmp_path / "clean.wav", sample_rate=RATE, samples=4000)
        for name in ("good", "bad")
    ]
    found = align(rows, {"good": tmp_path / "out.wav", "bad": tmp_path / "bad.wav"}, tmp_path / "aligned")
    assert (found.delay, found.polarity, found.rates) == (0, 1, (3 * RATE,))
    assert list(found.unread) == ["bad"] and "bad.wav" in found.unread["bad"]
    assert not (tmp_path / "aligned" / "bad.wav").exists()
