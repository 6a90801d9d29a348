"""Spectral normalisation (Miyato, Kataoka, Koyama & Yoshida 2018, arXiv:1802.05957)."""

from __future__ import annotations

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from audiogan.processes import need_whole_batch

Layer = TypeVar("Layer", bound=nn.Module)

ITERATIONS_AT_START = 15  # else the first steps run with weights divided by far too little


def spectral_norm(module: Layer) -> Layer:
    """Divide the weight of a convolution or dense layer by its largest singular value; returns the module itself.

    `module.weight` is computed at every use from the parameter `module.parametrizations.weight.original`: draw initial
    weights before calling this.
    """
    transposed = isinstance(module, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d)
    weight = module.get_parameter("weight")
    register_parametrization(module, "weight", SpectralNorm(weight.detach(), output_axis=1 if transposed else 0))
    return module


class SpectralNorm(nn.Module):
    """A weight, reshaped to `[outputs, all else]`, over its largest singular value as power iteration estimates it.

    The singular vectors u and v are buffers. In training each use of the weight moves them by one iteration, but only
    while the weight requires a gradient: in the turn of another player they stay. They are constants to the gradient,
    which flows through the weight in u·Wv as well (equation 12).

    Args:
        weight: as it is at the start.
        output_axis: 0, or 1 for transposed convolutions.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, output_axis: int = 0) -> None:
        super().__init__()
        self.output_axis = output_axis
        matrix = self._matrix(weight)
        u = F.normalize(torch.randn(matrix.shape[0], dtype=weight.dtype, device=weight.device), dim=0)
        for _ in range(ITERATIONS_AT_START):
            u, v = _power_iteration(matrix, u)
        self.register_buffer("u", u)
        self.register_buffer("v", v)

    def forward(self, weight: Tensor) -> Tensor:
        matrix = self._matrix(weight)
        if self.training and weight.requires_grad:
            need_whole_batch()  # one iteration for each batch
            with torch.no_grad():
                u, v = _power_iteration(matrix, self.u)
                self.u.copy_(u)
                self.v.copy_(v)
        # Copies: the next use may move the buffers before this one's backward has read them.
        return weight / (self.u.clone() * _times(matrix, self.v.clone())).sum()

    def _matrix(self, weight: Tensor) -> Tensor:
        return weight.movedim(self.output_axis, 0).flatten(1)


def _power_iteration(matrix: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    v = F.normalize(_times(matrix.T, u), dim=0)
    return F.normalize(_times(matrix, v), dim=0), v


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    """Their product as a sum, which autocast leaves in the dtype of the weights."""
    return (matrix * vector).sum(1)
