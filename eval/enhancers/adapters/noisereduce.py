"""noisereduce: spectral gating, as its `reduce_noise` does it when nothing else is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = None


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    import noisereduce

    return lambda: lambda sound, rate: noisereduce.reduce_noise(y=sound, sr=rate)
