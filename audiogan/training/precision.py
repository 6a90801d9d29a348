"""Half precision where the device has it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from audiogan.errors import AudioganError

Precision = Literal["fp32", "bf16", "fp16"]
_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def device_of(word: str) -> torch.device:
    """The device that a recipe's word means: "auto" takes CUDA, then MPS, then the CPU.

    Raises:
        AudioganError: this machine has no such device.
    """
    if word == "auto":
        word = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind = word.split(":")[0]
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if kind not in there:
        raise AudioganError(f"training.device: '{word}' is not a device. Use auto, cpu, cuda, cuda:1 or mps.")
    if not there[kind]:
        raise AudioganError(f"training.device: this machine has no '{word}'. Use training.device=auto or cpu.")
    return torch.device(word)


class PrecisionPolicy:
    """Autocast around the forward pass, and the loss scaling that fp16 needs.

    Args:
        precision: "fp32", "bf16" or "fp16".
        device: where the networks are.

    Raises:
        AudioganError: the device cannot compute in that precision.
    """

    def __init__(self, precision: Precision, device: torch.device) -> None:
        if precision == "fp16" and device.type == "cpu":
            raise AudioganError("training.precision: fp16 needs a GPU. Use bf16 or fp32 on the CPU.")
        if precision == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
            raise AudioganError("training.precision: this GPU has no bf16. Use fp16 or fp32.")
        self.device = device
        self.type = _TYPES.get(precision)
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")

    def autocast(self) -> AbstractContextManager[None]:
        """The context of a forward pass."""
        if self.type is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.type)
