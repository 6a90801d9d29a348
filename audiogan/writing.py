"""Writing a file or folder complete or not at all: under a temporary name next to its place, then renamed.

Temporary names are short, so that a name of the greatest legal length can be written, and begin with a dot, so that no
search for sounds finds them. They contain the number of the process, so that what a killed process left is removed by
the next one that writes in the same folder.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import secrets
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audiogan.errors import AudioganError, explain_os_error

TEMPORARY = re.compile(r"\.audiogan-([0-9a-f]{8})-([0-9]+)-([0-9a-f]{6})-[0-9]+(\.[a-z0-9]+)?")

_run = secrets.token_hex(3)  # tells this process from an earlier one of the same number
_counter = itertools.count()
_cleaned: set[Path] = set()


def temporary_path(place: Path) -> Path:
    """Return an unused short path in the folder of a file or folder that is to be written.

    The first call for a folder removes what killed processes left there.

    Args:
        place: where the result will be; its folder need not exist.
    """
    folder = Path(os.path.abspath(place)).parent  # "." has no parent of its own
    if folder not in _cleaned:
        _cleaned.add(folder)
        remove_stale(folder)
    return folder / f".audiogan-{_machine()}-{os.getpid()}-{_run}-{next(_counter)}"


def remove_stale(folder: Path, alone: bool = False) -> None:
    """Remove the temporary files and folders of processes of this machine that have ended.

    Args:
        folder: where they are; it need not exist.
        alone: the caller holds a lock that makes it the only one who writes in the folder, and writes nothing now, so
            that all temporary files are removed, whichever process they are of.
    """
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.startswith(".audiogan-")]
    except OSError:
        return
    for name in names:
        match = TEMPORARY.fullmatch(name)
        if match and (alone or (match[1] == _machine() and not _is_alive(int(match[2]), match[3]))):
            _remove(folder / name)


@contextmanager
def put_in_place(place: Path, replace_folder: bool = False) -> Iterator[Path]:
    """Yield a temporary path; what is made there is renamed to `place`, or removed if anything fails.

    Makes the parent folder. What was at the place before stays until the new is complete.

    Args:
        place: of the file or folder.
        replace_folder: replace a folder that is not empty, which else is an error.

    Raises:
        AudioganError: the place cannot be written.
    """
    place = Path(place)
    beside = temporary_path(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        if replace_folder and place.is_dir() and beside.is_dir():
            _swap(beside, place)
        else:
            os.replace(beside, place)
    except OSError as error:
        raise AudioganError(f"{place}: cannot be written: {explain_os_error(error)}") from None
    except AudioganError as error:
        raise AudioganError(str(error).replace(str(beside), str(place))) from None
    finally:
        _remove(beside)


def write_bytes(place: Path, content: bytes) -> None:
    """Write a file complete or not at all.

    Raises:
        AudioganError: the place cannot be written.
    """
    with put_in_place(place) as beside:
        beside.write_bytes(content)


def write_text(place: Path, text: str) -> None:
    """Write a text file in UTF-8, complete or not at all.

    Raises:
        AudioganError: the place cannot be written.
    """
    write_bytes(place, text.encode())


def file_name(text: str) -> str:
    """A text from elsewhere, such as a manifest or a bundle, as one component of a path, on any system.

    Separators, colons and control characters become `_`, and so do names of dots and spaces alone. What is longer than
    150 bytes in UTF-8 is cut.
    """
    name = re.sub(r"[\x00-\x1f\x7f/\\:]", "_", text).encode("utf-8", "replace")[:150].decode("utf-8", "ignore")
    return name if name.strip(" .") else "_" * max(1, len(name))


def explain_failed_write(path: Path, otherwise: str) -> str:
    """Return the cause and the remedy of a write that a library reported without the system's error.

    It is found by appending a megabyte to the unfinished file, which is of no use any more.

    Args:
        path: the unfinished file.
        otherwise: what the library said, for the case that the system lets the file be written.
    """
    try:
        with path.open("ab") as file:
            file.write(bytes(1 << 20))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return explain_os_error(error)
    return f"{otherwise.rstrip('.')}. Try again, or choose another place."


def _swap(new: Path, place: Path) -> None:
    old = temporary_path(place)
    os.rename(place, old)
    try:
        os.rename(new, place)
    except OSError:
        os.rename(old, place)
        raise
    _remove(old)


def _machine() -> str:
    """Return eight digits for this machine and, in a container, its own numbering of processes."""
    name = platform.node()
    with suppress(OSError):
        name += str(os.stat("/proc/self/ns/pid").st_ino)
    return f"{zlib.crc32(name.encode()):08x}"


def _is_alive(process: int, run: str) -> bool:
    if process == os.getpid():
        return run == _run
    if os.name != "posix":
        return True  # there, asking would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended and waits for its parent to ask for its exit code, which may never happen.

    In a container the first process often does not ask, and it is the parent of all whose own parent was killed.
    """
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[0] in (b"Z", b"X")  # the name in parentheses may hold any character


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink()
