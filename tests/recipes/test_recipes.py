"""Every shipped recipe is explained, and trains: narrower, on a few seconds of sound, for a few steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from audiogan.bundle import load_model
from audiogan.cli import main
from audiogan.recipe.reading import read_recipe, shipped_recipes
from audiogan.recipe.recipe import Recipe
from audiogan.training.journal import read_journal
from tests.tiny_runs import sound_folders

SHIPPED = sorted(shipped_recipes().rglob("*.yaml"))
WINDOW = 4096  # long enough for the transforms of every loss
STEPS = 3


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_it_says_what_it_needs_and_comments_every_key(path: Path) -> None:
    head, _, body = path.read_text().partition("\n\n")
    assert all(line.startswith("#") for line in head.splitlines())
    for word in ("Needs", "data:", "memory:", "time:", "Reached:"):
        assert word in head, word
    keys = [line for line in body.splitlines() if re.match(r"\s*(- )?\w+:", line)]
    assert len(keys) > 20
    assert [line for line in keys if not re.search(r"\S +# \S", line)] == []


def narrowed(recipe: Recipe, root: Path) -> list[str]:
    """Overrides that make a recipe small and leave what it is made of."""
    speech, noise = sound_folders(root, recipe.sample_rate, seconds=1.0)
    words = [
        f"data.clean={speech}", f"data.noise={noise}", f"data.window={WINDOW}", "data.hop=2048", "data.held_out=0.2",
        f"training.steps={STEPS}", "training.batch_size=2", "training.workers=0", "training.device=cpu",
        "training.threads=1", "training.log_every=1", "validation.pairs=null", f"validation.every={STEPS}",
        "validation.items=1", "validation.samples=1", "validation.measures=[si_sdr]", "validation.best=si_sdr",
    ]  # fmt: skip
    for name, network in (("generator", recipe.generator), ("discriminator", recipe.discriminator)):
        small = {"channels": "[4, 8]", "samples": str(WINDOW), "hidden": "[4]", "latent_channels": "4"}
        for key, value in small.items():
            if getattr(network, key, 0):
                words.append(f"{name}.{key}={value}")
    return words


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_it_trains(path: Path, tmp_path: Path) -> None:
    recipe = read_recipe(path)
    run = tmp_path / "run"
    assert main(["train", str(path), *narrowed(recipe, tmp_path), "--run", str(run), "--quiet"]) == 0
    rows = read_journal(run / "journal.jsonl")
    training = [row for row in rows if row["kind"] == "training"]
    assert [row["step"] for row in training] == list(range(1, STEPS + 1))
    for player in recipe.players:
        assert any(name.startswith(f"{player}.") for name in training[0])
    terms = {f"generator.{type(term).__name__}" for term in (*recipe.game, *recipe.reconstruction)}
    assert terms <= training[0].keys()
    assert "si_sdr" in rows[-1]
    assert [p.suffix for p in (run / "samples" / f"step-{STEPS:08d}").iterdir()].count(".png") == 1
    model = load_model(run)
    assert model.step == STEPS
    assert all(torch.isfinite(value).all() for value in model.generator.state_dict().values())
