"""`audiogan bundle` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audiogan.bundle import load_model
from audiogan.cli import main
from audiogan.errors import AudioganError
from audiogan.hub import push
from tests.tiny_runs import tiny_recipe


def test_from_a_run_to_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_recipe(tmp_path, training={"steps": 1})
    assert main(["train", "recipe.yaml", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["bundle", "runs/tiny", "-o", "models/tiny"]) == 0
    assert capsys.readouterr().out == (
        "models/tiny: tiny after 1 steps, from runs/tiny/checkpoints/best.pt.\n"
        "models/tiny/README.md: a draft, with what only you know to be written.\n"
    )
    assert load_model("models/tiny").step == 1
    assert main(["bundle", "runs/none", "-o", "models/none"]) == 2
    assert capsys.readouterr().err == (
        "audiogan bundle: There is no model runs/none. Give a run folder, a checkpoint, a bundle or a name. "
        "Known: enhancer, tiny.\n"
    )
    assert main(["bundle", "runs/tiny", "-o", "models/blended", "--blend", "models/tiny", "0.5"]) == 0
    assert "from runs/tiny/checkpoints/best.pt with 0.5 of models/tiny." in capsys.readouterr().out
    assert main(["bundle", "runs/tiny", "-o", "models/other", "--blend", "models/tiny", "half"]) == 2
    assert capsys.readouterr().err == (
        "audiogan bundle: --blend: 'half' is no share. Give the other model and a number from 0 to 1.\n"
    )
    assert main(["bundle", "runs/tiny", "-o", "speech"]) == 2
    assert "is there and is no model bundle" in capsys.readouterr().err


def test_a_card_tells_what_the_run_knows_and_asks_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUDIOGAN_HUB", str(tmp_path))
    tiny_recipe(tmp_path, training={"steps": 3}, validation={"every": 2})
    assert main(["train", "recipe.yaml", "--quiet"]) == 0
    assert main(["bundle", "runs/tiny", "-o", "models/tiny"]) == 0
    card = Path("models/tiny/README.md")
    text = card.read_text()
    journal = [json.loads(line) for line in Path("runs/tiny/journal.jsonl").read_text().splitlines()]
    validations = [row for row in journal if row["kind"] == "validation"]
    assert [row["step"] for row in validations] == [2, 3]
    scored = max(validations, key=lambda row: row["si_sdr"])
    assert f"at step {scored['step']}:" in text and f"| {scored['si_sdr_noisy']:.3f} | {scored['si_sdr']:.3f} |" in text
    weights = sum(parameter.numel() for parameter in load_model("models/tiny").generator.parameters())
    assert f"`SEGANGenerator`, {weights:,} parameters" in text
    with pytest.raises(AudioganError, match=rf"at {text.count('(to be written')} places it says"):
        push(Path("models/tiny"), "me/tiny")
    card.write_text("# All is said\n")
    assert main(["bundle", "runs/tiny", "-o", "models/tiny"]) == 2
    assert "models/tiny exists already. --overwrite replaces it" in capsys.readouterr().err
    assert main(["bundle", "runs/tiny", "-o", "models/tiny", "--overwrite"]) == 0
    assert card.read_text() == "# All is said\n"
    assert "kept; does it still hold?" in capsys.readouterr().out
    assert push(Path("models/tiny"), "me/tiny")


def test_without_validation_scores_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_recipe(tmp_path, training={"steps": 2, "checkpoint_every": 1})
    assert main(["train", "recipe.yaml", "--quiet"]) == 0  # validates at its last step
    assert main(["bundle", "runs/tiny/checkpoints/step-00000001.pt", "-o", "out"]) == 0
    assert "(to be written: its scores beside" in Path("out/README.md").read_text()
