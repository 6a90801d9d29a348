"""Sound for training: mixing speech and noise, pairs written ahead of time with their manifest, and datasets.

`from audiogan.data import mix` and the other names below load their module when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "Mixture": "mixing",
    "PairOptions": "pairs",
    "PairRow": "manifest",
    "build_pairs": "building",
    "excerpt_at": "mixing",
    "mix": "mixing",
    "read_manifest": "manifest",
    "write_manifest": "manifest",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
