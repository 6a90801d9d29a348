"""audiogan itself: a trained model, as `audiogan.enhance.Enhancer` applies it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATE = None


def load(model: str) -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`.

    Args:
        model: a run folder, a checkpoint or a bundle.
    """
    from audiogan.enhance import Enhancer

    enhancer = Enhancer.load(model)
    return lambda: enhancer
