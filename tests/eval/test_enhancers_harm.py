"""What is told of systems whose harm is known: a copy, one that amplifies, one that mutes."""

from __future__ import annotations

import importlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from harm import seconds_of

from audiogan.data.manifest import PairRow, write_manifest
from audiogan.errors import AudioganError

RATE = 16000


def speech_like(samples: int, seed: int) -> np.ndarray:
    """Harmonics in syllables: PESQ judges it."""
    time = np.arange(samples) / RATE
    tones = sum(np.sin(2 * np.pi * (120 + 20 * seed) * n * time + n * n) / n for n in range(1, 25))
    return 0.05 * tones * np.clip(np.sin(2 * np.pi * 1.5 * time), 0, 1)


@pytest.fixture
def special(tmp_path: Path) -> Path:
    """A manifest with one sound of each kind, 3 s each."""
    rng = np.random.default_rng(0)
    sounds = {
        "speech": speech_like(3 * RATE, 0),
        "silence": np.zeros(3 * RATE),
        "noise": 0.05 * rng.standard_normal(3 * RATE),
        "music": np.concatenate([np.zeros(RATE), 0.1 * np.sin(0.2 * np.arange(2 * RATE))]),
    }
    rows = []
    for kind, sound in sounds.items():
        path = tmp_path / "in" / f"{kind}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, sound, RATE, subtype="FLOAT")
        rows.append(
            PairRow(id=kind, clean=path, noisy=path, sample_rate=RATE, samples=sound.size, conditions={"kind": kind})
        )
    write_manifest(tmp_path / "manifest.jsonl", rows)
    return tmp_path / "manifest.jsonl"


def by_factor(factor: float, added: float = 0.0) -> str:
    """A command that multiplies, comes 10 ms late, and adds a constant hum."""
    program = (
        "import sys, numpy, soundfile; x, rate = soundfile.read(sys.argv[1]); "
        f"y = {factor} * numpy.roll(x, 160) + {added} * numpy.sin(0.1 * numpy.arange(len(x))); "
        "soundfile.write(sys.argv[2], y, rate, subtype='FLOAT', format='WAV')"
    )
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} {{in}} {{out}}"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["harm.py", *map(str, arguments)])
    code: int = importlib.import_module("harm").main()
    return code


def test_harm_is_told_and_systems_are_added(special: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    common = [special, "-o", out, "--work", tmp_path / "work"]
    systems = ["--command", f"copy={by_factor(1)}", "--command", f"louder={by_factor(1.5)}"]
    assert run(monkeypatch, *common, "--only", "", *systems) == 0
    before: dict[str, Any] = json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))
    copy, louder = before["systems"]["copy"], before["systems"]["louder"]
    # Less than the 4.64 of an equal sound: the last 10 ms came too late. A gain changes nothing.
    assert copy["pesq"]["speech"] > 4.3 and louder["pesq"]["speech"] == pytest.approx(copy["pesq"]["speech"], abs=0.05)
    assert copy["silence_db"] is None and copy["louder"] == {"noise": 0, "music": 0}
    assert copy["seconds"] == {"noise": 3, "music": 3} and copy["louder_db"]["noise"] == pytest.approx(0, abs=0.01)
    gain_db = 20 * np.log10(1.5)
    assert louder["speech_level_db"] == pytest.approx(gain_db, abs=0.05)
    assert louder["louder_db"]["noise"] == pytest.approx(gain_db, abs=0.05)
    assert louder["louder"] == {"noise": 3, "music": 2}  # its first second is silent

    # Another beside them, which hums where there was nothing.
    added = ["--add-to", f"{out}.json", "--command", f"humming={by_factor(0.01, 0.01)}"]
    assert run(monkeypatch, *common, *added) == 0
    after = json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))
    assert list(after["systems"]) == ["humming", "copy", "louder"] and after["systems"]["copy"] == copy
    assert after["systems"]["humming"]["silence_db"] == pytest.approx(-43.0, abs=0.1)
    assert after["systems"]["humming"]["louder_db"]["music"] == pytest.approx(27.0, abs=0.2)  # from -70 dB
    page = Path(f"{out}.md").read_text(encoding="utf-8")
    assert "| copy | 4.3" in page and "| silent |" in page and "+3.52 | 3 of 3" in page


def test_a_second_is_a_second(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.repeat([0.1, 0.01], RATE), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "b.wav", np.repeat([0.01, 0.1], RATE), RATE, subtype="FLOAT")
    levels = np.array(list(seconds_of(tmp_path / "a.wav", tmp_path / "b.wav")))
    np.testing.assert_allclose(levels, [[-20, -40], [-40, -20]], atol=1e-4)


def test_a_manifest_of_mixtures_is_refused(special: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = PairRow(id="a", clean=Path("a.wav"), noisy=Path("a.wav"), sample_rate=RATE, samples=1)
    write_manifest(tmp_path / "mixtures.jsonl", [row])
    with pytest.raises(AudioganError, match="do not say the kind"):
        run(monkeypatch, tmp_path / "mixtures.jsonl", "-o", tmp_path / "out", "--command", "c=cp {in} {out}")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(AudioganError, match="not the JSON that this program writes"):
        run(monkeypatch, special, "-o", tmp_path / "out", "--add-to", tmp_path / "other.json")
