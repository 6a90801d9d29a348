"""The mean of the weights a player has had, by hand."""

from __future__ import annotations

import torch
from torch import nn

from audiogan.tasks.historical_averaging import HistoricalAveraging
from audiogan.tasks.task import Player


def network(*values: float) -> nn.Linear:
    layer = nn.Linear(len(values), 1, bias=False)
    layer.weight.data = torch.tensor([values])
    return layer


def test_the_loss_is_the_squared_distance_from_the_mean_of_all_weights_so_far() -> None:
    one, other = network(1.0, 2.0), network(-3.0)
    history = HistoricalAveraging([Player("one", [one]), Player("other", [other])])
    assert history.loss("one") == 0 and history.loss("other") == 0  # the mean of one is itself
    past = [[1.0, 2.0]]
    for values in ([4.0, 0.0], [-2.0, 7.0], [0.5, 0.5]):
        one.weight.data = torch.tensor([values])
        mean = torch.tensor(past).mean(0)
        torch.testing.assert_close(history.loss("one"), (torch.tensor(values) - mean).square().sum())
        assert history.loss("other") == 0
        history.after_step()
        past.append(values)
        mean = torch.tensor(past).mean(0)
        torch.testing.assert_close(history.loss("one"), (torch.tensor(values) - mean).square().sum())


def test_its_gradient_points_away_from_the_mean_and_the_mean_is_a_constant() -> None:
    layer = network(1.0, 2.0)
    history = HistoricalAveraging([Player("one", [layer])])
    layer.weight.data = torch.tensor([[4.0, 0.0]])
    history.loss("one").backward()
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad, torch.tensor([[2 * (4.0 - 1), 2 * (0.0 - 2)]]))


def test_several_parameters_are_summed_and_the_means_are_in_the_state() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    history = HistoricalAveraging([Player("one", [layers])])
    start = [p.detach().clone() for p in layers.parameters()]
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter += 1
    torch.testing.assert_close(history.loss("one"), torch.tensor(float(sum(p.numel() for p in start))))
    history.after_step()
    other = HistoricalAveraging([Player("one", [layers])])
    assert other.loss("one") == 0
    other.load_state_dict(history.state_dict())
    assert other.loss("one") == history.loss("one") > 0
    assert other.count == 2
    assert len(history.state_dict()) == 1 + len(start)  # the means and their count, not the weights again


def test_what_is_another_player_s_is_not_averaged() -> None:
    layers = nn.Sequential(network(1.0), network(5.0))
    history = HistoricalAveraging([Player("one", [layers], without=[layers[1]])])
    with torch.no_grad():
        layers[1].weight += 100
        layers[0].weight += 3
    assert history.loss("one") == 9
