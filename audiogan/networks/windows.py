"""A trained generator on windows of sound, outside of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.errors import AudioganError


def apply_to_windows(
    generator: nn.Module, windows: NDArray[Any], indices: Sequence[int], seed: int = 0, strength: float = 1.0
) -> NDArray[np.float32]:
    """One call of a generator in evaluation mode, without gradients; its mode is put back.

    What it takes away of a sound it takes away in part: the result is strength · output + (1 − strength) · windows,
    which is the same mixture once decoded, since representations of speech are linear.

    Args:
        generator: `forward(noisy [rows, 1, samples], **draws)`; if it has a method `draw(chance, samples)`, that gives
            the draws.
        windows: `[rows, samples]`, encoded by the representation.
        indices: the place of each window in the sound: its draws follow from that, so they come out the same again.
        seed: of the draws.
        strength: in [0, 1].

    Returns:
        `[rows, samples]`, still encoded.

    Raises:
        AudioganError: the generator gives NaN or infinite values.
    """
    device = next((parameter.device for parameter in generator.parameters()), torch.device("cpu"))
    draw = getattr(generator, "draw", None)
    draws: dict[str, Tensor] = draw(Chance(seed, 0, indices), samples=windows.shape[1]) if draw else {}
    training = generator.training
    generator.eval()
    try:
        with torch.inference_mode():
            noisy = torch.from_numpy(windows.astype(np.float32))[:, None].to(device)
            result = generator(noisy, **{name: value.to(device) for name, value in draws.items()})
            output: NDArray[np.float32] = result[:, 0].float().cpu().numpy()
    finally:
        generator.train(training)
    if not np.isfinite(output).all():
        raise AudioganError("the model gives NaN or infinite values: its training went wrong. Use another checkpoint.")
    return output if strength == 1 else (strength * output + (1 - strength) * windows).astype(np.float32)
