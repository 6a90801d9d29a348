"""Ending a verb by a signal without leaving unfinished files."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def clean_end() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise SystemExit, so that unfinished files are removed and processes are ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [number for number in map(signal.Signals.__getitem__, names) if _is_default(number)]
    for number in numbers:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _is_default(number: int) -> bool:
    return signal.getsignal(number) == signal.SIG_DFL  # what nohup ignores stays ignored


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
