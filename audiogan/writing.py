"""Writing a file or folder whole or not at all: beside its place first, then renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audiogan.errors import AudioganError


@contextmanager
def put_in_place(place: Path) -> Iterator[Path]:
    """A path beside a file's or folder's place; what is made there takes its place, or goes away if anything fails.

    Makes the parent folder. What was at the place before stays until the new is whole.

    Raises:
        AudioganError: the place cannot be written.
    """
    place = Path(place)
    beside = place.resolve().with_name(f"{place.resolve().name}.tmp-{os.getpid()}")  # "." has no name of its own
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, place)
    except OSError as error:
        raise AudioganError(f"{place}: cannot be written ({error.strerror}). Choose another place.") from None
    except AudioganError as mistake:
        raise AudioganError(str(mistake).replace(str(beside), str(place))) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        with suppress(OSError):
            beside.unlink()


def file_name(text: str) -> str:
    """A text from elsewhere, such as a manifest or a bundle, as one component of a path, on any system.

    Separators, colons and control characters become `_`, and so do names of dots and spaces alone. What is longer than
    150 bytes in UTF-8 is cut.
    """
    name = re.sub(r"[\x00-\x1f\x7f/\\:]", "_", text).encode("utf-8", "replace")[:150].decode("utf-8", "ignore")
    return name if name.strip(" .") else "_" * max(1, len(name))


def write_bytes(place: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        AudioganError: the place cannot be written.
    """
    with put_in_place(place) as beside:
        beside.write_bytes(content)


def write_text(place: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Raises:
        AudioganError: the place cannot be written.
    """
    write_bytes(place, text.encode())
