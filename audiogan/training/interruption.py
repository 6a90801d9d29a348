"""Ctrl-C during training: finish the step, save, say how to go on."""

from __future__ import annotations

import signal
from types import FrameType


class Interruption:
    """While open, Ctrl-C and SIGTERM set `asked` instead of ending the program; a second Ctrl-C ends it at once.

    A signal that is ignored stays ignored: a shell starts background jobs of a script with SIGINT ignored, so that
    Ctrl-C for the script leaves them running.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
