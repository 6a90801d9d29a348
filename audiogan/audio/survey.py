"""Searching folders for sound files, with the reason for every file that is left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audiogan.errors import AudioganError, explain_os_error

HEAD = 1024  # bytes that decide whether a file of an unknown suffix is text
# Binary files that contain no sound, and those that programs for sound keep next to it.
OTHER_SUFFIXES = frozenset({
    ".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".odp", ".pages", ".numbers",
    ".key", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".svg", ".psd", ".zip", ".gz",
    ".bz2", ".xz", ".7z", ".rar", ".tar", ".npy", ".npz", ".pt", ".pth", ".pkl", ".onnx", ".safetensors", ".db",
    ".sqlite", ".exe", ".dll", ".so", ".pyc", ".ttf", ".otf", ".woff", ".woff2", ".peak", ".reapeaks", ".pkf", ".asd",
    ".bak", ".tmp", ".part",
})  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that was not taken.

    Args:
        path: where it is.
        reason: why it was left out, without a full stop.
        may_be_sound: whether it may contain sound that the user wanted. Hidden files, text, pictures and documents do
            not count.
    """

    path: Path
    reason: str
    may_be_sound: bool = True


@dataclass(frozen=True)
class Survey:
    """The files of a folder and its subfolders.

    Args:
        sounds: files with a suffix of sound, sorted.
        left_out: all others, sorted; a hidden folder is one entry.
    """

    sounds: list[Path]
    left_out: list[LeftOut]


def survey(folder: str | os.PathLike[str], suffixes: Iterable[str], outside: Path | None = None) -> Survey:
    """Search a folder and its subfolders.

    Hidden files and folders (a name that begins with a dot) are left out, and so are folders that cannot be read.

    Args:
        folder: where to search.
        suffixes: of sound, in small letters with their dot.
        outside: a folder that is not searched and not mentioned, such as one of earlier results.

    Raises:
        AudioganError: the folder is missing, is not a folder, or cannot be read.
    """
    root, known = Path(folder), frozenset(suffixes)
    if not os.path.lexists(root):
        raise AudioganError(f"{root}: there is no such folder. Check the path.")
    if not root.is_dir():
        raise AudioganError(f"{root}: a folder of sound files is wanted here, and this is a file.")
    avoided = outside.resolve() if outside else None
    sounds: list[Path] = []
    left_out: list[LeftOut] = []

    def refused(error: OSError) -> None:
        path = Path(str(error.filename))
        if path == root:
            raise AudioganError(f"{root}: cannot be read: {explain_os_error(error)}")
        left_out.append(LeftOut(path, f"the folder cannot be read: {explain_os_error(error)}".rstrip(".")))

    for path in _files(root, avoided, left_out, refused):
        if path.suffix.lower() in known and path.is_file():
            sounds.append(path)
        elif path.is_file() or path.is_symlink():
            left_out.append(_why(path))
    return Survey(sorted(sounds), sorted(left_out, key=lambda entry: entry.path))


def _files(
    root: Path, avoided: Path | None, left_out: list[LeftOut], refused: Callable[[OSError], None]
) -> Iterator[Path]:  # fmt: skip
    for place, folders, names in os.walk(root, onerror=refused):
        here = Path(place)
        for name in sorted(folders):
            if name.startswith("."):
                left_out.append(LeftOut(here / name, "a hidden folder", may_be_sound=False))
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not (avoided and (here / name).resolve() == avoided)
        )
        for name in names:
            if name.startswith("."):
                left_out.append(LeftOut(here / name, "a hidden file", may_be_sound=False))
            else:
                yield here / name


def _why(path: Path) -> LeftOut:
    if not path.exists():
        return LeftOut(path, "a link that leads nowhere")
    if path.suffix.lower() in OTHER_SUFFIXES or _is_text(path):
        return LeftOut(path, "not a sound file", may_be_sound=False)
    what = f"files of {path.suffix.lower()} are not read" if path.suffix else "it has no suffix, which tells the format"
    return LeftOut(path, what)


def _is_text(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > HEAD - 4 and b"\0" not in head  # cut within a character
    return b"\0" not in head


def left_out_text(left_out: list[LeftOut], most: int = 3) -> str:
    """Return the number of files left out, and names and reasons of the first ones, in a line."""
    first = ", ".join(f"{entry.path} ({entry.reason})" for entry in left_out[:most])
    more = f" and {len(left_out) - most} more" if len(left_out) > most else ""
    return f"Left out: {first}{more}"
