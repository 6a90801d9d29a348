"""A stack of dense layers, for points and for pictures without convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn


class DenseLayers(nn.Module):
    """Dense layers, each followed by the same activation.

    Shapes: `[B, widths[0]]` → a list with what every layer gives, `[B, widths[1]]`, `[B, widths[2]]`, …
    """

    def __init__(self, widths: Sequence[int], activation: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.activation = activation
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths))

    def forward(self, x: Tensor) -> list[Tensor]:
        activations = []
        for layer in self.layers:
            x = self.activation(layer(x))
            activations.append(x)
        return activations
