"""RMSProp as TensorFlow 1 computes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import overload

import torch
from torch import nn


class TensorFlowRMSPropOptimizer(torch.optim.Optimizer):
    """RMSProp whose mean square starts at 1 and has its epsilon inside the root.

    m ← decay · m + (1 − decay) · g², from m = 1; parameter ← parameter − rate · g / √(m + epsilon). So the first
    steps are near rate · g, where PyTorch's, whose mean square starts at 0, are near rate · sign(g) / √(1 − decay).

    Args:
        parameters: those to step.
        learning_rate: above 0.
        decay: of the mean square, in [0, 1).
        epsilon: above 0.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float, decay: float, epsilon: float) -> None:
        super().__init__(parameters, {"lr": learning_rate, "decay": decay, "epsilon": epsilon})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Step every parameter that has a gradient.

        Raises:
            ValueError: a closure is given.
        """
        if closure is not None:
            raise ValueError("a closure is not called: compute the gradients before")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["mean_square"] = torch.ones_like(parameter)
                mean_square = state["mean_square"]
                mean_square.mul_(group["decay"]).addcmul_(parameter.grad, parameter.grad, value=1 - group["decay"])
                parameter.addcdiv_(parameter.grad, (mean_square + group["epsilon"]).sqrt(), value=-group["lr"])
        return None
