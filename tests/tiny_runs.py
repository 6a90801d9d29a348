"""Sounds and a recipe so small that a whole training run takes a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

RATE = 8000


def speech_like(samples: int, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Harmonics of a gliding pitch in syllables of a third of a second, float32 `[samples]`."""
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / rate
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * time + rng.uniform(0, 6))) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    return (0.1 * voice * np.sin(np.pi * time / 0.333) ** 2).astype(np.float32)


def write_sound(path: Path, waveform: np.ndarray, rate: int = RATE) -> Path:
    """A float WAV file, so that nothing is rounded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, waveform, rate, subtype="FLOAT")
    return path


def sound_folders(root: Path, rate: int = RATE, seconds: float = 0.6) -> tuple[Path, Path]:
    """Folders of eight recordings of speech and three of noise, one of them shorter than the others."""
    for number in range(8):
        write_sound(root / "speech" / f"s{number}.wav", speech_like(int(seconds * rate), number, rate), rate)
    for number in range(3):
        samples = int(rate * (seconds if number else 0.01))
        noise = 0.05 * np.random.default_rng(number).standard_normal(samples)
        write_sound(root / "noise" / f"n{number}.wav", noise.astype(np.float32), rate)
    return root / "speech", root / "noise"


def tiny_words(root: Path) -> dict[str, Any]:
    """A recipe of narrow networks on `sound_folders(root)`, with every kind of state that a run can have."""
    player = {"optimiser": {"name": "RMSprop", "learning_rate": 1e-3}}
    return {
        "name": "tiny",
        "task": "enhancement",
        "sample_rate": RATE,
        "representation": {"name": "PreEmphasis"},
        "generator": {
            "name": "SEGANGenerator", "channels": [4, 8], "kernel": 7, "stride": 4, "latent_channels": 2,
        },
        "discriminator": {"name": "SEGANDiscriminator", "samples": 256, "channels": [4, 8], "kernel": 7, "stride": 4},
        "game": [{"name": "LeastSquares"}],
        "reconstruction": [{"name": "L1", "weight": 100}],
        "data": {
            "clean": str(root / "speech"), "noise": [str(root / "noise")], "window": 256, "hop": 128,
            "snr_db": [0, 10], "held_out": 0.2,
        },
        "players": {
            "discriminator": {**player, "turns": 2},
            "generator": {"optimiser": {"name": "Adam", "learning_rate": 1e-3}, "clip_gradient": 5.0},
        },
        "training": {
            "steps": 200, "batch_size": 3, "device": "cpu", "threads": 1, "average_decay": 0.9,
            "schedule": {"shape": "cosine", "warm_up": 5}, "log_every": 7, "checkpoint_every": 10,
        },
        "validation": {"every": 25, "items": 1, "samples": 0, "measures": ["si_sdr"]},
    }  # fmt: skip


def tiny_recipe(root: Path, **groups: dict[str, Any]) -> Path:
    """`recipe.yaml` under `root` with the sounds that it names; `training={"steps": 3}` changes one of its groups."""
    sound_folders(root)
    words = tiny_words(root)
    for name, changes in groups.items():
        words[name] = {**words[name], **changes}
    path = root / "recipe.yaml"
    path.write_text(json.dumps(words))
    return path


def same(one: Any, other: Any) -> bool:
    """Whether two nested states are equal to the bit."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
