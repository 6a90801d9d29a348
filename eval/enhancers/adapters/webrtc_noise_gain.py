"""webrtc-noise-gain: WebRTC's noise suppression at the level that its documentation shows, without automatic gain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = 16000
FRAME = RATE // 100
SUPPRESSION = 2


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    import webrtc_noise_gain  # noqa: F401 (so that loading is counted as such)

    return start


def start() -> Callable[[Any, int], Any]:
    """A processor of its own for each recording: it keeps what it knows of the noise."""
    import numpy as np
    from webrtc_noise_gain import AudioProcessor

    processor = AudioProcessor(0, SUPPRESSION)

    def enhance(sound: Any, rate: int) -> Any:
        whole = np.pad(sound, (0, -len(sound) % FRAME))
        frames = (np.clip(whole, -1, 1) * 32767).astype("<i2").reshape(-1, FRAME)
        made = b"".join(processor.Process10ms(frame.tobytes()).audio for frame in frames)
        return np.frombuffer(made, "<i2")[: len(sound)] / np.float32(32768)

    return enhance
