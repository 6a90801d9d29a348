"""audiogan: train, run and measure generative adversarial networks on sound.

Everything named here is loaded when it is first used, so `import audiogan` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiogan.classify import SoundClassifier
    from audiogan.enhance import Enhancer
    from audiogan.errors import AudioganError
    from audiogan.generate import Sampler

__version__ = "0.1.0"

# The name a user writes, and the module that holds it.
_EXPORTS = {
    "AudioganError": "audiogan.errors",
    "Enhancer": "audiogan.enhance",
    "Sampler": "audiogan.generate",
    "SoundClassifier": "audiogan.classify",
}

_ROOMS = ("audio", "data", "metrics", "networks", "objectives", "recipe", "show", "tasks", "training")

__all__ = ["AudioganError", "Enhancer", "Sampler", "SoundClassifier", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    if name in _ROOMS:
        return import_module(f"audiogan.{name}")
    raise AttributeError(f"module 'audiogan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS, *_ROOMS})
