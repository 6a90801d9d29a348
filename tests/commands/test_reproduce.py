"""`audiogan reproduce`: the check of a corpus, a whole run on a tiny corpus of the same shape, the page of figures."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.data.manifest import PairRow, write_manifest
from audiogan.recipe.published import DIFFERENCES, PUBLISHED
from audiogan.recipe.reading import find_recipe, read_recipe, shipped_recipes
from tests.metrics.signals import noisy, speech_like
from tests.tiny_runs import write_sound

RATE = 16000
ROOT = Path(__file__).parent.parent.parent
NARROW = [
    "training.steps=2", "training.batch_size=2", "training.workers=0", "training.device=cpu", "training.threads=1",
    "training.checkpoint_every=1", "training.log_every=1", "validation.every=2",
]  # fmt: skip
SEGAN = [
    "generator.channels=[4, 8]", "generator.latent_channels=2", "discriminator.channels=[4, 8]", "data.window=4096",
    "discriminator.samples=4096", "validation.items=1", "validation.measures=[si_sdr]", "validation.best=si_sdr",
    "data.held_out=0.3",
]  # fmt: skip


def pairs(root: Path, counts: dict[str, int], rate: int = RATE) -> Path:
    """A tree of the shape that data_prep/voicebank_demand.py writes."""
    for part, count in counts.items():
        rows = []
        for number in range(count):
            clean = speech_like(1.2, rate, seed=number)
            sides = {"clean": clean, "noisy": noisy(clean, 10)}
            paths = {
                name: write_sound(root / part / name / f"p{number}.wav", 0.3 * sound.astype("float32"), rate)
                for name, sound in sides.items()
            }
            rows.append(PairRow(id=f"{part}{number}", sample_rate=rate, samples=clean.size, **paths))
        write_manifest(root / part / "manifest.jsonl", rows)
    return root


def digits(root: Path) -> Path:
    """A tree of the shape that data_prep/sc09.py writes."""
    for part in ("train", "test"):
        for label in range(10):
            write_sound(
                root / part / f"digit{label}" / "one.wav", 0.3 * speech_like(0.3, RATE, label).astype("float32"), RATE
            )
    return root


def test_reproduce_of_a_missing_corpus_says_how_to_get_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "segan", "--check", "--data", str(tmp_path / "none")]) == 2
    said = capsys.readouterr().err
    for part in ("train", "valid", "test"):
        assert str(tmp_path / "none" / part / "manifest.jsonl") in said
    assert "https://doi.org/10.7488/ds/2117" in said and "data_prep/voicebank_demand.py" in said


def test_reproduce_of_another_count_is_refused_and_names_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = pairs(tmp_path, {"train": 3, "valid": 1, "test": 2})
    assert main(["reproduce", "cmgan", "--check", "--data", str(root)]) == 2
    said = capsys.readouterr().err
    assert "4 pairs for training" in said and "11572" in said and "2 pairs for test" in said and "824" in said
    assert main(["reproduce", "cmgan", "--check", "--partial", "--data", str(root)]) == 0


def test_reproduce_of_another_rate_or_a_lost_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = pairs(tmp_path, {"train": 1, "valid": 1, "test": 1}, rate=48000)
    (root / "test" / "noisy" / "p0.wav").unlink()
    assert main(["reproduce", "segan", "--partial", "--data", str(root)]) == 2
    said = capsys.readouterr().err
    assert "sound at 48000 Hz, where 16000 Hz is expected" in said
    assert "1 files of the manifest are not there, such as p0.wav" in said


def test_reproduce_of_sounds_needs_a_folder_a_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sound(tmp_path / "train" / "one" / "a.wav", 0.1 * speech_like(0.3, RATE).astype("float32"), RATE)
    assert main(["reproduce", "wavegan", "--check", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "10 subfolders, one a label, are expected, and it has 1" in said and "data_prep/sc09.py" in said


def test_reproduce_knows_its_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "segan_mini", "--check"]) == 2
    assert "choose one of segan, " in capsys.readouterr().err


def test_reproduce_trains_scores_and_prints_on_a_tiny_corpus(tmp_path: Path) -> None:
    root = pairs(tmp_path / "corpus", {"train": 6, "valid": 1, "test": 2})
    command = [
        sys.executable, "-m", "audiogan", "reproduce", "segan", *NARROW, *SEGAN, "--data", str(root), "--partial",
        "--run", str(tmp_path / "runs"), "--seeds", "3", "-o", str(tmp_path / "out.json"), "--quiet",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    rows = [re.split(r"\s*\|\s*", line)[1:-1] for line in done.stdout.splitlines() if line.startswith("|")]
    assert rows[0] == ["", "published", "seed 3", "noisy, published", "noisy, measured"]
    by_title = {row[0]: row[1:] for row in rows[2:]}
    assert by_title["PESQ"][0] == "2.16" and by_title["PESQ"][2] == "1.97"
    assert all(re.fullmatch(r"-?\d+\.\d\d", cell) for row in by_title.values() for cell in row)
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["measured"]["3"].keys() >= {"pesq_wide", "pesq_wide_noisy", "segmental_snr"}
    assert told["published"][0] == {"title": "PESQ", "value": 2.16, "note": ""}


def test_reproduce_of_sounds_trains_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["reproduce", "wavegan", *NARROW, "generator.width=2", "discriminator.width=2", "validation.items=8"]
    words += [
        "validation.shown=2",
        "--data",
        str(digits(tmp_path / "sc09")),
        "--partial",
        "--run",
        str(tmp_path / "runs"),
    ]
    assert main([*words, "--quiet"]) == 0
    first = capsys.readouterr().out
    assert "| inception score | 4.67 (1) | – |" in first and "| log_mel_frechet | – |" in first
    assert "(1) Not comparable: of the authors' classifier" in first
    assert main([*words, "--quiet"]) == 0, "a finished run is scored again"
    assert capsys.readouterr().out == first


def test_published_recipes_are_shipped_and_look_where_their_corpus_is() -> None:
    for name, published in PUBLISHED.items():
        data = read_recipe(find_recipe(name)).data
        place = data.pairs.parent if published.corpus.kind == "pairs" else data.folder
        assert str(place) == f"{published.corpus.folder}/train", name
        assert all(figure.measure in published.input for figure in published.figures if published.input)


def test_differences_stand_in_the_heads_of_their_recipes() -> None:
    for difference in DIFFERENCES:
        for name in difference.recipe.split(", "):
            path = shipped_recipes() / f"{name}.yaml"
            if path.is_file():
                head = path.read_text().partition("\n\n")[0]
                told = " ".join(re.sub(r"^#", "", line) for line in head.splitlines())
                assert difference.here in " ".join(told.split()), (name, difference.here)


def test_the_page_has_the_table_s_figures() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        page = importlib.import_module("reproducing_page")
    finally:
        sys.path.remove(str(ROOT / "docs"))
    text = page.PAGE.read_text(encoding="utf-8")
    assert text == page.current(text), "run python docs/reproducing_page.py"
