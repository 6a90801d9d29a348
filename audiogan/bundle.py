"""Trained models on disk: the bundle to give away, and reading a model from a bundle, a checkpoint or a run folder.

A bundle is a folder with `config.json` and `model.safetensors`; nothing in it can run code.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from audiogan import __version__
from audiogan.audio.sound_pictures import SoundPicture
from audiogan.errors import AudioganError
from audiogan.recipe.building import build_generator, build_representation
from audiogan.recipe.reading import check
from audiogan.recipe.recipe import Recipe
from audiogan.training.checkpoint import load

FORMAT = 1
CONFIG, WEIGHTS = "config.json", "model.safetensors"
REPRESENTATION = "representation."  # before the names of its statistics, among the network's weights


@dataclass(frozen=True)
class Model:
    """A trained network and all that is needed to use it.

    Args:
        generator: in evaluation mode, on the CPU; of a classification, the classifier.
        recipe: what it was trained by.
        step: how many steps it was trained.
        source: the file it was read from.
        representation: what the network sees of sounds, with the statistics it was trained with; None where it sees
            waveforms, or no sounds.
    """

    generator: nn.Module
    recipe: Recipe
    step: int
    source: Path
    representation: SoundPicture | None = None

    def generator_on(self, device: str) -> nn.Module:
        """The network, moved to a device.

        Raises:
            AudioganError: the device is not there.
        """
        try:
            return self.generator.to(device)
        except (RuntimeError, AssertionError):
            raise AudioganError(f"device {device!r} cannot be used on this machine. Use cpu.") from None


def load_model(path: str | os.PathLike[str]) -> Model:
    """The model in a run folder (its best checkpoint, else its last), a checkpoint file or a bundle folder.

    Raises:
        AudioganError: there is none, or it is damaged or of another format.
    """
    place = Path(path)
    if (place / CONFIG).is_file():
        return _from_bundle(place)
    if place.is_file():
        return _from_checkpoint(place)
    if not place.exists():
        raise AudioganError(f"There is no model {place}. Give a run folder, a checkpoint (.pt) or a model bundle.")
    found = [*place.glob("checkpoints/best.pt"), *sorted(place.glob("checkpoints/step-*.pt"), reverse=True)]
    if not found:
        raise AudioganError(f"{place} holds no model: neither {CONFIG} nor checkpoints. Give a run folder or a bundle.")
    return _from_checkpoint(found[0])


def save_bundle(model: Model, folder: Path) -> None:
    """Write a bundle, whole or not at all.

    Raises:
        AudioganError: the folder holds something else, or cannot be written.
    """
    from safetensors.torch import save

    folder = folder.resolve()  # so that "." has a name too
    if folder.exists() and not (folder / CONFIG).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise AudioganError(f"{folder} is there and is no model bundle. Choose another folder.")
    temporary = folder.with_name(folder.name + ".tmp")
    config = {
        "format": FORMAT,
        "audiogan": __version__,
        "step": model.step,
        "recipe": model.recipe.model_dump(mode="json"),
    }
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        weights = model.generator.state_dict()
        if model.representation is not None:
            weights |= {REPRESENTATION + name: tensor for name, tensor in model.representation.state_dict().items()}
        weights = {name: tensor.contiguous() for name, tensor in weights.items()}
        (temporary / WEIGHTS).write_bytes(save(weights))
        (temporary / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    except OSError as problem:
        shutil.rmtree(temporary, ignore_errors=True)
        raise AudioganError(
            f"The bundle {folder} could not be written ({problem.strerror}). Choose another folder."
        ) from problem


def _from_bundle(folder: Path) -> Model:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
        _check_format(config["format"], config["audiogan"], folder)
        return _assembled(config["recipe"], weights, config["step"], folder)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as problem:
        reason = f"{problem} is missing" if isinstance(problem, KeyError) else problem
        raise AudioganError(
            f"{folder} is not a whole model bundle ({reason}). Make it again by `audiogan bundle`."
        ) from problem


def _from_checkpoint(path: Path) -> Model:
    state = load(path)
    weights, prefix = state["average"], "generator."
    if weights is None:
        weights = {n.removeprefix(prefix): v for n, v in state["task"].items() if n.startswith(prefix)}
    weights = {**weights, **{n: v for n, v in state["task"].items() if n.startswith(REPRESENTATION)}}
    return _assembled(state["recipe"], weights, state["step"], path)


def _assembled(words: dict[str, Any], weights: dict[str, Tensor], step: int, source: Path) -> Model:
    recipe = check(words, f"The recipe in {source}")
    generator, representation = build_generator(recipe), build_representation(recipe)
    statistics = {n.removeprefix(REPRESENTATION): v for n, v in weights.items() if n.startswith(REPRESENTATION)}
    try:
        generator.load_state_dict({n: v for n, v in weights.items() if not n.startswith(REPRESENTATION)})
        if representation is not None:
            representation.load_state_dict(statistics)
    except RuntimeError as problem:
        raise AudioganError(f"The weights in {source} do not fit its recipe: it is damaged or was edited.") from problem
    generator.eval()
    return Model(generator, recipe, step, source, representation)


def _check_format(found: int, version: str, source: Path) -> None:
    if found != FORMAT:
        raise AudioganError(
            f"{source} is a bundle of format {found}, written by audiogan {version}; this audiogan {__version__} reads "
            f"format {FORMAT}. Use the version that wrote it."
        )
