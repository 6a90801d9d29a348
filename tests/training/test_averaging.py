"""The average of weights against its recurrence."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from audiogan.training.averaging import WeightAverage


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0]))
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_weights_and_statistics_trail_and_counts_are_copied(decay: float) -> None:
    network = Network()
    average = WeightAverage(network, decay)
    weights, mean = [1.0, -2.0], 0.0
    for step in range(1, 40):
        with torch.no_grad():
            network.weight.add_(torch.tensor([0.5, step]))
            network.mean.fill_(step)
            network.count.add_(3)
        average.update(network, step)
        share = 1 - min(decay, (1 + step) / (10 + step))
        weights = [old + share * (new - old) for old, new in zip(weights, network.weight.tolist(), strict=True)]
        mean += share * (step - mean)
    assert average.network.weight.tolist() == pytest.approx(weights, rel=1e-5)
    assert average.network.mean.item() == pytest.approx(mean, rel=1e-5)
    assert average.network.count.item() == 39 * 3


def test_the_average_is_a_copy_that_learns_nothing() -> None:
    network = Network()
    average = WeightAverage(network, 0.9)
    with torch.no_grad():
        network.weight.zero_()
    assert average.network.weight.tolist() == [1.0, -2.0]
    assert not average.network.training and not average.network.weight.requires_grad
    assert network.training and network.weight.requires_grad
