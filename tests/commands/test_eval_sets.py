"""`audiogan eval --reference … --generated …`, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.cli import main
from audiogan.commands.eval_sounds import classes_asked, form_of, load, named_folders
from audiogan.errors import AudioganError
from tests.metrics.hits import KINDS, RATE, SAMPLES, hits

FAST = ["--measures", "frechet_log_mel,coverage_log_mel,level_mean,silent_share"]


def put(folder: Path, sounds: np.ndarray, rate: int = RATE, first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, sound in enumerate(sounds, first):
        soundfile.write(folder / f"{number:03}.wav", sound.T, rate, subtype="FLOAT")


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Eight hits of three kinds in real/ by kind, sixteen in train/, and in out/ twenty-four by number."""
    for number, kind in enumerate(KINDS):
        put(tmp_path / "real" / kind, hits(kind, 8, seed=1))
        put(tmp_path / "train" / kind, hits(kind, 16, seed=2))
        put(tmp_path / "out" / str(number), hits(kind, 8, seed=3))
    return tmp_path


def places(folder: Path) -> list[str]:
    return ["eval", "--reference", str(folder / "real"), "--generated", str(folder / "out")]


def cells(shown: str, measure: str) -> list[str]:
    line = next(line for line in shown.splitlines() if line.startswith(f"│ {measure}"))
    return [cell.strip() for cell in line.split("│")[2:-1]]


def test_a_table_with_real_halves_and_noise(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = folders / "sets.json"
    code = main([*places(folders), *FAST, "--json", str(result), "--csv", str(folders / "sets.csv")])
    shown = capsys.readouterr()
    assert (code, shown.err) == (0, "")
    assert "12 sounds against 12" in shown.out
    assert max(map(len, shown.out.splitlines()[:-1])) <= 118
    generated, halves, noise = (float(cell.split(" ±")[0]) for cell in cells(shown.out, "Fréchet distance"))
    assert generated < 4 * halves < noise
    assert "12 sounds against 12, below 256, so Fréchet distances are on 3 principal axes" in shown.out
    assert "log-mel" in shown.out and "standardised" in shown.out
    assert f"audiogan eval --reference {folders / 'real'} --generated {folders / 'out'}" in shown.out

    read = json.loads(result.read_text(), parse_constant=pytest.fail)
    assert list(read["rows"]) == ["generated", "two real halves", "shaped noise"]
    assert read["sample_rate"] == RATE and read["samples"] == SAMPLES
    assert len((folders / "sets.csv").read_text().splitlines()) == 1 + 3 * 4
    assert not list(folders.rglob(".audiogan-*"))


def test_several_sets_and_a_training_set(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--generated", f"copied={folders / 'train'}", "--training", str(folders / "train")]
    measures = ["--measures", "near_training_share,nearest_training_ratio,level_mean"]
    assert main([*places(folders), *words, *measures, "--seed", "3"]) == 0
    shown = capsys.readouterr().out
    out, copied, halves, training, _ = map(float, cells(shown, "nearest training sound, over real's"))
    assert copied == training == 0 and halves == 1
    assert out == pytest.approx(1, abs=0.3)
    header = [name.strip() for name in shown.splitlines()[2].split("┃")[2:-1]]
    assert header == ["out", "copied", "two real halves", "training set", "shaped noise"]
    assert "--seed 3" in shown and "by the training set" in shown.replace("\n", " ").replace("  ", " ")


def test_rate_length_and_channels_are_the_generated_ones_and_it_is_said(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folders / "other", np.tile(hits("snare", 20, seed=5)[..., :3000], (1, 2, 1)), rate=8000)
    result = folders / "sets.json"
    words = ["--reference", str(folders / "real"), "--generated", str(folders / "other"), "--json", str(result)]
    assert main(["eval", *words, *FAST]) == 0
    shown = capsys.readouterr().out
    assert "Sounds are 3000 samples (0.375 s) at 8000 Hz" in shown
    assert "Reference: of 24 sounds 24 resampled from 16000 Hz, 24 padded with zeros." in shown
    words += ["--sample-rate", "16000", "--samples", "2000"]
    assert main(["eval", *words, *FAST, "--overwrite"]) == 0
    shown = capsys.readouterr().out
    assert "Generated: of 20 sounds 20 resampled from 8000 Hz, 20 cut." in shown
    assert "Reference: of 24 sounds 24 cut." in shown


def test_of_several_rates_and_lengths_the_smaller_ones_count(folders: Path) -> None:
    put(folders / "low", hits("kick", 3, seed=1)[..., :1500], rate=8000)
    put(folders / "low", hits("kick", 1, seed=1)[..., :1000], rate=8000, first=3)
    form = form_of({"low": folders / "low", "out": folders / "out"}, None, None, None, None)
    assert (form.sample_rate, form.samples) == (8000, 1500)


def test_level_and_trimming_are_the_recipe_s_and_for_real_sounds(folders: Path) -> None:
    late = np.concatenate([np.zeros((2, 1, 2048), np.float32), hits("snare", 2, seed=1)[..., :2048]], axis=2)
    put(folders / "late", late)
    form = form_of({"late": folders / "late"}, None, None, 40.0, -20.0)
    real, made = load(folders / "late", "real", form).sounds, load(folders / "late", "made", form.of_generated).sounds
    assert np.array_equal(made, late)
    assert np.abs(real[..., :400]).max() > 0.1 > np.abs(real[..., 2600:]).max()
    heard = real[0, 0, : np.flatnonzero(real[0, 0])[-1] + 1]
    assert 10 * np.log10(np.square(heard).mean()) == pytest.approx(-20, abs=0.1)


def test_silent_sounds_are_left_out_of_real_ones_and_counted_among_generated_ones(folders: Path) -> None:
    put(folders / "some", np.concatenate([hits("kick", 3, seed=1), np.zeros((2, 1, SAMPLES), np.float32)]))
    form = form_of({"some": folders / "some"}, None, None, None, None)
    real, made = load(folders / "some", "real", form), load(folders / "some", "made", form.of_generated)
    assert (len(real.sounds), len(made.sounds)) == (3, 5)
    assert (real.remarks, made.remarks) == (["real: of 5 sounds 2 silent and left out"], [])
    put(folders / "silent", np.zeros((2, 1, SAMPLES), np.float32))
    with pytest.raises(AudioganError, match="none of its 2 sounds is louder than -60 dB"):
        load(folders / "silent", "real", form)


def test_what_cannot_be_read_is_listed_and_the_rest_goes_on(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "out" / "0" / "000.wav").write_text("this is no sound")
    (folders / "real" / "hat" / "000.wav").write_bytes(b"")
    assert main([*places(folders), *FAST]) == 3
    shown = capsys.readouterr()
    assert "11 sounds against 11" in shown.out
    assert "2 files could not be read" in shown.err and "000.wav" in shown.err


def test_classes_by_name_or_by_number(folders: Path) -> None:
    form = form_of({"out": folders / "out"}, None, None, None, None)
    real, out = load(folders / "real", "real", form), load(folders / "out", "out", form)
    names = real.labels[1]
    assert names == KINDS
    known = ["snare", "kick", "hat"]
    assert classes_asked(real, names, known).tolist() == [2] * 8 + [1] * 8 + [0] * 8
    assert classes_asked(out, names, known).tolist() == [2] * 8 + [1] * 8 + [0] * 8  # as the reference's are sorted
    assert classes_asked(out, (), known).tolist() == [0] * 8 + [1] * 8 + [2] * 8  # as the classifier has them
    assert classes_asked(out, names, ["kick", "hat"]).tolist() == [1] * 8 + [0] * 8 + [-1] * 8
    assert classes_asked(out, names, ["2", "1", "0"]).tolist() == [2] * 8 + [1] * 8 + [0] * 8  # these are names
    put(folders / "flat", hits("kick", 3, seed=1))
    assert classes_asked(load(folders / "flat", "flat", form), names, known) is None
    put(folders / "out" / "7", hits("kick", 1, seed=1))
    with pytest.raises(AudioganError, match=r"out/7: is no class .* Known: snare, kick, hat"):
        classes_asked(load(folders / "out", "out", form), names, known)


def test_names_of_rows(tmp_path: Path) -> None:
    assert named_folders(["a/out"]) == {"generated": Path("a/out")}
    assert named_folders(["first=a/out", "b/made"]) == {"first": Path("a/out"), "made": Path("b/made")}
    (tmp_path / "x=1").mkdir()
    assert named_folders([str(tmp_path / "x=1")]) == {"generated": tmp_path / "x=1"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--reference", "{}/real"], "give CLEAN and ENHANCED"),
        (["{}/real"], "give CLEAN and ENHANCED"),
        (["{}/real", "{}/out", "--reference", "{}/real", "--generated", "{}/out"], "not both"),
        (["{}/real", "{}/out", "--training", "{}/train"], "--training has no meaning for pairs"),
        (["{sets}", "--per-file"], "--per-file has no meaning for sets"),
        (["{sets}", "--jobs", "2"], "--jobs has no meaning for sets"),
        (["{sets}", "--measures", "pesq_wide"], "there is no measure of sets 'pesq_wide'"),
        (["{sets}", "--measures", "recall_classifier"], "needs --classifier"),
        (["{sets}", "--generated", "{}/train/out"], "two generated sets are called 'out'"),
        (["{sets}", "--generated", "=x"], "a name and a folder are wanted"),
        (["{sets}", "--samples", "0"], "--samples is 0, and must be above 0"),
        (["{sets}", "--seed", "-1"], "can be 0 or more"),
        (["{sets}", "--json", "{}/real"], "this is a folder"),
        (["{sets}", "--training", "{}/nowhere"], "there is no such folder"),
        (["{sets}", "--training", "{}/empty"], "no sound file in this folder"),
        (["{sets}", "--training", "{}/broken"], "none of its 1 sounds can be read"),
        (["--reference", "{}/real", "--generated", "{}/broken"], "none of its 1 sounds can be read"),
        (["--reference", "{}/real/hat", "--generated", "{}/out"], "these are too few"),
        (["{sets}", "--classifier", "{}/nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    folders: Path, capsys: pytest.CaptureFixture[str], change: list[str], said: str
) -> None:
    (folders / "empty").mkdir()
    (folders / "broken").mkdir()
    (folders / "broken" / "one.wav").write_text("this is no sound")
    before = sorted(folders.rglob("*"))
    words = [part for word in change for part in (places(folders)[1:] if word == "{sets}" else [word.format(folders)])]
    assert main(["eval", *words]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert sorted(folders.rglob("*")) == before
