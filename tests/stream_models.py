"""Small generators made for streams, and estimators whose filters are known, for the tests of what runs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from audiogan.bundle import Model, save_bundle
from audiogan.networks import BandRecurrentGenerator
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.streaming.estimators import Array, Estimator, Frames, State

RATE = 16_000
SIZES = {"hidden": 16, "channels": 4, "look_ahead": 1}
FRAMES = Frames(RATE, 512, 256, taps=2, filtered_bins=8, look_ahead=0)


class KnownFilter(Estimator):
    """Gains by bin and by frame that are given; `gains` is called with the numbers of frames."""

    def __init__(self, gains, frames: Frames = FRAMES) -> None:  # type: ignore[no-untyped-def]
        super().__init__(frames, [])
        self._gains = gains
        self.seen = 0

    def __call__(self, spectrum: Array, state: State) -> tuple[Array, Array, State]:
        """The given gains, and filters that do nothing."""
        numbers = self.seen + np.arange(len(spectrum))
        self.seen += len(spectrum)
        gains = np.ones((len(spectrum), spectrum.shape[2]), np.float32) * self._gains(numbers)
        return gains.astype(np.float32), np.zeros((len(spectrum), 2, 2, 8), np.float32), state


def scattered(deviation: float = 0.2, **options: int) -> BandRecurrentGenerator:
    """With weights under which everything that is seen has an effect."""
    generator = BandRecurrentGenerator(**{**SIZES, **options})
    chance = torch.Generator().manual_seed(3)
    for parameter in generator.parameters():
        nn.init.normal_(parameter, std=deviation, generator=chance)
    return generator.eval()


def streaming_model(deviation: float = 0.2, strength: float = 1.0) -> Model:
    """A model as if it had been trained."""
    recipe = EnhancementRecipe.model_validate(
        {
            "name": "small",
            "task": "enhancement",
            "strength": strength,
            "representation": {"name": "Waveform"},
            "generator": {"name": "BandRecurrentGenerator", **SIZES},
            "reconstruction": [{"name": "L1"}],
            "data": {"clean": "speech", "noise": "noise", "window": 4096},
            "players": {"generator": {"optimiser": {"name": "Adam", "learning_rate": 1e-3}}},
            "training": {"steps": 1, "batch_size": 1},
        }
    )
    return Model(scattered(deviation), recipe, 1, Path("small"))


def streaming_bundle(folder: Path) -> Path:
    """Its bundle."""
    save_bundle(streaming_model(), folder)
    return folder


def noise(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    """White, 0.1 loud."""
    return (0.1 * np.random.default_rng(seed).standard_normal((channels, samples))).astype(np.float32)
