"""Tables of a synthesis in progress: rows that are appended, so that a run that was killed goes on."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audiogan.errors import AudioganError


class Table:
    """A file of JSON rows that grows; an incomplete last row, left by a kill, is removed when it is opened.

    Args:
        path: of the file; made with its folder where there is none.
        key: of the field that names a row; a row of a name that is there is not appended.

    Raises:
        AudioganError: the file cannot be read or written, or is damaged.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self.rows: dict[Any, dict[str, Any]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes() if path.exists() else b""
            complete = data[: data.rfind(b"\n") + 1]
            if len(complete) < len(data):
                os.truncate(path, len(complete))
            for line in complete.splitlines():
                row = json.loads(line)
                self.rows[row[key]] = row
        except OSError as error:
            raise AudioganError(f"{path}: cannot be read or written ({error.strerror}).") from None
        except (ValueError, KeyError, TypeError) as error:
            raise AudioganError(f"{path}: damaged ({error}). Remove it with its folder and start again.") from None

    def append(self, row: dict[str, Any]) -> None:
        """Append a row, whole or not at all.

        Raises:
            AudioganError: the file cannot be written, for example because the disk is full.
        """
        if row[self._key] in self.rows:
            return
        line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
        try:
            with self._path.open("ab", buffering=0) as file:
                size = file.tell()
                if file.write(line) != len(line):
                    os.truncate(self._path, size)
                    raise OSError(28, "no space left on the disk")
        except OSError as error:
            raise AudioganError(f"{self._path}: cannot be written ({error.strerror}).") from None
        self.rows[row[self._key]] = row


def check_definition(path: Path, definition: dict[str, Any]) -> None:
    """Store what a run is made from; check that a run that goes on is made from the same.

    Raises:
        AudioganError: the folder holds a run of another definition, or cannot be written.
    """
    try:
        if path.exists():
            found = json.loads(path.read_text())
            if different := sorted(key for key in {*found, *definition} if found.get(key) != definition.get(key)):
                raise AudioganError(
                    f"{path.parent}: holds speech made with another {', '.join(different)} "
                    f"({', '.join(f'{key}: {found.get(key)}' for key in different)}). Give these, or another folder."
                )
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".tmp")
        beside.write_text(json.dumps(definition))
        os.replace(beside, path)
    except OSError as error:
        raise AudioganError(f"{path}: cannot be written ({error.strerror}).") from None
    except ValueError as error:
        raise AudioganError(f"{path}: damaged ({error}). Remove it with its folder and start again.") from None


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two processes do not write the same run.

    Raises:
        AudioganError: another process holds it, or it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise AudioganError(f"{path}: cannot be written ({error.strerror}).") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AudioganError(f"{path.parent}: another process is making this speech. Wait for it.") from None
        yield
