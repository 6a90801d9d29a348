"""How long a run took, on what, and how large its networks are."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from audiogan.recipe.reading import read_recipe
from audiogan.train import train
from audiogan.training import run_facts
from audiogan.training.checkpoint import load
from audiogan.training.run_facts import RunFacts, read_facts
from tests.tiny_runs import tiny_recipe


def test_the_legs_of_a_run_are_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(run_facts, "time", SimpleNamespace(monotonic=lambda: clock.now))
    first = RunFacts(tmp_path, {"device": "cpu"}, {"generator": 5})
    first.begin(0)
    clock.now += 0.3
    first.save(10)
    assert read_facts(tmp_path)["seconds"] == 0.3
    (tmp_path / "run.json").write_text(json.dumps({"step": 10, "seconds": 100}))
    second = RunFacts(tmp_path, {"device": "cpu"}, {"generator": 5})
    second.begin(10)
    clock.now += 0.3
    second.save(20)
    facts = read_facts(tmp_path)
    assert facts.pop("seconds") == 100.3
    assert facts == {"step": 20, "machine": {"device": "cpu"}, "parameters": {"generator": 5}}
    second.begin(0)  # from the start again
    assert read_facts(tmp_path)["seconds"] == 0


def test_what_nobody_counted_is_not_told(tmp_path: Path) -> None:
    facts = RunFacts(tmp_path, {}, {})
    facts.begin(50)  # a run of a version that kept no time
    facts.save(60)
    assert read_facts(tmp_path)["seconds"] is None
    (tmp_path / "run.json").write_text("{")
    assert read_facts(tmp_path) == {}
    assert read_facts(tmp_path / "nowhere") == {}


def test_a_training_counts_its_weights(tmp_path: Path) -> None:
    recipe = read_recipe(tiny_recipe(tmp_path, training={"steps": 2, "checkpoint_every": 1}))
    train(recipe, tmp_path / "run")
    facts = read_facts(tmp_path / "run")
    assert facts["step"] == 2 and facts["seconds"] > 0
    assert facts["machine"]["device"] == "cpu"
    assert set(facts["parameters"]) == set(recipe.players)
    weights = load(tmp_path / "run" / "checkpoints" / "step-00000002.pt")["task"]
    of_generator = sum(value.numel() for name, value in weights.items() if name.startswith("generator."))
    assert facts["parameters"]["generator"] == of_generator
    page = (tmp_path / "run" / "report.html").read_text()
    assert f"generator {facts['parameters']['generator']:,}" in page
