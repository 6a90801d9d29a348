"""Sounds of each situation: what was asked for is what the files contain."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from condition_sounds import HIGHPASS_HZ, SAMPLE_RATE, burst, filtered
from voice_changes import held_vowel, whispered

from audiogan.audio.files import find_sounds, read_mono
from audiogan.data.manifest import PairRow, read_manifest

from .conftest import ROOT, Run, tone, wav


def spoken(seconds: float) -> np.ndarray:
    """Real speech out of the repository's own recordings."""
    paths = find_sounds(ROOT / "data_prep" / "demo_sound" / "train" / "speech")
    joined = np.concatenate([read_mono(path, SAMPLE_RATE) for path in paths[:12]])
    return joined[: round(seconds * SAMPLE_RATE)]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora") / "develop"
    for number, part in enumerate(np.array_split(spoken(24.0), 6)):
        wav(folder / "speech" / "ana" / f"{number}.wav", part)
    wav(folder / "noise" / "street" / "0.wav", 0.1 * np.random.default_rng(0).standard_normal(5 * SAMPLE_RATE))
    wav(folder / "notes" / "a.wav", tone(0.5))
    return folder.parent


def test_program_writes_every_situation(run: Run, corpora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("condition_sounds", corpora, out, "--count", 2, "--music", corpora / "develop" / "notes")
    assert done.returncode == 0, done.stderr
    rows = read_manifest(out / "manifest.jsonl")
    counts = Counter((row.conditions or {})["situation"] for row in rows)
    highpassed = {f"highpass-{hz}": 2 for hz in HIGHPASS_HZ}
    others = ["plain", "low-snr", "telephone", "rate-8000", "lead-silence", "lead-hiss", "lead-noise"]
    others += ["clean-telephone", "clean-quiet", "whisper", "vowel", "music", "hiss-48000"]
    onsets = counts.pop("onset", 0)
    assert onsets <= 2
    assert counts == {**highpassed, **dict.fromkeys(others, 2), "split": 1}
    by_situation = {(row.conditions or {})["situation"]: row for row in rows}
    assert soundfile.info(by_situation["split"].noisy).channels == 2
    assert by_situation["rate-8000"].sample_rate == 8000 and by_situation["hiss-48000"].sample_rate == 48_000
    check_snr(rows)
    check_leads(by_situation)


def check_snr(rows: list[PairRow]) -> None:
    plain = [row for row in rows if (row.conditions or {})["situation"] in ("plain", "low-snr")]
    for row, expected in zip(plain, (0, 5, -5, -5), strict=True):
        clean, noisy = read_mono(row.clean, SAMPLE_RATE), read_mono(row.noisy, SAMPLE_RATE)
        ratio = 10 * np.log10(np.mean(clean**2) / np.mean((noisy - clean) ** 2))
        assert ratio == pytest.approx(expected, abs=3)  # the level of speech is measured without its pauses


def check_leads(rows: dict[str, PairRow]) -> None:
    samples = 60 * SAMPLE_RATE
    levels = {}
    for name in ("silence", "hiss", "noise"):
        row = rows[f"lead-{name}"]
        assert np.abs(read_mono(row.clean, SAMPLE_RATE)[:samples]).max() == 0
        levels[name] = np.sqrt(np.mean(read_mono(row.noisy, SAMPLE_RATE)[:samples] ** 2))
    assert levels["silence"] == 0 and levels["hiss"] == pytest.approx(1e-3, rel=0.05) and levels["noise"] > 3e-3


def test_existing_folder_and_missing_corpora_are_refused(run: Run, tmp_path: Path) -> None:
    done = run("condition_sounds", tmp_path / "no", tmp_path)
    assert done.returncode == 2 and "already exists" in done.stderr
    done = run("condition_sounds", tmp_path / "no", tmp_path / "out")
    assert done.returncode == 2 and str(tmp_path / "no") in done.stderr and not (tmp_path / "out").exists()


def test_filtered_has_the_gain_of_a_butterworth_filter() -> None:
    """1 / sqrt(1 + (f0 / f)^12) for a high-pass of order 6 at f0."""
    for hertz in (150.0, 300.0, 1000.0):
        sound = tone(2.0, hertz)
        gain = np.sqrt(np.mean(filtered(sound, 300, None)[8000:] ** 2) / np.mean(sound[8000:] ** 2))
        assert gain == pytest.approx(1 / np.sqrt(1 + (300 / hertz) ** 12), rel=0.05)


def periodicity(sound: np.ndarray) -> float:
    """Median over loud frames of the largest normalized autocorrelation between 70 and 400 Hz."""
    peaks = []
    for start in range(0, sound.size - 800, 400):
        frame = sound[start : start + 800] - sound[start : start + 800].mean()
        if np.sqrt(np.mean(frame**2)) > 0.3 * sound.std():
            full = np.correlate(frame, frame, "full")[799:]
            peaks.append(full[40:230].max() / full[0])
    return float(np.median(peaks))


def test_whisper_keeps_the_envelope_and_loses_the_pitch() -> None:
    speech = spoken(4.0)
    whisper = whispered(speech, SAMPLE_RATE, np.random.default_rng(0))
    assert periodicity(whisper) < 0.6 * periodicity(speech)
    power = [np.abs(np.fft.rfft(sound)) ** 2 for sound in (speech, whisper)]
    bands = [[10 * np.log10(part.sum()) for part in np.array_split(p[400:24_000], 12)] for p in power]
    assert np.abs(np.subtract(*bands)).max() < 4
    assert np.std(whisper) == pytest.approx(np.std(speech), rel=0.4)


def test_held_vowel_is_periodic_and_steady() -> None:
    vowel = held_vowel(spoken(4.0), SAMPLE_RATE, 3.0, np.random.default_rng(0))
    assert vowel.size == 3 * SAMPLE_RATE and 10 * np.log10(np.mean(vowel**2)) == pytest.approx(-26, abs=0.1)
    assert periodicity(vowel) > 0.8
    seconds = [10 * np.log10(np.mean(part**2)) for part in np.array_split(vowel[2000:-2000], 4)]
    assert np.ptp(seconds) < 1


def test_burst_is_found_at_its_place_and_only_there() -> None:
    rng = np.random.default_rng(0)
    quiet, loud = 1e-4 * rng.standard_normal(4000), 0.1 * rng.standard_normal(8000)
    sudden = np.concatenate([quiet, loud]).astype(np.float32)
    assert burst(sudden) == 4000
    slow = np.concatenate([quiet, loud * np.geomspace(1e-3, 1, loud.size)]).astype(np.float32)
    assert burst(slow) is None
