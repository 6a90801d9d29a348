"""Trained models on disk: the bundle to give away, and reading a model from a bundle, a checkpoint or a run folder.

A bundle is a folder with `config.json` and `model.safetensors`, and with `model.onnx` where the generator is made for
streams: an exported graph of it, so that enhancing needs no torch. Nothing in a bundle can run code. Importing this
module loads neither torch nor pydantic.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan import __version__
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

if TYPE_CHECKING:
    from torch import Tensor, nn

    from audiogan.audio.sound_pictures import SoundPicture
    from audiogan.recipe.recipe import Recipe
    from audiogan.streaming.estimators import GraphEstimator
    from audiogan.streaming.torch_estimator import TorchEstimator

FORMAT = 1
CONFIG, WEIGHTS, GRAPH = "config.json", "model.safetensors", "model.onnx"
CARD = "README.md"  # beside them: what a person should know before using the model
REPRESENTATION = "representation."  # before the names of its statistics, among the network's weights
LOUDEST_DIFFERENCE = -80.0  # dB between the sound of a graph and of the weights it was exported from
PRETRAINED = Path(__file__).parent / "pretrained"  # models that came with audiogan, a bundle each


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

    @property
    def estimator(self) -> TorchEstimator | None:
        """The generator as an estimator, where it is made for streams; see `audiogan.streaming`."""
        from audiogan.recipe.enhancement import EnhancementRecipe
        from audiogan.streaming.torch_estimator import TorchEstimator

        recipe = self.recipe
        if not isinstance(recipe, EnhancementRecipe) or recipe.representation.name != "Waveform":
            return None
        return TorchEstimator.of(self.generator, recipe.sample_rate)

    def in_half_precision(self) -> tuple[Model, float]:
        """The model with its weights rounded to half precision, in which it is half as large, and what that does.

        Returns:
            The model, and the sound of the difference relative to the sound itself, in dB.

        Raises:
            AudioganError: the model is not made for streams.
        """
        from audiogan.streaming.torch_estimator import compare

        before = self.estimator
        if before is None:
            raise AudioganError(
                f"{self.source} is not made for streams, and only such a model is kept in half precision."
            )
        rounded = replace(self, generator=copy.deepcopy(self.generator))
        for parameter in rounded.generator.parameters():
            parameter.data = parameter.data.half().to(parameter)
        after = rounded.estimator
        assert after is not None
        return rounded, compare(after, before)

    def blended_with(self, other: Model, share: float) -> Model:
        """The model with weights `(1 − share) · own + share · the other's`, and everything else its own.

        A model that was trained on for one end loses some of what it began with; between the two lie models that keep
        most of both (Wortsman et al. 2022, arXiv:2109.01903).

        Args:
            other: of the same network, and trained from the same weights; others' weights mean something else.
            share: 0 to 1.

        Raises:
            AudioganError: the networks differ, or the share is out of range.
        """
        if not 0 <= share <= 1:
            raise AudioganError(f"a share of {share:g} of {other.source}: give a number from 0 to 1.")
        weights, others = self.generator.state_dict(), other.generator.state_dict()
        if {n: w.shape for n, w in weights.items()} != {n: w.shape for n, w in others.items()}:
            raise AudioganError(
                f"{self.source} and {other.source} are different networks, so their weights cannot be blended."
            )
        blended = replace(self, generator=copy.deepcopy(self.generator))
        mixed = {n: w.lerp(others[n].to(w), share) if w.is_floating_point() else w for n, w in weights.items()}
        blended.generator.load_state_dict(mixed)
        return blended


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


def load_graph(folder: str | os.PathLike[str]) -> tuple[GraphEstimator, float] | None:
    """The exported graph of a bundle, and its recipe's strength.

    None where the folder is no bundle with a graph, or where onnxruntime is missing: `load_model` gives the same model.

    Raises:
        AudioganError: the bundle is damaged or of another format.
    """
    place = Path(folder)
    if not (place / CONFIG).is_file() or not (place / GRAPH).is_file() or find_spec("onnxruntime") is None:
        return None
    from audiogan.streaming.estimators import Frames, GraphEstimator, StateTensor

    try:
        config = _read_config(place)
        graph = config["graph"]
        state = [StateTensor(part["name"], tuple(part["shape"]), part["start"]) for part in graph["state"]]
        return GraphEstimator(place / GRAPH, Frames(**graph["frames"]), state), config["recipe"]["strength"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise _not_whole(place, problem) from problem


def save_bundle(model: Model, folder: Path, card: str | None = None) -> None:
    """Write a bundle, whole or not at all. Weights that half precision holds exactly are stored so.

    Args:
        model: what to write.
        folder: where; a bundle that is there is replaced, and its card stays.
        card: text of a card for a bundle that has none yet.

    Raises:
        AudioganError: the folder holds something else, or cannot be written; or the model is made for streams and the
            onnx package, which exporting its graph needs, is missing.
    """
    from safetensors.torch import save

    folder = folder.resolve()  # so that "." has a name too
    if folder.exists() and not (folder / CONFIG).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise AudioganError(f"{folder} is there and is no model bundle. Choose another folder.")
    config = {
        "format": FORMAT,
        "audiogan": __version__,
        "step": model.step,
        "recipe": model.recipe.model_dump(mode="json"),
    }
    with put_in_place(folder, replace_folder=True) as beside:
        beside.mkdir()
        weights = model.generator.state_dict()
        if model.representation is not None:
            weights |= {REPRESENTATION + name: tensor for name, tensor in model.representation.state_dict().items()}
        if model.estimator is not None:
            weights = {name: _as_small_as_exact(tensor) for name, tensor in weights.items()}
            config["graph"] = _write_graph(model, beside / GRAPH)
        weights = {name: tensor.contiguous() for name, tensor in weights.items()}
        (beside / WEIGHTS).write_bytes(save(weights))
        (beside / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        if (folder / CARD).is_file():
            shutil.copyfile(folder / CARD, beside / CARD)
        elif card is not None:
            (beside / CARD).write_text(card, encoding="utf-8")


def _write_graph(model: Model, path: Path) -> dict[str, Any]:
    """The graph, checked against the weights; what to know of it to run it."""
    from audiogan.streaming.estimators import GraphEstimator
    from audiogan.streaming.torch_estimator import compare, write_graph

    estimator = model.estimator
    assert estimator is not None
    write_graph(estimator, path)
    difference = compare(GraphEstimator(path, estimator.frames, estimator.state), estimator)
    if not difference < LOUDEST_DIFFERENCE:
        raise AudioganError(
            f"The exported graph of {model.source} sounds {difference:.0f} dB from its weights, not under "
            f"{LOUDEST_DIFFERENCE:.0f} dB: its training went wrong, or onnxruntime is of a version that does not fit."
        )
    return {"frames": asdict(estimator.frames), "state": [asdict(part) for part in estimator.state]}


def _from_bundle(folder: Path) -> Model:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = _read_config(folder)
        weights = load_file(folder / WEIGHTS)
        return _assembled(config["recipe"], weights, config["step"], folder)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as problem:
        raise _not_whole(folder, problem) from problem


def _read_config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    _check_format(config["format"], config["audiogan"], folder)
    return config


def _not_whole(folder: Path, problem: Exception) -> AudioganError:
    reason = f"{problem} is missing" if isinstance(problem, KeyError) else problem
    return AudioganError(f"{folder} is not a whole model bundle ({reason}). Make it again by `audiogan bundle`.")


def _as_small_as_exact(tensor: Tensor) -> Tensor:
    half = tensor.half()
    return half if tensor.is_floating_point() and half.to(tensor).equal(tensor) else tensor


def _from_checkpoint(path: Path) -> Model:
    from audiogan.training.checkpoint import load

    state = load(path)
    weights, prefix = state["average"], "generator."
    if weights is None:
        weights = {n.removeprefix(prefix): v for n, v in state["task"].items() if n.startswith(prefix)}
    weights = {**weights, **{n: v for n, v in state["task"].items() if n.startswith(REPRESENTATION)}}
    return _assembled(state["recipe"], weights, state["step"], path)


def _assembled(words: dict[str, Any], weights: dict[str, Tensor], step: int, source: Path) -> Model:
    from audiogan.recipe.building import build_generator, build_representation
    from audiogan.recipe.reading import check

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
