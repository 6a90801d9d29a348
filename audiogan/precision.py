"""Leaving an autocast for arithmetic that half precision does not survive."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def without_autocast(device: torch.device) -> AbstractContextManager[None]:
    """Return a context in which operations on a device keep the dtype of their arguments.

    Matrix products inside an autocast are computed in half precision whatever the dtype of their factors: penalties,
    logarithms of small magnitudes and losses run inside this context.
    """
    if not torch.amp.is_autocast_available(device.type):  # such as "meta"
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
