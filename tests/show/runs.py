"""A run folder as training leaves it, written by hand: no network, no training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml
from PIL import Image

from tests.tiny_runs import speech_like

RATE = 8000
ROWS: list[dict[str, Any]] = [
    {"step": 50, "kind": "training", "discriminator.LeastSquares": 0.5, "discriminator.gradient_norm": 4.0,
     "generator.L1": 0.123456, "generator.gradient_norm": 2.0, "LeastSquares.of_real": 0.75},
    {"step": 100, "kind": "training", "discriminator.LeastSquares": 0.25, "discriminator.gradient_norm": 400.0,
     "generator.L1": 0.1, "generator.gradient_norm": 1.0, "LeastSquares.of_real": 0.625},
    {"step": 100, "kind": "validation", "pesq": 1.75, "pesq_noisy": 1.5, "log_spectral_distance": 7.0,
     "log_spectral_distance_noisy": 9.0},
    {"step": 100, "kind": "health", "concern": "discriminator's gradient is large", "state": "begins",
     "words": "its norm is <400>. Try less."},
    {"step": 200, "kind": "validation", "pesq": 1.625, "pesq_noisy": 1.5, "log_spectral_distance": 6.5,
     "log_spectral_distance_noisy": 9.0},
]  # fmt: skip


def words(**keys: Any) -> dict[str, Any]:
    """A resolved recipe of an enhancer."""
    player = {"optimiser": {"name": "Adam", "learning_rate": 0.001, "betas": [0.5, 0.9]}, "turns": 1}
    return {
        "name": "by_hand", "about": "a <tiny> & quick one", "task": "enhancement", "sample_rate": RATE,
        "generator": {"name": "SEGANGenerator", "channels": [4, 8]}, "game": [{"name": "LeastSquares"}],
        "data": {"clean": ["speech"], "noise": ["noise"]},
        "players": {"discriminator": player, "generator": player},
        "training": {"steps": 400, "log_every": 50, "checkpoint_every": 200,
                     "schedule": {"shape": "linear", "warm_up": 0, "halve_every": 0, "floor": 0.0}},
        "validation": {"every": 100, "best": "pesq"},
    } | keys  # fmt: skip


def run_folder(folder: Path, rows: list[dict[str, Any]] | None = None, **keys: Any) -> Path:
    """The folder with its recipe and journal, and nothing else yet."""
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(words(**keys), sort_keys=False))
    lines = (json.dumps(row) + "\n" for row in (ROWS if rows is None else rows))
    (folder / "journal.jsonl").write_text("".join(lines))
    return folder


def put_sound(path: Path, seed: int, seconds: float = 0.3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speech_like(int(seconds * RATE), seed, RATE), RATE)
    return path


def put_enhanced(folder: Path, steps: list[int], items: int = 1, seconds: float = 0.3) -> None:
    """Noisy and clean sounds, and the enhanced ones of these steps."""
    for item in range(items):
        for side, seed in (("noisy", 0), ("clean", 1)):
            put_sound(folder / "samples" / f"item{item}.{side}.flac", 10 * item + seed, seconds)
        for step in steps:
            put_sound(folder / "samples" / f"step-{step:08d}" / f"item{item}.enhanced.flac", step + item, seconds)


def put_pictures(folder: Path, steps: list[int]) -> None:
    """A grid of pictures at each of these steps."""
    for step in steps:
        place = folder / "samples" / f"step-{step:08d}" / "pictures.png"
        place.parent.mkdir(parents=True)
        Image.fromarray(np.full((8, 8), step % 256, np.uint8)).save(place)


def put_checkpoint(folder: Path) -> None:
    """A file where a checkpoint lies; what it holds is not looked at by a page."""
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "step-00000200.pt").write_bytes(b"weights")
