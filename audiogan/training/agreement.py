"""Several processes end together: a mistake of one ends all of them, and is told once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audiogan.errors import AlreadyToldError, AudioganError
from audiogan.processes import any_process, count, rank


@dataclass
class Agreement:
    """Whether to stop: what this process wants inside `agreed`, and behind it whether any process wanted it."""

    stop: bool = False


@contextmanager
def agreed() -> Iterator[Agreement]:
    """Behind it all processes know whether one of them made a mistake inside, or wants to stop.

    All processes wait for each other at its end; what is inside must not.

    Raises:
        AudioganError: the mistake, on the first process that made one; `AlreadyToldError` on all others.
    """
    agreement, mistake = Agreement(), None
    try:
        yield agreement
    except AudioganError as found:
        mistake = found
    if any_process(agreement.stop or mistake is not None):
        _end_all(mistake)
        agreement.stop = True


@contextmanager
def told_once() -> Iterator[None]:
    """For mistakes that all processes make alike before they are joined: the first one of each machine tells them."""
    try:
        yield
    except AudioganError as mistake:
        if int(os.environ.get("LOCAL_RANK", "0")) > 0:
            raise AlreadyToldError from mistake
        raise


def _end_all(mistake: AudioganError | None) -> None:
    own = mistake is not None and not isinstance(mistake, AlreadyToldError)
    for teller in range(count()):
        if any_process(own and rank() == teller):
            raise mistake if mistake and rank() == teller else AlreadyToldError from mistake
