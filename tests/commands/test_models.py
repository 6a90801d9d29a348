"""`audiogan models` lists what is there without loading it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError
from audiogan.hub import UNWRITTEN
from audiogan.models import bundled, find, on_disk


def bundle(folder: Path, name: str = "quiet", card: str = "") -> Path:
    """A bundle as far as a list of models reads it."""
    place = folder / name
    place.mkdir(parents=True)
    recipe = {"name": name, "task": "enhancement", "about": "makes it quiet", "sample_rate": 16000}
    (place / "config.json").write_text(json.dumps({"format": 1, "audiogan": "0", "step": 1200, "recipe": recipe}))
    (place / "model.safetensors").write_bytes(bytes(3_000_000))
    if card:
        (place / "README.md").write_text(card)
    return place


def run_folder(folder: Path, name: str, steps: tuple[int, ...] = (20,)) -> Path:
    """A run likewise."""
    place = folder / name
    (place / "checkpoints").mkdir(parents=True)
    (place / "recipe.yaml").write_text(f"name: {name}\ntask: synthesis\nabout: dots\nsample_rate: null\n")
    for step in steps:
        (place / "checkpoints" / f"step-{step:08}.pt").write_bytes(bytes(500_000))
    return place


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, in which no model came with audiogan."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("audiogan.models.PRETRAINED", tmp_path / "came_with_it")
    return tmp_path


def test_bundles_runs_and_what_came_along_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle(here / "came_with_it", "enhancer")
    run_folder(here / "runs", "dots", steps=(20, 40))
    bundle(here / "given")
    assert main(["models", "runs", "given"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "came with audiogan",
        "enhancer enhancement 16000 Hz step 1,200 3.0 MB makes it quiet",
        "on disk",
        "dots synthesis step 40 0.5 MB dots",
        "quiet enhancement 16000 Hz step 1,200 3.0 MB makes it quiet",
        "known on the hub",
        "none",
    ]


def test_without_any_it_says_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert capsys.readouterr().out == "came with audiogan\n  none\non disk\n  none\nknown on the hub\n  none\n"


def test_what_is_no_model_yet_is_left_out(here: Path) -> None:
    run_folder(here / "runs", "begun", steps=())
    (here / "runs" / "note.txt").write_text("no folder")
    broken = bundle(here / "runs", "broken")
    (broken / "config.json").write_text("{")
    assert on_disk() == []


def test_scripts_read_all_of_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle(here / "runs")
    assert main(["models", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["path"], told["step"], told["sample_rate"]) == ("bundle", "runs/quiet", 1200, 16000)


def test_a_name_is_found_and_a_wrong_one_gets_the_nearest(here: Path) -> None:
    place = bundle(here / "came_with_it", "enhancer")
    run = run_folder(here / "runs", "dots")
    assert find("enhancer") == place
    assert find("dots").resolve() == run
    assert find(str(run)) == run
    with pytest.raises(AudioganError, match=r"no model enhanser.*Did you mean enhancer\?"):
        find("enhanser")
    shutil.rmtree(run)
    shutil.rmtree(place)
    with pytest.raises(AudioganError, match=r"runs/ holds none"):
        find("dots")


def test_every_verb_that_takes_a_model_tells_the_nearest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle(here / "runs")
    (here / "noisy.wav").write_bytes(b"")
    for words in (["bundle", "quite", "-o", "out"], ["generate", "quite"]):
        assert main(words) == 2
        assert "There is no model quite" in (said := capsys.readouterr().err) and "Did you mean quiet?" in said
    with pytest.raises(AudioganError, match="Did you mean quiet"):
        Enhancer.from_pretrained("runs/quite")


def test_the_card_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle(here / "came_with_it", "enhancer", card="# What it is\n")
    assert main(["models", "--card", "enhancer"]) == 0
    assert capsys.readouterr().out == "# What it is\n"
    bundle(here / "runs")
    assert main(["models", "--card", "quiet"]) == 2
    assert "has no card" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_a_mistake(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "nowhere"]) == 2
    assert "There is no folder nowhere" in capsys.readouterr().err


def test_listing_loads_no_network() -> None:
    program = "import sys; from audiogan.cli import main; main(['models']); print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "False"


def test_those_that_came_along_have_cards() -> None:
    for model in bundled():
        assert model.card is not None
        card = model.card.read_text()
        for part in ("## Scores", "## Data and licences", "## Limits", "## What it must not be used for", "| recipe |"):
            assert part in card
        assert "noisy" in card and UNWRITTEN not in card
        assert model.task == "enhancement"
