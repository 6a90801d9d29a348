"""Work for the tests of processes; it imports nothing heavy, since each process does."""

from __future__ import annotations

import os


def square_or_die(number: int) -> int:
    """The square; a negative number kills the process."""
    if number < 0:
        os._exit(1)
    return number * number
