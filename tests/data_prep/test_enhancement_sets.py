"""Sets of mixtures of held-out recordings: what the manifest says is what the files hold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from enhancement_sets import NOISES, SNRS_DB, MixtureSet, combination
from enhancement_sounds import SAMPLE_RATE, Room, Voice, babble_of, invented_typing

from audiogan.audio.level import active_level, rms_db
from audiogan.chance import generator
from audiogan.data.manifest import Ingredient, PairRow, read_manifest
from audiogan.data.sources import Source, find_sources

from .conftest import Run, tone, wav

# Lengths of the recordings of a speaker, in seconds: prompts, sentences, and a text that is cut.
LENGTHS = (0.6, 1.1, 3.5, 0.8, 4.2, 11.0, 1.4, 2.2, 0.9, 3.1, 0.7, 5.0, 1.8, 3.3, 2.7, 4.0)


def speech(seconds: float, seed: int) -> np.ndarray:
    """Noise in syllables; another seed is another recording."""
    sound = np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    syllables = 0.2 + np.abs(np.sin(2 * np.pi * 2 * np.arange(sound.size) / SAMPLE_RATE))
    return (0.05 * sound * syllables).astype(np.float32)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree as debian_corpora.py leaves it, a speaker or two in each split, and a folder of single notes."""
    folder = tmp_path_factory.mktemp("corpora")
    for split, speakers in (("develop", ("ana", "bob")), ("select", ("cyd",))):
        rows = []
        for place, speaker in enumerate(speakers):
            for number, seconds in enumerate(LENGTHS):
                path = f"{speaker}/{speaker}-{number:02d}.wav"
                wav(folder / split / "speech" / path, speech(seconds, 100 * place + number))
                rows.append({"path": path, "licence": "CC0", "speaker": speaker})
        (folder / split / "speech" / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for number, seconds in enumerate((1.5, 2.5, 9.0)):
            wav(folder / split / "noise" / "street" / f"{number}.wav", 0.1 * tone(seconds, 300 + 100 * number))
    for pitch in (440, 660):
        wav(folder / "notes" / f"{pitch}.wav", tone(0.5, pitch))
    return folder


@pytest.fixture(scope="module")
def sets(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three sets of that tree."""
    pytest.importorskip("pyroomacoustics")
    return make(corpora, tmp_path_factory.mktemp("sets") / "out")


def make(corpora: Path, out: Path, *more: str) -> Path:
    import sys

    import enhancement_sets

    arguments = [corpora, out, "--develop", 12, "--select", 4, "--special", 2, "--music", corpora / "notes", *more]
    before = sys.argv
    sys.argv = ["enhancement_sets.py", *map(str, arguments)]
    try:
        assert enhancement_sets.main() == 0
    finally:
        sys.argv = before
    return out


def sound(path: Path | str) -> np.ndarray:
    return np.asarray(soundfile.read(path, dtype="float32")[0])


def spoken(row: PairRow) -> list[Ingredient]:
    assert row.speech is not None
    return [row.speech, *(row.joined or [])]


def test_snr_level_and_length_are_what_the_manifest_says(sets: Path) -> None:
    rows = read_manifest(sets / "develop" / "manifest.jsonl")
    assert len(rows) == 12 and len(read_manifest(sets / "select" / "manifest.jsonl")) == 4
    for row in rows:
        clean, noisy = sound(row.clean), sound(row.noisy)
        assert clean.size == noisy.size == row.samples and 2 <= row.samples / SAMPLE_RATE <= 8
        level = active_level(clean, SAMPLE_RATE).level_db
        assert row.snr_db is not None and row.speech_level_db is not None
        assert level - rms_db(noisy - clean) == pytest.approx(row.snr_db, abs=0.05)
        assert level == pytest.approx(row.speech_level_db, abs=0.05) and -36 < level < -17.9
    assert Counter(row.snr_db for row in rows) == dict.fromkeys(SNRS_DB, 3)
    assert Counter((row.conditions or {})["room"] for row in rows) == {"dry": 8, "reverberant": 4}


def test_dry_mixtures_are_their_recordings_at_their_places(sets: Path) -> None:
    dry = [r for r in read_manifest(sets / "develop" / "manifest.jsonl") if (r.conditions or {})["room"] == "dry"]
    assert any(row.joined for row in dry)
    for row in dry:
        wanted = np.zeros(row.samples)
        starts = [0]
        for part in spoken(row):
            start = part.start or 0
            recording = sound(part.source)
            # The cut of a long recording is not told: as far as the next recording, or the end of the mixture.
            piece = recording[part.offset : part.offset + row.samples - start]
            wanted[start : start + piece.size] = (part.gain or 0) * piece
            assert start == 0 or start > starts[-1]
            starts.append(start)
        np.testing.assert_allclose(sound(row.clean), wanted, atol=1e-4)
        assert {part.speaker for part in spoken(row)} == {(row.conditions or {})["speaker"]}


def test_no_speech_is_used_twice_and_licences_are_told(sets: Path) -> None:
    rows = [row for split in ("develop", "select") for row in read_manifest(sets / split / "manifest.jsonl")]
    used = Counter((part.source, part.offset) for row in rows for part in spoken(row))
    assert used and max(used.values()) == 1
    assert all(part.licence == "CC0" for row in rows for part in spoken(row))
    alone = {path.stem.split("-", 1)[1] for path in (sets / "special" / "speech").iterdir()}
    develop = {Path(source).stem for source, _ in used if "/develop/" in source}
    assert len(alone) <= 2 and not alone & develop


def test_what_is_special(sets: Path) -> None:
    rows = read_manifest(sets / "special" / "manifest.jsonl")
    kinds = Counter((row.conditions or {})["kind"] for row in rows)
    assert kinds == {"speech": 2, "silence": 3, "noise": 2, "music": 2}
    assert all(row.clean == row.noisy and sound(row.clean).size == row.samples for row in rows)
    silences = [row for row in rows if (row.conditions or {})["kind"] == "silence"]
    levels = sorted(rms_db(sound(row.clean)) for row in silences)
    assert levels[0] == -np.inf and levels[1] < -90 and levels[2] == pytest.approx(-70, abs=0.3)
    music = next(sound(row.clean) for row in rows if (row.conditions or {})["kind"] == "music")
    assert rms_db(music) == pytest.approx(-20, abs=0.5) and np.abs(music).max() < 1


def test_the_same_seed_makes_the_same_and_another_another(sets: Path, corpora: Path, tmp_path: Path) -> None:
    def sums(folder: Path) -> list[str | None]:
        return [r.noisy_sha256 for s in ("develop", "select") for r in read_manifest(folder / s / "manifest.jsonl")]

    assert sums(make(corpora, tmp_path / "again")) == sums(sets)
    assert not set(sums(make(corpora, tmp_path / "other", "--seed", "1"))) & set(sums(sets))


def test_every_combination_comes_equally_often() -> None:
    whole = Counter(combination(number) for number in range(384))
    assert len(whole) == 4 * 2 * 6 and sum(whole.values()) == 384
    for snr_db in SNRS_DB:
        assert [whole[snr_db, room, "hum"] for room in ("dry", "reverberant")] == [4, 2]
    assert Counter(noise for _, _, noise in map(combination, range(96))).keys() >= {"one", "two", "babble"}


@pytest.mark.parametrize("kind", sorted(set(NOISES)))
def test_noises_of_every_kind(corpora: Path, kind: str) -> None:
    made = MixtureSet([corpora / "develop" / "speech"], [corpora / "develop" / "noise"], "develop", 2, 0)
    unused = find_sources([corpora / "develop" / "speech"])
    parts = made._parts(kind, 3 * SAMPLE_RATE, unused, generator(0, "test"))
    assert len(parts) == (1 if kind in ("one", "babble") else 2)
    assert all(part.sound.size == 3 * SAMPLE_RATE and rms_db(part.sound) > -70 for part in parts)
    assert [bool(part.invented) for part in parts][-1] == (kind in ("hum", "clicks", "typing"))


def test_a_room_has_its_reverberation_time_and_no_delay() -> None:
    pytest.importorskip("pyroomacoustics")
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[0] = 1
    for seed in range(3):
        room = Room(1, generator(seed, "room"))
        heard = room.talker(click)
        assert np.abs(heard).argmax() <= 1
        # Schroeder's backward integration; from 5 to 25 dB below the whole, as for T20 in ISO 3382.
        left = 10 * np.log10(np.cumsum(heard[::-1].astype(np.float64) ** 2)[::-1] / np.sum(heard**2) + 1e-30)
        times = [np.argmax(left < left[40] - fall) / SAMPLE_RATE for fall in (5, 25)]
        assert 3 * (times[1] - times[0]) == pytest.approx(room.reverberation_seconds, rel=0.5)
        assert room.noise(0, click).shape == click.shape


def test_a_voice_gives_everything_once_and_cuts_where_it_is_quiet(tmp_path: Path) -> None:
    long = speech(11.0, 0)
    long[5 * SAMPLE_RATE : 5 * SAMPLE_RATE + 1600] = 0
    sources = [Source(wav(tmp_path / "long.wav", long), "long.wav")]
    voice = Voice("ana", sources, generator(0, "voice"))
    first, second = voice.utterance(), voice.utterance()
    assert first is not None and second is not None and voice.utterance() is None
    assert 5 <= first.sound.size / SAMPLE_RATE <= 5.1 and first.sound.size + second.sound.size == long.size
    np.testing.assert_allclose(np.concatenate([first.sound, second.sound]), long, atol=1e-4)


def test_babble_and_typing_fill_what_is_wanted(corpora: Path) -> None:
    sources = find_sources([corpora / "develop" / "speech"])
    babble, used = babble_of(sources, 2 * SAMPLE_RATE, generator(0, "babble"))
    assert babble.size == 2 * SAMPLE_RATE and rms_db(babble) == pytest.approx(0, abs=1e-3) and len(used) >= 5
    typing = invented_typing(9 * SAMPLE_RATE, generator(0, "typing"))
    # Strokes with pauses: most of the time is far below the loudest.
    assert rms_db(typing) == pytest.approx(0, abs=1e-3) and np.mean(np.abs(typing) < 0.1) > 0.5


def test_mistakes_are_told_and_leave_nothing(corpora: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "there").mkdir()
    for arguments, said in [
        ([corpora, tmp_path / "there"], "is there already"),
        ([corpora, tmp_path / "out", "--develop", 500], "is enough for"),
        ([tmp_path / "none", tmp_path / "out"], "none"),
    ]:
        done = run("enhancement_sets", *arguments)
        assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_source_sets_of_named_corpora(corpora: Path, tmp_path: Path, run: Run) -> None:
    pytest.importorskip("pyroomacoustics")
    out = tmp_path / "left-out"
    arguments = (corpora, out, "--speech", "cyd", "--noise", "street", "--mixtures", 5)
    result = run("source_sets", *arguments)
    assert result.returncode == 0, result.stderr
    rows = read_manifest(out / "manifest.jsonl")
    assert sorted(row.snr_db for row in rows) == [-5, 0, 5, 10, 15]
    assert {row.speech.speaker for row in rows} == {"cyd"}
    assert run("source_sets", *arguments).returncode == 2
    result = run("source_sets", corpora, tmp_path / "other")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1) and "strangers" in result.stderr
    result = run("source_sets", corpora, tmp_path / "other", "--speech", "dan", "--noise", "street")
    assert result.returncode == 2 and "no speech of the name dan. There are ana, bob, cyd" in result.stderr
    assert not (tmp_path / "other").exists()


def test_combinations_of_five_ratios() -> None:
    ratios = (-5.0, 0.0, 5.0, 10.0, 15.0)
    drawn = Counter(combination(number, ratios) for number in range(120))
    assert Counter(snr for snr, _, _ in drawn.elements()) == dict.fromkeys(ratios, 24)
    assert Counter(room for _, room, _ in drawn.elements()) == {"dry": 80, "reverberant": 40}
    assert Counter(noise for _, _, noise in drawn.elements()) == {"one": 60, "two": 30, "babble": 15, "typing": 15}
