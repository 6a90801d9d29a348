"""Checkpoints: written beside and renamed, so that a run killed at any instant leaves whole ones only."""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from audiogan import __version__
from audiogan.errors import AudioganError, explain_os_error
from audiogan.processes import count
from audiogan.writing import explain_failed_write

FORMAT = 1


def machine() -> dict[str, Any]:
    """What a bit-exact resume depends on beside the checkpoint itself."""
    return {
        "audiogan": __version__,
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "processor": platform.machine(),
        "processes": count(),
    }


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint whole or not at all.

    Raises:
        AudioganError: the folder cannot be written or the disk is full.
    """
    # One name for all, so that what a killed run left half-written is written over.
    temporary = path.with_name("unfinished.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            torch.save({"format": FORMAT, "machine": machine(), **state}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, RuntimeError) as problem:  # torch has its own words for a full disk
        if isinstance(problem, OSError):
            reason = explain_os_error(problem)
        else:
            reason = explain_failed_write(temporary, str(problem).splitlines()[0])
        raise AudioganError(
            f"The checkpoint {path} could not be written: {reason} Then continue with --resume; earlier checkpoints "
            "are complete."
        ) from problem
    finally:
        with suppress(OSError):
            temporary.unlink()


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint; nothing in it can run code.

    Raises:
        AudioganError: missing, not a checkpoint, damaged, or of another format.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as problem:
        raise AudioganError(f"There is no checkpoint {path}.") from problem
    except Exception as problem:  # torch.load raises many kinds for a file that is not its own
        raise AudioganError(f"{path} is not a checkpoint of audiogan, or is damaged. Give another one.") from problem
    if not isinstance(state, dict) or not state.keys() >= {"format", "machine"}:
        raise AudioganError(f"{path} is not a checkpoint of audiogan. Give a .pt file from a run's checkpoints folder.")
    if state["format"] != FORMAT:
        raise AudioganError(
            f"{path} is of format {state['format']}, written by audiogan {state['machine']['audiogan']}; this audiogan "
            f"{__version__} reads format {FORMAT}. Use the version that wrote it."
        )
    return state


class CheckpointFolder:
    """The checkpoints of a run: `step-00001000.pt`, the last few of them, and `best.pt`.

    Args:
        folder: `runs/NAME/checkpoints`.
        keep: how many of the last to keep, 1 or more.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder = folder
        self.keep = keep

    def path(self, step: int) -> Path:
        """Where the checkpoint of a step lies."""
        return self.folder / f"step-{step:08d}.pt"

    def saved(self) -> list[Path]:
        """The step checkpoints there are, oldest first."""
        return sorted(p for p in self.folder.glob("step-*.pt") if re.fullmatch(r"step-\d{8}\.pt", p.name))

    def save(self, step: int, state: dict[str, Any]) -> Path:
        """Save a step's checkpoint and remove the ones that are no longer among the last few."""
        save(self.path(step), state)
        for old in self.saved()[: -self.keep]:
            old.unlink()
        return self.path(step)

    def save_best(self, state: dict[str, Any]) -> None:
        """Save the checkpoint that validated best so far."""
        save(self.folder / "best.pt", state)

    def last(self) -> Path | None:
        """The newest step checkpoint, or None."""
        saved = self.saved()
        return saved[-1] if saved else None
