"""`audiogan bundle` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiogan.bundle import load_model
from audiogan.cli import main
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
        "models/tiny: tiny after 1 steps, from runs/tiny/checkpoints/step-00000001.pt.\n"
    )
    assert load_model("models/tiny").step == 1
    assert main(["bundle", "runs/none", "-o", "models/none"]) == 2
    assert capsys.readouterr().err == (
        "audiogan bundle: There is no model runs/none. Give a run folder, a checkpoint, a bundle or a name. "
        "Did you mean enhancer or tiny?\n"
    )
    assert main(["bundle", "runs/tiny", "-o", "speech"]) == 2
    assert "is there and is no model bundle" in capsys.readouterr().err
