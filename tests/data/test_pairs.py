from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from audiogan.audio.files import read, read_mono, write
from audiogan.audio.level import active_level, rms_db
from audiogan.data import building
from audiogan.data.building import build_pairs
from audiogan.data.manifest import read_manifest
from audiogan.data.mixing import excerpt_at
from audiogan.data.pairs import PairOptions
from audiogan.errors import AudioganError
from tests.stale import leave_stale


def noise_of(seed: int, seconds: float, rate: int, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal((channels, int(seconds * rate)))).astype(np.float32)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Five clean recordings at three rates, and three noises: long, short, stereo."""
    clean, noise = tmp_path / "clean", tmp_path / "noise"
    for number, rate in enumerate((16000, 16000, 8000, 22050, 16000)):
        tone = noise_of(number, 0.8, rate) * np.sin(np.linspace(0, 9, int(0.8 * rate)))
        write(clean / "speaker" / f"clip {number}.wav", tone, rate)
    write(noise / "long.wav", noise_of(10, 3, 16000), 16000)
    write(noise / "short.flac", noise_of(11, 0.3, 22050), 22050)
    write(noise / "stereo.wav", noise_of(12, 2, 44100, channels=2), 44100)
    return clean, noise


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_files_hold_the_wanted_snr_and_the_manifest_tells_how_they_were_made(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    options = PairOptions(snr_db=(-2.5, 7.5), every_snr=True)
    built = build_pairs([folders[0]], [folders[1]], tmp_path / "out", options)
    rows = read_manifest(built.manifest)
    assert built.pairs == len(rows) == 10
    assert Counter(row.snr_db for row in rows) == {-2.5: 5, 7.5: 5}
    assert set(Counter(row.speech.source for row in rows if row.speech).values()) == {2}
    for row in rows:
        (clean, rate), (noisy, _) = read(row.clean), read(row.noisy)
        assert (rate, clean.shape, noisy.shape) == (16000, (1, row.samples), (1, row.samples))
        added = noisy[0].astype(np.float64) - clean[0]
        assert active_level(clean[0], rate).level_db - rms_db(added) == pytest.approx(row.snr_db, abs=0.01)
        assert row.speech is not None
        assert row.speech.gain is not None
        assert row.noise[0].gain is not None
        speech = read_mono(row.speech.source, 16000)
        noise = excerpt_at(read_mono(row.noise[0].source, 16000), row.noise[0].offset, row.samples, 16000)
        np.testing.assert_allclose(clean[0], row.speech.gain * speech, atol=1e-4)
        np.testing.assert_allclose(noisy[0], row.speech.gain * speech + row.noise[0].gain * noise, atol=1e-4)
        assert row.noisy_sha256 == hashlib.sha256(row.noisy.read_bytes()).hexdigest()
        assert row.speech.sha256 == hashlib.sha256(Path(row.speech.source).read_bytes()).hexdigest()


def test_plain_rms_sets_the_snr_too(folders: tuple[Path, Path], tmp_path: Path) -> None:
    options = PairOptions(snr_db=(5.0,), level="rms", speech_level_db=-30.0, subtype="FLOAT", sample_rate=8000)
    for row in read_manifest(build_pairs([folders[0]], [folders[1]], tmp_path / "out", options).manifest):
        (clean, rate), (noisy, _) = read(row.clean), read(row.noisy)
        assert rate == 8000
        assert rms_db(clean) == pytest.approx(-30, abs=0.01)
        assert rms_db(clean) - rms_db(noisy.astype(np.float64) - clean) == pytest.approx(5, abs=0.01)


def test_three_processes_write_the_bytes_of_one(folders: tuple[Path, Path], tmp_path: Path) -> None:
    options = PairOptions(count=12)
    build_pairs([folders[0]], [folders[1]], tmp_path / "one", options, jobs=1)
    build_pairs([folders[0]], [folders[1]], tmp_path / "three", options, jobs=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")
    build_pairs([folders[0]], [folders[1]], tmp_path / "seed", PairOptions(count=12, seed=1))
    assert contents(tmp_path / "one")["manifest.jsonl"] != contents(tmp_path / "seed")["manifest.jsonl"]


class StopHereError(Exception):
    """Ends a run in the middle."""


def test_an_interrupted_run_goes_on_and_equals_one_that_never_stopped(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 4:
            raise StopHereError

    sources, options, out = ([folders[0]], [folders[1]]), PairOptions(count=9), tmp_path / "out"
    with pytest.raises(StopHereError):
        build_pairs(*sources, out, options, progress=stop)
    assert not (out / "manifest.jsonl").exists()
    written = sorted((out / "noisy").iterdir())
    written[0].write_bytes(written[0].read_bytes()[:-100])  # a pair that was spoiled since is made anew
    with (out / "unfinished.jsonl").open("a") as journal:
        journal.write('{"id": "0000')  # as a kill in the middle of a write leaves it
    leave_stale(out / "noisy")
    built = build_pairs(*sources, out, options)
    assert (built.pairs, built.kept) == (9, 3)
    build_pairs(*sources, tmp_path / "whole", options)
    assert contents(out) == contents(tmp_path / "whole")
    again = build_pairs(*sources, out, options)
    assert (again.pairs, again.kept, again.seconds) == (9, 9, 0)


def test_unusable_recordings_are_passed_over_and_told(folders: tuple[Path, Path], tmp_path: Path) -> None:
    clean, noise = folders
    write(clean / "silent.wav", np.zeros(16000, np.float32), 16000)
    write(clean / "short.wav", noise_of(0, 0.1, 16000), 16000)
    (clean / "text.wav").write_text("no sound")
    write(noise / "silent.wav", np.zeros(16000, np.float32), 16000)
    (noise / "empty.wav").touch()
    built = build_pairs([clean], [noise], tmp_path / "out", PairOptions(count=40))
    said = {Path(path).relative_to(tmp_path).as_posix(): reason for path, reason in built.unusable.items()}
    assert set(said) == {
        "clean/silent.wav", "clean/short.wav", "clean/text.wav", "noise/silent.wav", "noise/empty.wav",
    }  # fmt: skip
    assert said["clean/silent.wav"] == "silent"
    assert said["noise/silent.wav"] == "silent wherever an excerpt was tried"
    assert "shorter than 0.5 s" in said["clean/short.wav"]
    assert built.pairs == 25


def test_a_noise_too_long_for_memory_gives_the_excerpt_that_is_told(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "MOST_NOISE_IN_MEMORY_S", 1.0)
    built = build_pairs([folders[0]], [folders[1]], tmp_path / "out", PairOptions(count=10, snr_db=(0.0,)))
    for row in read_manifest(built.manifest):
        assert row.noise[0].gain is not None
        noise = excerpt_at(read_mono(row.noise[0].source, 16000), row.noise[0].offset, row.samples, 16000)
        added = read(row.noisy)[0][0] - read(row.clean)[0][0]
        np.testing.assert_allclose(added, row.noise[0].gain * noise, atol=1e-4)


def test_a_folder_of_other_pairs_or_other_things_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    clean, noise = folders
    out = tmp_path / "out"
    build_pairs([clean], [noise], out, PairOptions(count=1))
    before = contents(out)
    with pytest.raises(AudioganError, match="seed 0, and now it is 1"):
        build_pairs([clean], [noise], out, PairOptions(count=1, seed=1))
    write(noise / "new.wav", noise_of(0, 1, 16000), 16000)
    with pytest.raises(AudioganError, match="other noise recordings"):
        build_pairs([clean], [noise], out, PairOptions(count=1))
    assert contents(out) == before
    for place, said in [(clean, "would mix"), (clean / "in", "would mix"), (tmp_path, "would mix")]:
        with pytest.raises(AudioganError, match=said):
            build_pairs([clean], [noise], place)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    with pytest.raises(AudioganError, match="something else"):
        build_pairs([clean], [noise], tmp_path / "other")
    with pytest.raises(AudioganError, match="this is a file"):
        build_pairs([clean], [noise], tmp_path / "other" / "thesis.txt")


def test_without_any_usable_recording_nothing_is_left_that_would_refuse_the_next_try(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    clean, noise = folders
    write(tmp_path / "silence" / "a.wav", np.zeros(16000, np.float32), 16000)
    for sources in ([tmp_path / "silence"], [noise]), ([clean], [tmp_path / "silence"]):
        with pytest.raises(AudioganError, match="no pair could be made"):
            build_pairs(*sources, tmp_path / "out", PairOptions(count=2))
    assert build_pairs([clean], [noise], tmp_path / "out", PairOptions(count=2)).pairs == 2


@pytest.mark.parametrize(
    "options",
    [
        {"snr_db": ()}, {"snr_db": (float("nan"),)}, {"count": 0}, {"sample_rate": 0}, {"seed": -1},
        {"least_seconds": float("nan")}, {"speech_level_db": 3.0},
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(options: dict) -> None:
    with pytest.raises(AudioganError):
        PairOptions(**options)
