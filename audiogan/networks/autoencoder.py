"""What discriminators that are autoencoders have in common."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

Error = Literal["absolute", "square"]


def reconstruction_error(candidate: Tensor, rebuilt: Tensor, error: Error) -> Tensor:
    """How far each candidate is from what was rebuilt of it, `[B, …]` → `[B]`.

    Args:
        error: "absolute" for mean |v − D(v)|, BEGAN's; "square" for mean (v − D(v))², EBGAN's.
    """
    difference = (rebuilt - candidate).flatten(1)
    return difference.abs().mean(1) if error == "absolute" else difference.square().mean(1)
