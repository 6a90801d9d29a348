"""The optimisers a recipe can name, with the published systems' words for their options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import torch
from pydantic import Field
from torch import nn

from audiogan.training.muon import MatrixOptimiser
from audiogan.training.rmsprop import TensorFlowRMSPropOptimizer

__all__ = ["Adam", "Muon", "RMSprop", "TensorFlowRMSProp"]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class Adam:
    """Adam (Kingma & Ba 2015), with decoupled weight decay where it is not 0 (AdamW).

    Args:
        learning_rate: above 0.
        betas: decay of the first and second moments, each in [0, 1).
        weight_decay: 0 or more.
    """

    def __init__(
        self, learning_rate: Positive, betas: tuple[Decay, Decay] = (0.9, 0.999), weight_decay: NotNegative = 0.0
    ) -> None:
        self.learning_rate = learning_rate
        self.betas = betas
        self.weight_decay = weight_decay

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimiser of these parameters."""
        return torch.optim.AdamW(parameters, self.learning_rate, self.betas, weight_decay=self.weight_decay)


class Muon:
    """Muon for matrices (Jordan et al. 2024) and Adam for everything else; see `audiogan.training.muon`.

    Args:
        learning_rate: above 0; Adam's fit.
        momentum: of the matrices' gradients, in [0, 1).
        betas: decay of Adam's first and second moments, each in [0, 1).
    """

    def __init__(
        self, learning_rate: Positive, momentum: Decay = 0.95, betas: tuple[Decay, Decay] = (0.9, 0.99)
    ) -> None:
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.betas = betas

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimiser of these parameters."""
        return MatrixOptimiser(parameters, self.learning_rate, self.momentum, self.betas)


class RMSprop:
    """RMSprop (Tieleman & Hinton 2012), as PyTorch has it; TensorFlow 1's is `TensorFlowRMSProp`.

    Args:
        learning_rate: above 0.
        decay: of the mean square, in [0, 1). PyTorch's default is 0.99.
        epsilon: added to the root mean square.
    """

    def __init__(self, learning_rate: Positive, decay: Decay = 0.99, epsilon: Positive = 1e-8) -> None:
        self.learning_rate = learning_rate
        self.decay = decay
        self.epsilon = epsilon

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimiser of these parameters."""
        return torch.optim.RMSprop(parameters, self.learning_rate, alpha=self.decay, eps=self.epsilon)


class TensorFlowRMSProp:
    """RMSProp as TensorFlow 1 has it, with its defaults: SEGAN, and WaveGAN by least squares and by clipping, used it.

    The mean square starts at 1 and epsilon stands inside the root, see `audiogan.training.rmsprop`.

    Args:
        learning_rate: above 0.
        decay: of the mean square, in [0, 1).
        epsilon: added to the mean square.
    """

    def __init__(self, learning_rate: Positive, decay: Decay = 0.9, epsilon: Positive = 1e-10) -> None:
        self.learning_rate = learning_rate
        self.decay = decay
        self.epsilon = epsilon

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimiser of these parameters."""
        return TensorFlowRMSPropOptimizer(parameters, self.learning_rate, self.decay, self.epsilon)
