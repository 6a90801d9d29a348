"""Training from a recipe in a run folder: begin, go on, and say what is in the way."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from audiogan.bundle import load_model
from audiogan.errors import AudioganError
from audiogan.processes import own_places, rank
from audiogan.recipe import Recipe
from audiogan.recipe.building import build_data, build_plan, build_task, with_label_names
from audiogan.recipe.data_files import data_paths
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.recipe.reading import as_yaml, check
from audiogan.recipe.recipe import GameRecipe
from audiogan.tasks import Task
from audiogan.training.checkpoint import CheckpointFolder, load, machine
from audiogan.training.data_listing import differences, list_files, read_listing, write_listing
from audiogan.training.precision import device_of
from audiogan.training.progress import Progress
from audiogan.training.trainer import Trainer
from audiogan.writing import write_text

if TYPE_CHECKING:
    from audiogan.audio.survey import LeftOut

# What may change between the legs of a run: nothing that the weights depend on but the length of the run.
FREE = (
    "about", "smaller", "training.steps", "training.device", "training.threads", "training.workers",
    "training.checkpoint_every", "training.keep_checkpoints", "validation.every", "validation.samples",
    "metric.jobs",
)  # fmt: skip

DATA_FILES = "data_files.json"


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Args:
        step: the step reached.
        finished: whether it was the last one.
        left_out: files of the data that could not be used.
    """

    step: int
    finished: bool
    left_out: tuple[LeftOut, ...] = ()


def train(recipe: Recipe, folder: Path, resume: bool = False, progress: Progress | None = None) -> Outcome:
    """Train a recipe in a run folder, from the start or on from its last checkpoint.

    Args:
        recipe: what to train.
        folder: the run folder, made if it is not there.
        resume: go on from the last checkpoint in it.
        progress: shows how it goes; None: nothing is shown.

    Raises:
        AudioganError: the folder holds a run already (without `resume`) or none (with it), the recipe differs from
            the one the run was begun with, data is missing, or values are no longer finite.
    """
    own_places(recipe.training.batch_size)  # refuses a number of processes that does not fit
    progress = progress if progress and rank() == 0 else Progress(quiet=True)
    if recipe.training.threads:
        torch.set_num_threads(recipe.training.threads)
    recipe = with_label_names(recipe)
    last = CheckpointFolder(folder / "checkpoints", recipe.training.keep_checkpoints).last()
    state = _state_to_go_on_from(folder, last, recipe) if resume else None
    if last and not resume:
        raise AudioganError(
            f"{folder} holds a run already ({last.name}). Go on with --resume, or choose another folder with --run."
        )
    task = build_task(recipe)
    batches, validation_items = build_data(recipe)
    if not state:
        task.fit(batches.items.item(0, number) for number in range(len(batches.items)))
        _begin_with_trained_weights(task, recipe, progress)
    if rank() == 0:
        _begin_folder(folder, recipe)
        _check_data_files(folder, recipe, bool(state))
    for items in (batches.items, *validation_items):
        if getattr(items, "remark", None):
            progress.say(items.remark)
    _say_what_is_trained(recipe, task, validation_items, progress)
    trainer = Trainer(
        task, build_plan(recipe), batches, validation_items, folder, recipe.model_dump(mode="json"), progress
    )
    if state:
        trainer.load_state(state)
    finished = trainer.run()
    left_out = [entry for items in (batches.items, *validation_items) for entry in getattr(items, "left_out", ())]
    return Outcome(trainer.step, finished, tuple(left_out))


def _begin_folder(folder: Path, recipe: Recipe) -> None:
    try:
        write_text(folder / "recipe.yaml", as_yaml(recipe))
    except AudioganError as problem:
        raise AudioganError(f"{problem} The folder of a run is named by --run.") from problem


def _check_data_files(folder: Path, recipe: Recipe, resumed: bool) -> None:
    """Report files that were added, removed or changed since the run was last started, and list those of now."""
    now = list_files(data_paths(recipe))
    before = read_listing(folder / DATA_FILES) if resumed else None
    if before is not None and (said := differences(before, now)):
        print(
            f"The data differs from the run's: {said}. Going on, but not bit for bit as one run would have: items are "
            "drawn by their place among the files.",
            file=sys.stderr,
        )
    write_listing(folder / DATA_FILES, now)


def _begin_with_trained_weights(task: Task, recipe: Recipe, progress: Progress) -> None:
    """Give the generator the weights that `start` names; a run that goes on has its own."""
    if not isinstance(recipe, GameRecipe) or recipe.start is None:
        return
    try:
        model = load_model(recipe.start)
    except AudioganError as mistake:
        raise AudioganError(f"start: {mistake}") from mistake
    theirs, ours = (_flat(_what_a_generator_is(its)) for its in (model.recipe, recipe))
    other = sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))
    if other:
        told = "; ".join(f"{key} is {theirs.get(key)} there and {ours.get(key)} here" for key in other[:5])
        raise AudioganError(f"start: the generator in {model.source} is another ({told}). Give the same keys.")
    task.averaged().load_state_dict(model.generator.state_dict())
    progress.say(f"The generator begins as the one in {model.source}, of step {model.step}.")


def _what_a_generator_is(recipe: Recipe) -> dict[str, Any]:
    words = recipe.model_dump(mode="json")
    return {key: words[key] for key in ("task", "sample_rate", "representation", "generator") if key in words}


def _state_to_go_on_from(folder: Path, last: Path | None, recipe: Recipe) -> dict[str, Any]:
    if last is None:
        raise AudioganError(f"{folder} holds no checkpoint to go on from. Train without --resume first.")
    state = load(last)
    # Read anew, so that a key which a later version added has its default on both sides.
    begun_with = with_label_names(check(state["recipe"], f"The recipe in {last}"))
    before, now = _flat(begun_with.model_dump(mode="json")), _flat(recipe.model_dump(mode="json"))
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key) and not _is_free(key))
    if changed:
        told = "; ".join(f"{key} was {before.get(key)} and is {now.get(key)}" for key in changed[:5])
        raise AudioganError(
            f"The run in {folder} was begun with another recipe ({told}). Give the same one, or begin a new run "
            "with --run."
        )
    here, there = machine(), state["machine"]
    other = [f"{key} {there[key]} → {here[key]}" for key in here if here[key] != there.get(key, here[key])]
    if other and rank() == 0:
        print(f"Going on, but not bit for bit as one run would have: {', '.join(other)}.", file=sys.stderr)
    return state


def _is_free(key: str) -> bool:
    return any(key == free or key.startswith(free + ".") for free in FREE)


def _flat(words: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(words, dict) and words:
        return {key: value for name in words for key, value in _flat(words[name], f"{prefix}{name}.").items()}
    return {prefix.rstrip("."): words}


def _say_what_is_trained(recipe: Recipe, task: Task, validation_items: list[Any], progress: Progress) -> None:
    millions = {player.name: sum(p.numel() for p in player.parameters()) / 1e6 for player in task.players()}
    device = device_of(recipe.training.device)
    parts = ", ".join(f"{name} {count:.2f} M parameters" for name, count in millions.items())
    progress.say(f"{recipe.name}: {parts}; {recipe.training.steps} steps of {recipe.training.batch_size} on {device}.")
    if recipe.smaller and device.type == "cpu":
        progress.say(
            f"This recipe is made for a GPU; on a CPU it takes days (an estimate follows after the first steps). "
            f"For a CPU there is recipes/{recipe.smaller}.yaml."
        )
    if isinstance(recipe, EnhancementRecipe) and recipe.validation.items and not validation_items:
        progress.say(
            f"Nothing is validated: a share of {recipe.data.held_out:g} of so few recordings is none. Give more of "
            "them, a larger data.held_out, or validation.pairs."
        )
