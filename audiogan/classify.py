"""Using a classifier of sounds that was trained by a recipe: to judge what generators make."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.resample import resample
from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from torch import Tensor

    from audiogan.bundle import Model
    from audiogan.recipe.classification import ClassificationRecipe

SOUNDS_AT_ONCE = 256


class SoundClassifier:
    """Says which class a sound is of, and gives the features by which it does.

    Sounds of another rate are resampled to the classifier's; shorter ones are padded with zeros and longer ones cut at
    their end, and channels are averaged where it hears one.

    Args:
        model: of a classification recipe whose data is sounds.

    Raises:
        AudioganError: it is another model.
    """

    def __init__(self, model: Model) -> None:
        from audiogan.recipe.classification import ClassificationRecipe

        recipe = model.recipe
        if not isinstance(recipe, ClassificationRecipe) or recipe.sounds is None or recipe.sample_rate is None:
            raise AudioganError(
                f"{model.source} is no classifier of sounds. Give one that was trained by a recipe such as "
                "recipes/drums_classifier.yaml."
            )
        self.model = model
        self.recipe: ClassificationRecipe = recipe
        self.sample_rate = recipe.sample_rate
        self.shape = recipe.sounds.channels, recipe.sounds.samples
        classes = recipe.classifier.arguments()["classes"]
        self.labels = recipe.sounds.label_names or [str(n) for n in range(classes)]
        """What the classes are called, in the order of their numbers."""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SoundClassifier:
        """The classifier in a run folder, a checkpoint or a model bundle.

        Raises:
            AudioganError: there is none at `path`, or it is of another kind or version.
        """
        from audiogan.bundle import load_model

        return cls(load_model(path))

    @property
    def name(self) -> str:
        """Which classifier it is, in words, to stand beside its figures."""
        return f"{self.recipe.name} after {self.model.step} steps"

    def features(self, sounds: NDArray[Any], sample_rate: int) -> NDArray[np.float64]:
        """What its last hidden layer says of sounds, `[N, channels, samples]` in [-1, 1] → `[N, features]`."""
        network: Any = self.model.generator
        return np.concatenate([network.features(seen).double().numpy() for seen in self._seen(sounds, sample_rate)])

    def probabilities(self, sounds: NDArray[Any], sample_rate: int) -> NDArray[np.float64]:
        """How probable it finds each class, `[N, channels, samples]` in [-1, 1] → `[N, classes]`."""
        parts = self._seen(sounds, sample_rate)
        return np.concatenate([self.model.generator(seen).double().softmax(1).numpy() for seen in parts])

    def _seen(self, sounds: NDArray[Any], sample_rate: int) -> Iterator[Tensor]:
        import torch

        assert self.model.representation is not None
        for start in range(0, len(sounds), SOUNDS_AT_ONCE):
            with torch.inference_mode():
                heard = torch.from_numpy(self._fitted(sounds[start : start + SOUNDS_AT_ONCE], sample_rate))
                yield self.model.representation.encode(heard)

    def _fitted(self, sounds: NDArray[Any], sample_rate: int) -> NDArray[np.float32]:
        channels, samples = self.shape
        heard = np.asarray(sounds, np.float32)
        if heard.shape[1] != channels:
            heard = np.repeat(heard.mean(axis=1, keepdims=True), channels, axis=1)
        heard = resample(heard, sample_rate, self.sample_rate)[..., :samples]
        fitted: NDArray[np.float32] = np.pad(heard, [(0, 0), (0, 0), (0, samples - heard.shape[2])])
        return fitted
