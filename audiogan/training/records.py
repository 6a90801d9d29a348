"""What a run leaves, written by the first process: the journal and what it says of the game, samples, checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiogan.processes import rank
from audiogan.show.samples import write_samples
from audiogan.tasks import Validation
from audiogan.training.checkpoint import CheckpointFolder
from audiogan.training.health import Health
from audiogan.training.journal import Journal, read_journal
from audiogan.training.progress import Progress
from audiogan.training.run_facts import RunFacts
from audiogan.training.run_report import RunReport
from audiogan.training.settings import PlayerSettings


class Records:
    """Writes in the run folder and tells the progress; on every process but the first it does neither.

    Args:
        folder: the run folder.
        keep_checkpoints: how many of the last.
        samples: how many of a validation's samples are kept.
        players: as in the recipe.
        progress: shows how it goes.
        report: a page about it all, which may fail.
        facts: keeps the time.

    Raises:
        AudioganError: at anything else that cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        keep_checkpoints: int,
        samples: int,
        players: Mapping[str, PlayerSettings],
        progress: Progress,
        report: RunReport,
        facts: RunFacts,
    ) -> None:
        self.checkpoints = CheckpointFolder(folder / "checkpoints", keep_checkpoints)
        self._writes = rank() == 0
        self._folder = folder
        self._samples = samples
        self._progress = progress
        self._report = report
        self._facts = facts
        self._health = Health(players)
        self._journal: Journal | None = None

    def open(self, step: int) -> None:
        """Go on behind what was written until this step."""
        if self._writes:
            self._journal = Journal(self._folder, step)
            self._facts.begin(step)
            for row in read_journal(self._journal.path):
                self._health.see(row)
            self._progress.concerns(self._health.concerns())

    def close(self, finished: bool) -> None:
        """Close the journal; the run is finished, or was stopped."""
        if self._journal:
            self._journal.close()
            self._report.write("finished" if finished else "stopped")

    def training(self, step: int, numbers: dict[str, float]) -> None:
        """Note the means of the last steps."""
        self._note(step, "training", numbers)
        self._progress.numbers(numbers)

    def validation(self, step: int, result: Validation) -> None:
        """Note what a validation found, and keep its samples."""
        self._note(step, "validation", result.numbers)
        if self._writes:
            write_samples(self._folder / "samples", step, result.samples[: self._samples])
            self._report.write()
        self._progress.validation(step, result.numbers)

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Save a step's checkpoint."""
        if self._writes:
            self.checkpoints.save(step, state)
            self._facts.save(step)
            self._report.write()

    def save_best(self, state: dict[str, Any]) -> None:
        """Save the checkpoint that validated best so far."""
        if self._writes:
            self.checkpoints.save_best(state)

    def _note(self, step: int, kind: str, numbers: dict[str, float]) -> None:
        if self._journal is None:
            return
        changes = self._health.see(self._journal.write(step, kind, numbers))
        for change in changes:
            state = "begins" if change.begins else "ends"
            self._journal.write(step, "health", {"concern": change.concern, "state": state, "words": change.words})
            self._progress.say(f"step {step}: {change.concern}: {change.words}")
        self._progress.concerns(self._health.concerns())
