"""The journal: every number of a run, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from audiogan.errors import AudioganError, explain_os_error
from audiogan.training.board import Board
from audiogan.writing import write_text


class Journal:
    """Appends to `journal.jsonl`, and to TensorBoard event files beside it where that extra is installed.

    Opened at a step, it drops the lines after that step: a run that goes on from a checkpoint writes them anew.

    Raises:
        AudioganError: it cannot be written, then and at any later line.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self.path = folder / "journal.jsonl"
        with self._sayable_mistakes():
            self._keep_until(step)
            self._file = self.path.open("a", encoding="utf-8")
            self._board = _board(folder / "tensorboard", step)

    def write(self, step: int, kind: str, values: Mapping[str, float | str]) -> dict[str, Any]:
        """Add one line and return it: `{"step": …, "kind": …, …values}`; flushed, so that a killed run keeps it."""
        row = {"step": step, "kind": kind, **values}
        with self._sayable_mistakes():
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
            numbers = {f"{kind}/{n}": v for n, v in values.items() if not isinstance(v, str)}
            if self._board and numbers:
                self._board.write(step, numbers)
        return row

    def close(self) -> None:
        """Close the files."""
        for file in (self._file, self._board):
            with suppress(OSError):  # what could not be written was said by `write`
                if file:
                    file.close()

    @contextmanager
    def _sayable_mistakes(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise AudioganError(
                f"The journal {self.path} could not be written: {explain_os_error(problem)} Then continue with "
                "--resume."
            ) from problem

    def _keep_until(self, step: int) -> None:
        if not self.path.exists():
            return
        kept = [json.dumps(row) + "\n" for row in read_journal(self.path) if row["step"] <= step]
        write_text(self.path, "".join(kept))


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The rows of a journal; a last line that was cut by a kill is left out.

    Raises:
        AudioganError: a line before the last is not JSON.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as problem:
            if number < len(lines):
                raise AudioganError(f"{path}, line {number} is not JSON. Remove that line.") from problem
    return rows


def _board(folder: Path, step: int) -> Board | None:
    try:
        return Board(folder, step)
    except ImportError:
        return None
