"""The optimiser that moves matrices by orthogonal updates (Jordan et al. 2024, Muon)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.775, 2.0315)  # of the polynomial that draws singular values to 1
ITERATIONS = 5
LEAST_SIDE = 64  # below which a matrix is not worth the products
LIKE_ADAM = 0.2  # root mean square of Adam's updates, relative to the learning rate


class MatrixOptimiser(torch.optim.Optimizer):
    """Matrices by Muon, everything else by Adam, at one learning rate.

    A matrix moves along its gradient's momentum made orthogonal (all singular values near 1, by five steps of Newton
    and Schulz in bfloat16), so that every direction of it learns, not only those of large gradients. Gates that lie
    stacked in a matrix, `[n · columns, columns]`, are treated each by itself. The update is scaled by
    0.2 · sqrt(longer side) (Liu et al. 2025, arXiv:2502.16982, section 2.2), so that Adam's learning rates fit.

    Args:
        parameters: what is moved. Those of two dimensions, 64 or more each, are matrices.
        learning_rate: above 0.
        momentum: of the matrices' gradients, in [0, 1).
        betas: of Adam's moments.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], learning_rate: float, momentum: float, betas: tuple[float, float]
    ) -> None:
        super().__init__(parameters, {"lr": learning_rate, "momentum": momentum, "betas": betas})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move every parameter that has a gradient."""
        if closure is not None:
            raise ValueError("a closure is not called: compute the gradients before")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    move = _move_matrix if _is_matrix(parameter) else _move_as_adam
                    move(parameter, parameter.grad, self.state[parameter], group)
        return None


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with its singular values drawn to 1: most lie between 0.7 and 1.2 then."""
    flat = matrix.bfloat16()
    tall = flat.shape[0] > flat.shape[1]
    flat = flat.T if tall else flat
    flat = flat / flat.norm().clamp(min=1e-7)
    a, b, c = NEWTON_SCHULZ
    for _ in range(ITERATIONS):
        gram = flat @ flat.T
        flat = a * flat + (b * gram + c * gram @ gram) @ flat
    return (flat.T if tall else flat).to(matrix.dtype)


def _is_matrix(parameter: Tensor) -> bool:
    return parameter.ndim == 2 and min(parameter.shape) >= LEAST_SIDE


def _move_matrix(parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    if not state:
        state["mean"] = torch.zeros_like(parameter)
    state["mean"].lerp_(gradient, 1 - group["momentum"])
    ahead = gradient.lerp(state["mean"], group["momentum"])
    rows, columns = parameter.shape
    gates = rows // columns if rows % columns == 0 else 1
    update = torch.cat([orthogonal(gate) for gate in ahead.chunk(gates)])
    parameter.add_(update, alpha=-group["lr"] * LIKE_ADAM * max(rows // gates, columns) ** 0.5)


def _move_as_adam(parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    first, second = group["betas"]
    if not state:
        state["step"] = torch.zeros(())  # on the CPU, where it is read
        state["mean"], state["mean_square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
    state["step"] += 1
    steps = state["step"].item()
    state["mean"].lerp_(gradient, 1 - first)
    state["mean_square"].lerp_(gradient.square(), 1 - second)
    deviation = (state["mean_square"] / (1 - second**steps)).sqrt().add_(1e-8)
    parameter.addcdiv_(state["mean"] / (1 - first**steps), deviation, value=-group["lr"])
