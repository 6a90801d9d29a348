"""What tasks with a generator and a discriminator have in common."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.tasks.game import Game, add_loss
from audiogan.tasks.historical_averaging import HistoricalAveraging
from audiogan.tasks.task import Batch, Player, Task


@dataclass(frozen=True)
class InstanceNoise:
    """Gaussian noise on everything that the discriminator sees, fading to nothing (Sønderby et al. 2016).

    Args:
        deviation: at the first step.
        until: the step at which none is left.
    """

    deviation: float
    until: int

    def at(self, step: int) -> float:
        """The deviation at a step, falling in a straight line."""
        return self.deviation * max(0.0, 1 - step / self.until)


@dataclass(frozen=True)
class Steadying:
    """What keeps a game from going astray, whatever is played for.

    Args:
        instance_noise: on what the discriminator sees; None for none.
        historical_averaging: weight of `HistoricalAveraging` in both players' losses; 0 for none.
    """

    instance_noise: InstanceNoise | None = None
    historical_averaging: float = 0.0


class AdversarialTask(Task):
    """A generator, a discriminator (or none) and the game between them.

    Args:
        generator, discriminator: the networks.
        game: what the two play for.
        steadying: what keeps it from going astray.
    """

    def __init__(
        self, generator: nn.Module, discriminator: nn.Module | None, game: Game, steadying: Steadying | None
    ) -> None:
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.game = game
        self.steadying = steadying or Steadying()
        self.history = HistoricalAveraging(self.players()) if self.steadying.historical_averaging else None
        self._noise_deviation = 0.0
        self._let_noise_fade(0)

    def players(self) -> list[Player]:
        """The discriminator, where there is one, and the generator, whose player also steps InfoGAN's latent head."""
        if self.discriminator is None:
            return [Player("generator", [self.generator])]
        head = getattr(self.discriminator, "latent_head", None)
        heads = [] if head is None else [head]
        return [
            Player("discriminator", [self.discriminator], without=heads),
            Player("generator", [self.generator, *heads]),
        ]

    def averaged(self) -> nn.Module:
        """The generator."""
        return self.generator

    def setup(self, first_batch: Batch) -> None:
        """Begin the mean of the weights with those that training begins with, which may have been loaded."""
        if self.history is not None:
            self.history.restart()

    def begin_step(self, step: int, images_seen: int) -> None:
        """Let instance noise fade."""
        self._let_noise_fade(step)

    def after_turn(self, player: str) -> None:
        """Let the objectives clip the discriminator's weights, and the generator bound its own."""
        if player == "discriminator" and self.discriminator is not None:
            self.game.after_discriminator_step(self.discriminator)
        bound = getattr(self.generator, "bound_weights", None)
        if player == "generator" and bound is not None:
            bound()

    def after_step(self) -> None:
        """Let the objectives and the mean of the weights move."""
        self.game.after_step()
        if self.history is not None:
            self.history.after_step()

    def vitals(self) -> dict[str, Tensor]:
        """How the game stands."""
        return self.game.vitals()

    def add_history(self, losses: dict[str, Tensor], player: str) -> None:
        """Add to a player's losses how far its weights are from their own mean."""
        if self.history is not None:
            weight = self.steadying.historical_averaging
            add_loss(losses, "HistoricalAveraging", weight, self.history.loss(player))

    def as_seen(self, candidate: Tensor, chance: Chance) -> Tensor:
        """A candidate as the discriminator sees it: under instance noise."""
        if not self._noise_deviation:
            return candidate
        return candidate + self._noise_deviation * chance.normal("instance noise", candidate.shape[1:]).to(candidate)

    def _let_noise_fade(self, step: int) -> None:
        noise = self.steadying.instance_noise
        self._noise_deviation = noise.at(step) if noise else 0.0
