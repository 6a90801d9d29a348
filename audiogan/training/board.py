"""TensorBoard event files, where that extra is installed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any


class Board:
    """Scalars in an event file of its own for each leg of a run.

    Written at once and in this thread: TensorBoard's own writer would tell of a full disk by a traceback in another.

    Args:
        folder: made if it is not there.
        step: where the leg begins; what an earlier leg wrote after it is no longer shown.

    Raises:
        ImportError: the extra is not installed.
        OSError: the folder cannot be written, here and at any later scalar.
    """

    def __init__(self, folder: Path, step: int) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._event, self._summary = event_pb2.Event, summary_pb2.Summary
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"events.out.tfevents.{time.time_ns()}").open("wb")
        self._records = RecordWriter(self._file)
        self._write(file_version="brain.Event:2")
        if step:
            self._write(step=step + 1, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """Add the numbers of a step, each under its name."""
        values = [self._summary.Value(tag=name, simple_value=value) for name, value in numbers.items()]
        self._write(step=step, summary=self._summary(value=values))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, **content: Any) -> None:
        self._records.write(self._event(wall_time=time.time(), **content).SerializeToString())
        self._file.flush()
