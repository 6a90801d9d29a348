"""Exponential moving averages of networks' weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from audiogan.tasks import Player
from audiogan.training.settings import PlayerSettings


class WeightAverage:
    """A copy of a network whose weights trail the trained ones: average ← decay·average + (1 − decay)·weights.

    Over the first steps the decay is (1 + n)/(10 + n), if that is smaller, so that the average forgets the random
    start. Float buffers (running statistics) are averaged too, others are copied.

    Args:
        network: the trained network.
        decay: in [0, 1).
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps."""
        decay = min(self.decay, (1 + step) / (10 + step))
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floats], [theirs[name] for name in floats], 1 - decay)
        for name in mine.keys() - set(floats):
            mine[name].copy_(theirs[name])


class Averages:
    """The averages that a run keeps: of the network that is used after training, and of other players' networks.

    A player's network is the first of its modules.

    Args:
        used: the network that is used after training.
        decay: of its average, where its player has none of its own; None: no average of it.
        players: of the task.
        settings: of the players, by name.
    """

    def __init__(
        self, used: nn.Module, decay: float | None, players: Sequence[Player], settings: Mapping[str, PlayerSettings]
    ) -> None:
        self._networks: dict[str, nn.Module] = {}
        self._decays: dict[str, float] = {}
        self._used: str | None = None
        for player in players:
            own, network = settings[player.name].average_decay, player.modules[0]
            if network is used and own is None:
                own = decay
            if own is not None:
                self._networks[player.name], self._decays[player.name] = network, own
                self._used = player.name if network is used else self._used
        self.restart()

    @property
    def of_used(self) -> nn.Module | None:
        """The average of the network that is used after training, or None."""
        return self._kept[self._used].network if self._used is not None else None

    def restart(self) -> None:
        """Begin with the present weights."""
        self._kept = {name: WeightAverage(network, self._decays[name]) for name, network in self._networks.items()}

    def update(self, step: int) -> None:
        """Take in the weights after `step` steps."""
        for name, average in self._kept.items():
            average.update(self._networks[name], step)

    def state_dict(self) -> dict[str, Any]:
        """`average`, of the network that is used, or None, and `averages`, of the other players, by name."""
        states = {name: average.network.state_dict() for name, average in self._kept.items()}
        return {"average": states.pop(self._used, None) if self._used is not None else None, "averages": states}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint's averages."""
        for name, average in self._kept.items():
            average.network.load_state_dict(state["average"] if name == self._used else state["averages"][name])
