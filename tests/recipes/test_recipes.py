"""Every shipped recipe is explained, and trains: narrower, on a few seconds of sound, for a few steps."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import audiogan.objectives
from audiogan.bundle import load_model
from audiogan.cli import main
from audiogan.data.settings import PictureData, SoundData
from audiogan.recipe.classification import ClassificationRecipe
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.recipe.reading import read_recipe, shipped_recipes
from audiogan.recipe.recipe import Recipe
from audiogan.recipe.synthesis import SynthesisRecipe
from audiogan.training.journal import read_journal
from tests.tiny_runs import sound_folders, write_sound

SHIPPED = sorted(shipped_recipes().rglob("*.yaml"))
NAMES = [path.relative_to(shipped_recipes()).with_suffix("").as_posix() for path in SHIPPED]
WINDOW = 4096  # long enough for the transforms of every loss
STEPS = 3
SAMPLES = 4096  # of generated sounds


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_it_says_what_it_needs_and_comments_every_key(path: Path) -> None:
    head, _, body = path.read_text().partition("\n\n")
    assert all(line.startswith("#") for line in head.splitlines())
    for word in ("Needs", "data:", "memory:", "time:", "Reached:"):
        assert word in head, word
    assert not re.search(r"\b(MEM|TIME|REACHED|HEADER)\b", head), "still to be filled in"
    keys = [line for line in body.splitlines() if re.match(r"\s*(- )?\w+:", line)]
    assert len(keys) > 20
    assert [line for line in keys if not re.search(r"\S +# \S", line)] == []


def narrowed(recipe: Recipe, root: Path) -> list[str]:
    """Overrides that make a recipe small and leave what it is made of."""
    words = [
        f"training.steps={STEPS}", "training.workers=0", "training.device=cpu", "training.threads=1",
        "training.log_every=1", f"validation.every={STEPS}", "validation.samples=1",
    ]  # fmt: skip
    if isinstance(recipe, EnhancementRecipe):
        return words + narrowed_enhancement(recipe, root)
    if isinstance(recipe, SynthesisRecipe):
        return words + narrowed_synthesis(recipe, root)
    assert isinstance(recipe, ClassificationRecipe)
    folder = hits(root) if isinstance(recipe.data, SoundData) else digits(root)
    return [*words, "training.batch_size=4", f"data.folder={folder}", f"validation.folder={folder}"]


def narrowed_enhancement(recipe: EnhancementRecipe, root: Path) -> list[str]:
    speech, noise = sound_folders(root, recipe.sample_rate, seconds=1.0)
    conditions = recipe.data.conditions
    window = round(1.5 * recipe.sample_rate) if conditions.lead_in else WINDOW  # a lead-in needs as much
    words = [
        f"data.clean={speech}", f"data.noise={noise}", f"data.window={window}", "data.hop=2048", "data.held_out=0.2",
        "training.batch_size=3", "validation.pairs=null", "validation.items=1", "validation.measures=[si_sdr]",
        "validation.best=si_sdr", "start=null",
    ]  # fmt: skip
    words += ["metric.jobs=1"] if recipe.metric else []
    words += ["data.shares=null"] if recipe.data.shares else []
    if conditions.response:
        response = write_sound(root / "responses" / "r.wav", np.array([0.0, 1.0, 0.3, -0.1]), recipe.sample_rate)
        words.append(f"data.conditions.response_folders=[{response.parent}]")
    for name, network in (("generator", recipe.generator), ("discriminator", recipe.discriminator)):
        small = {"channels": "[4, 8]", "samples": str(WINDOW), "hidden": "[4]", "latent_channels": "4"}
        for key, value in small.items():
            given = getattr(network, key, 0)
            if given:
                words.append(f"{name}.{key}={8 if value.startswith('[') and isinstance(given, int) else value}")
    return words


def narrowed_synthesis(recipe: SynthesisRecipe, root: Path) -> list[str]:
    words = ["training.batch_size=8", "validation.items=20"]
    if isinstance(recipe.data, PictureData):
        words += [f"data.folder={digits(root)}", "validation.shown=4"]
    if isinstance(recipe.data, SoundData):
        words += [
            f"data.folder={hits(root)}",
            "validation.folder=null",
            "validation.shown=4",
        ]
        if recipe.representation is None:
            words += [f"data.samples={SAMPLES}"]
    if recipe.growth:
        words += ["growth.fading=4", "growth.stable=4"]
    for name, network in (("generator", recipe.generator), ("discriminator", recipe.discriminator)):
        words += [f"{name}.{key}=4" for key in ("width", "max_width") if getattr(network, key, 0)]
        words += [f"{name}.samples={SAMPLES}"] if hasattr(network, "samples") else []
        # The hits have six labels.
        words += [f"{name}.classes=6"] if getattr(network, "classes", 0) and isinstance(recipe.data, SoundData) else []
    return words


def hits(root: Path) -> Path:
    """Two short sounds in each of the six labelled subfolders that drums have."""
    rng = np.random.default_rng(0)
    for label in ("cymbal", "hat", "kick", "percussion", "snare", "tom"):
        for number in range(2):
            hit = rng.standard_normal(4000) * np.exp(-np.arange(4000) / 500)
            write_sound(root / "hits" / label / f"{number}.wav", (0.1 * hit).astype(np.float32))
    return root / "hits"


def digits(root: Path) -> Path:
    """Two pictures of 28 × 28 pixels in each of ten labelled subfolders."""
    rng = np.random.default_rng(0)
    for label in range(10):
        for number in range(2):
            path = root / "digits" / str(label) / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (28, 28), dtype=np.uint8)).save(path)
    return root / "digits"


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_it_trains(path: Path, tmp_path: Path) -> None:
    recipe = read_recipe(path)
    run = tmp_path / "run"
    assert main(["train", str(path), *narrowed(recipe, tmp_path), "--run", str(run), "--quiet"]) == 0
    rows = read_journal(run / "journal.jsonl")
    training = [row for row in rows if row["kind"] == "training"]
    assert [row["step"] for row in training] == list(range(1, STEPS + 1))
    for player in recipe.players:
        assert any(name.startswith(f"{player}.") for name in training[0])
    assert losses_of(recipe) <= training[0].keys()
    assert [row["step"] for row in rows if row["kind"] == "validation"] == [STEPS]
    pictures = list((run / "samples").rglob("*.png"))
    assert bool(pictures) == (recipe.task != "classification")
    model = load_model(run)
    assert model.step == STEPS
    assert all(torch.isfinite(value).all() for value in model.generator.state_dict().values())


def losses_of(recipe: Recipe) -> set[str]:
    """The names that the generator's terms have in the journal."""
    terms = getattr(recipe, "reconstruction", [])
    games = [part for part in getattr(recipe, "game", []) if getattr(audiogan.objectives, part.name).is_game]
    return {f"generator.{part.name}" for part in (*terms, *games)}
