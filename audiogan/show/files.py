"""Putting a picture in its place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from audiogan.errors import AudioganError


def write_picture(path: Path, content: bytes) -> None:
    """Write a picture's bytes beside their place and rename: it is there whole or not at all. Makes the parent folder.

    Raises:
        AudioganError: the place cannot be written.
    """
    beside = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise AudioganError(
            f"{path}: the picture could not be written ({error.strerror}). Choose another place."
        ) from None
