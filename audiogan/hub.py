"""Bundles on a model hub: pushed there with their card, and fetched by name. Needs the extra `hub`.

The environment variable AUDIOGAN_HUB names a folder that stands in for the hub, such as one that colleagues share; it
needs no extra. Tried with such a folder only: the calls to Hugging Face's library are as its documentation has them.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from audiogan.bundle import CARD, CONFIG, GRAPH, WEIGHTS
from audiogan.errors import AudioganError
from audiogan.suggest import did_you_mean
from audiogan.writing import put_in_place

STAND_IN = "AUDIOGAN_HUB"
UNWRITTEN = "(to be written"  # begins what `audiogan bundle` leaves to people in a card
FILES = (CARD, CONFIG, WEIGHTS, GRAPH)  # of a bundle, and nothing else that may lie beside them


def push(bundle: Path, repository: str) -> str:
    """Put a bundle on the hub, in place of what is there by that name.

    Args:
        bundle: its folder, card included.
        repository: OWNER/NAME.

    Returns:
        Where it is now.

    Raises:
        AudioganError: no bundle, no card or an unfinished one, no such name, or the hub refuses it or is not reached.
    """
    _check_name(repository)
    if not (bundle / CONFIG).is_file():
        raise AudioganError(f"{bundle} is no model bundle. Make one by `audiogan bundle RUN -o {bundle}`.")
    if not (bundle / CARD).is_file():
        raise AudioganError(
            f"{bundle} has no card. Write {CARD} into it first: the data and its licences, scores, limits, and what it "
            "must not be used for."
        )
    if left := (bundle / CARD).read_text(encoding="utf-8").count(UNWRITTEN):
        raise AudioganError(
            f"{bundle / CARD} is unfinished: at {left} place{'' if left == 1 else 's'} it says '{UNWRITTEN} …)'. Write "
            "what is asked for there, then push."
        )
    if folder := stand_in():
        with put_in_place(folder / repository) as beside:
            beside.mkdir(parents=True)
            for name in FILES:
                if (bundle / name).is_file():
                    shutil.copyfile(bundle / name, beside / name)
            shutil.rmtree(folder / repository, ignore_errors=True)
        return str(folder / repository)
    library = _library()
    try:
        library.create_repo(repository, exist_ok=True)
        return str(library.upload_folder(repo_id=repository, folder_path=bundle, allow_patterns=list(FILES)))
    except (OSError, ValueError) as problem:  # what the library raises derives from these
        raise _refused(repository, problem) from problem


def fetch(repository: str) -> Path:
    """The folder of a bundle that is on the hub, downloaded unless it is here already.

    Args:
        repository: OWNER/NAME.

    Raises:
        AudioganError: there is no bundle by that name, or the hub cannot be reached.
    """
    _check_name(repository)
    if folder := stand_in():
        if (folder / repository / CONFIG).is_file():
            return folder / repository
        known = [path.parent.relative_to(folder).as_posix() for path in sorted(folder.glob(f"*/*/{CONFIG}"))]
        hint = did_you_mean(repository, known, "audiogan models") or "It contains no models."
        raise AudioganError(f"{folder} holds no model {repository}. {hint}")
    library = _library()
    try:
        found = Path(library.snapshot_download(repository, allow_patterns=list(FILES)))
    except (OSError, ValueError) as problem:
        raise _refused(repository, problem) from problem
    if not (found / CONFIG).is_file():
        raise AudioganError(f"{repository} is on the hub and is no model bundle of audiogan's.")
    return found


def stand_in() -> Path | None:
    """The folder that stands in for the hub, or None.

    Raises:
        AudioganError: what is named is no folder.
    """
    word = os.environ.get(STAND_IN)
    if not word:
        return None
    if not Path(word).is_dir():
        raise AudioganError(f"{STAND_IN} names {word}, which is no folder. Make it, or unset the variable.")
    return Path(word)


def _library() -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise AudioganError(
            f"The hub needs a package that is not installed. Run: pip install 'audiogan[hub]', or let {STAND_IN} name "
            "a folder that stands in for it."
        ) from None
    return huggingface_hub


def _check_name(repository: str) -> None:
    part = r"[A-Za-z0-9][A-Za-z0-9._-]*"
    if not re.fullmatch(f"{part}/{part}", repository):
        raise AudioganError(f"'{repository}' is no name on a hub. Write OWNER/NAME.")


def _refused(repository: str, problem: Exception) -> AudioganError:
    said = " ".join(str(problem).split())
    return AudioganError(f"{repository}: the hub says no or cannot be reached ({said[:200]}).")
