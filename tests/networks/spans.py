"""Which outputs of strided convolutions a sample of their input can reach, by counting."""

from __future__ import annotations

from collections.abc import Sequence


def reached(place: int, samples: int, kernel: int, strides: Sequence[int]) -> list[list[int]]:
    """For every layer, the instants of its output that see this sample of the sound.

    Output t of a layer sees the `kernel` inputs from t · stride − before on; before is what "SAME" pads in front.
    """
    seen, length, layers = [place], samples, []
    for stride in strides:
        before, length = (kernel - stride) // 2, length // stride
        seen = [t for t in range(length) if any(0 <= place - (t * stride - before) < kernel for place in seen)]
        layers.append(seen)
    return layers
