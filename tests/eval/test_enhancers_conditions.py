"""Numbers of systems whose effect is known: a copy, a gain, one that mutes a half."""

from __future__ import annotations

import importlib
import json
import shlex
import sys
from pathlib import Path

import conditions
import numpy as np
import pytest
import soundfile

from audiogan.data.manifest import PairRow, write_manifest

RATE = 16000


def case(gain: float = 1.0, rate: int = RATE, seconds: float = 3.0) -> conditions.Case:
    """Noise in syllables as clean, hiss added; what comes out is `gain` times what goes in."""
    rng = np.random.default_rng(0)
    time = np.arange(round(seconds * rate)) / rate
    clean = (0.1 * rng.standard_normal(time.size) * (np.sin(2 * np.pi * time) > 0)).astype(np.float32)[None]
    noisy = clean + 0.01 * rng.standard_normal(clean.shape).astype(np.float32)
    return rate, noisy, clean, np.float32(gain) * noisy


def test_improvement_of_a_copy_is_zero_and_counts_what_got_worse() -> None:
    assert conditions.improvement([case()]) == {"SI-SDR gain, dB": 0, "worse": 0, "worst, dB": 0}
    rate, noisy, clean, _ = case()
    worse = (rate, noisy, clean, noisy + 2 * (noisy - clean))
    better = (rate, noisy, clean, clean + 0.1 * (noisy - clean))
    numbers = conditions.improvement([worse, better])
    assert numbers["worse"] == 0.5
    assert numbers["worst, dB"] == pytest.approx(-20 * np.log10(3), abs=0.1)
    assert numbers["SI-SDR gain, dB"] == pytest.approx((20 - 20 * np.log10(3)) / 2, abs=0.1)


def test_levels_follow_the_gain() -> None:
    expected = pytest.approx(20 * np.log10(0.5), abs=1e-3)
    assert conditions.level([case(0.5)])["level, dB"] == expected
    assert conditions.level([case(0.5)], 1.0)["level, dB"] == expected
    assert conditions.lost_speech([case(0.6)])["frames lost"] < 0.1
    assert conditions.lost_speech([case(0.4)])["frames lost"] > 0.9
    assert conditions.onset([case(0.5)])["level, dB"] == pytest.approx(20 * np.log10(0.5), abs=0.2)


def test_step_is_that_of_a_filter_which_lowers_one_side() -> None:
    rate, noisy, clean, _ = case(rate=48_000)
    spectrum = np.fft.rfft(noisy)
    spectrum[:, np.fft.rfftfreq(noisy.shape[1], 1 / rate) < 8000] *= 0.1
    out = np.fft.irfft(spectrum, noisy.shape[1]).astype(np.float32)
    numbers = conditions.step_at_8_khz([(rate, noisy, clean, out)])
    assert numbers["below, dB"] == pytest.approx(-20, abs=1) and numbers["step, dB"] == pytest.approx(20, abs=1)


def test_program_writes_a_table_with_the_untouched_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = []
    for situation, rate in (("plain", RATE), ("whisper", RATE), ("hiss-48000", 48_000)):
        _, noisy, clean, _ = case(rate=rate, seconds=4)
        for side, sound in (("noisy", noisy), ("clean", clean)):
            soundfile.write(tmp_path / f"{situation}-{side}.wav", sound.T, rate, subtype="FLOAT")
        paths = {side: tmp_path / f"{situation}-{side}.wav" for side in ("noisy", "clean")}
        row = PairRow(id=situation, sample_rate=rate, samples=noisy.size, conditions={"situation": situation}, **paths)
        rows.append(row)
    write_manifest(tmp_path / "manifest.jsonl", rows)
    program = (
        "import sys, soundfile; x, rate = soundfile.read(sys.argv[1]); "
        "soundfile.write(sys.argv[2], 0.4 * x, rate, subtype='FLOAT', format='WAV')"
    )
    quieter = f"quieter={shlex.quote(sys.executable)} -c {shlex.quote(program)} {{in}} {{out}}"
    arguments = [tmp_path / "manifest.jsonl", "-o", tmp_path / "out", "--work", tmp_path / "work", "--only", ""]
    monkeypatch.setattr(sys, "argv", ["conditions.py", *map(str, arguments), "--command", quieter])
    assert importlib.import_module("conditions").main() == 0
    systems = json.loads((tmp_path / "out.json").read_text())["systems"]
    assert list(systems) == ["untouched", "quieter"]
    assert systems["untouched"]["plain"]["SI-SDR gain, dB"] == 0
    assert systems["quieter"]["whisper"]["frames lost"] > 0.9 and systems["untouched"]["whisper"]["frames lost"] == 0
    assert "| whisper | frames lost | 0.00 |" in (tmp_path / "out.md").read_text()


def test_unknown_situation_is_refused(tmp_path: Path) -> None:
    row = PairRow(id="x", clean=tmp_path, noisy=tmp_path, sample_rate=RATE, samples=1, conditions={"situation": "sea"})
    with pytest.raises(conditions.AudioganError, match="situation is not known"):
        conditions.checked([row], tmp_path / "manifest.jsonl")
