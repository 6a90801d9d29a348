"""Sounds and models to try the page with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from audiogan.bundle import Model, save_bundle
from audiogan.recipe.building import build_generator
from audiogan.recipe.reading import find_recipe, read_recipe
from tests.tiny_runs import speech_like


def noisy(path: Path, rate: int = 16000, channels: int = 1, seconds: float = 0.8, seed: int = 0, **how: str) -> Path:
    """A file of something like speech in noise."""
    samples = int(seconds * rate)
    rng = np.random.default_rng(seed)
    sound = speech_like(samples, seed, rate)[:, None] + 0.03 * rng.standard_normal((samples, channels))
    soundfile.write(path, sound.astype(np.float32), rate, **how)
    return path


def random_segan(root: Path) -> Path:
    """A bundle of SEGAN's generator with random weights, which takes windows and runs in torch."""
    recipe = read_recipe(find_recipe("segan_demo"), ["generator.channels=[4, 8, 8, 8, 8]"])
    save_bundle(Model(build_generator(recipe), recipe, 1, root / "segan"), root / "segan")
    return root / "segan"


def random_generators(root: Path) -> Path:
    """Bundles with random weights: drums of six kinds, digits of ten, and points."""
    kinds = "data.label_names=[cymbal, hat, kick, percussion, snare, tom]"
    digits = ["digits/digits_dcgan_conditional", "generator.width=8"]
    for name, (recipe, *words) in {
        "drums": ["wavegan_mini", "generator.width=2", kinds],
        "digits": digits,
        "points": ["toy/eight_gaussians_wgan_gp"],
    }.items():
        known = read_recipe(find_recipe(recipe), words)
        save_bundle(Model(build_generator(known), known, 1, root / name), root / name)
    return root
