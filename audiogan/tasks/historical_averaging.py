"""Historical averaging (Salimans et al. 2016, arXiv:1606.03498, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from audiogan.tasks.task import Player


class HistoricalAveraging(nn.Module):
    """Draws each player's weights to the mean of those it has had: ‖θ − (1/t) Σ θ(i)‖².

    It damps games that go round in circles. The means are buffers, so they are in every checkpoint.

    Args:
        players: whose weights are averaged, from what they are now.
    """

    count: Tensor

    def __init__(self, players: Sequence[Player]) -> None:
        super().__init__()
        self.players = {player.name: player for player in players}
        for player in players:
            for number, parameter in enumerate(player.parameters()):
                self.register_buffer(f"{player.name}_{number}", parameter.detach().clone())
        self.register_buffer("count", torch.ones(()))

    @torch.no_grad()
    def restart(self) -> None:
        """Make the present weights the only ones, as after loading a trained network."""
        self.count.fill_(1)
        for player in self.players.values():
            for parameter, mean in self._pairs(player):
                mean.copy_(parameter)

    def loss(self, player: str) -> Tensor:
        """The squared distance of the player's weights from their mean, a scalar."""
        pairs = self._pairs(self.players[player])
        return torch.stack([(parameter - mean).square().sum() for parameter, mean in pairs]).sum()

    @torch.no_grad()
    def after_step(self) -> None:
        """Take the present weights into the means."""
        self.count += 1
        for player in self.players.values():
            for parameter, mean in self._pairs(player):
                mean += (parameter - mean) / self.count

    def _pairs(self, player: Player) -> list[tuple[Tensor, Tensor]]:
        return [(p, getattr(self, f"{player.name}_{n}")) for n, p in enumerate(player.parameters())]
