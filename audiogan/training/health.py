"""Watching the game: what the journal's numbers say of how training goes, in words, with the recipe's keys to try.

It reads nothing but the journal's lines, one after the other, and so says the same of a run that was resumed. Nothing
is said of one odd line: a concern begins, and ends, where all lines of a stretch of steps agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audiogan.training.settings import PlayerSettings

LINES = 3  # that agree, at least, before a concern begins or ends,
STEPS = 200  # over so many steps,
SLOW_STEPS = 1000  # or so many for what is so at the beginning of a game that goes well
NEAR_ZERO = 0.01  # of the largest loss at the beginning
VANISHED = 0.01  # of the largest gradient at the beginning
# A gradient is large above 100, but not where it has been so from the beginning: optimisers that divide by the
# gradient's size do not mind a loss of large weight. Above 10,000 it is large anyhow.
LARGE, GROWN, HUGE = 100.0, 10.0, 10_000.0
COLLAPSED = 0.3  # of the diversity of real data
ENDS = {"k": (0.0, 1.0)}  # the vitals that balance a game between two ends
AT_END = 1e-3  # from an end


@dataclass(frozen=True)
class Change:
    """A concern that begins or ends.

    Args:
        concern: its name, a few words.
        begins: whether it begins.
        words: what was seen, and what to try.
    """

    concern: str
    begins: bool
    words: str


@dataclass(frozen=True)
class _Finding:
    """What one line says of a concern: whether there is reason for it, what was seen and what may help."""

    concern: str
    bad: bool
    seen: str
    advice: str
    steps: int = STEPS


class Health:
    """The concerns about a run, from its journal's lines in their order.

    Args:
        players: as in the recipe: names, and whose gradients are clipped.
    """

    def __init__(self, players: Mapping[str, PlayerSettings]) -> None:
        self._players = players
        self._first_step: int | None = None
        self._lines = 0
        self._largest: dict[str, float] = {}  # at the beginning, by name
        self._below_zero: set[str] = set()  # players whose loss has been negative: zero is not its end
        self._concerns: dict[str, _Concern] = {}

    def concerns(self) -> list[str]:
        """The concerns there are now, by name."""
        return [name for name, concern in self._concerns.items() if concern.there]

    def see(self, row: Mapping[str, Any]) -> list[Change]:
        """Take in a line of the journal; what changed by it."""
        if row["kind"] == "training":
            losses, gradients = self._losses(row), self._gradients(row)
            self._learn_the_beginning(row["step"], losses, gradients)
            findings = [
                *self._too_strong(losses, gradients),
                *self._large_gradients(gradients),
                *_pinned(row),
            ]
        elif row["kind"] == "validation":
            findings = list(_collapse(row))
        else:
            findings = []
        return [change for finding in findings for change in self._weigh(row["step"], finding)]

    def _losses(self, row: Mapping[str, Any]) -> dict[str, float]:
        """What each player loses in all."""
        losses: dict[str, float] = {}
        for name, value in row.items():
            player, _, part = name.partition(".")
            if player in self._players and part != "gradient_norm":
                losses[player] = losses.get(player, 0.0) + value
        return losses

    def _gradients(self, row: Mapping[str, Any]) -> dict[str, float]:
        names = {player: f"{player}.gradient_norm" for player in self._players}
        return {player: row[name] for player, name in names.items() if name in row}

    def _learn_the_beginning(self, step: int, losses: dict[str, float], gradients: dict[str, float]) -> None:
        self._below_zero.update(player for player, loss in losses.items() if loss < 0)
        self._first_step = step if self._first_step is None else self._first_step
        self._lines += 1
        if self._lines > LINES and step > self._first_step + STEPS:
            return
        for kind, values in (("loss", losses), ("gradient", gradients)):
            for player, value in values.items():
                name = f"{player} {kind}"
                self._largest[name] = max(self._largest.get(name, 0.0), value)

    def _too_strong(self, losses: dict[str, float], gradients: dict[str, float]) -> Iterator[_Finding]:
        for winner, loss in losses.items():
            first = self._largest.get(f"{winner} loss", 0.0)
            won = winner not in self._below_zero and loss < NEAR_ZERO * first
            lost = [other for other in losses if other != winner and self._learns_nothing(other, losses, gradients)]
            yield _Finding(
                f"{winner} too strong",
                won and bool(lost),
                f"the loss of the {winner} is {loss:.2g} (at the beginning {first:.2g}) and the "
                f"{' and the '.join(lost)} learns nothing from it any more",
                f"a lower players.{winner}.optimiser.learning_rate, fewer players.{winner}.turns, real_target: 0.9 in "
                "a game that has targets, or another game",
            )

    def _learns_nothing(self, player: str, losses: dict[str, float], gradients: dict[str, float]) -> bool:
        """Its gradient has vanished, or it loses more than it ever did at the beginning."""
        loss, gradient = self._largest.get(f"{player} loss", 0.0), self._largest.get(f"{player} gradient", 0.0)
        vanished = player in gradients and gradients[player] < VANISHED * gradient
        return vanished or losses[player] > loss

    def _large_gradients(self, gradients: dict[str, float]) -> Iterator[_Finding]:
        for player, gradient in gradients.items():
            if self._players[player].clip_gradient is None:
                first = self._largest.get(f"{player} gradient", gradient)
                yield _Finding(
                    f"{player}'s gradient is large",
                    gradient > min(max(LARGE, GROWN * first), HUGE),
                    f"its norm is {gradient:.3g} (at the beginning at most {first:.3g})",
                    f"a lower players.{player}.optimiser.learning_rate, or players.{player}.clip_gradient",
                )

    def _weigh(self, step: int, finding: _Finding) -> Iterator[Change]:
        concern = self._concerns.setdefault(finding.concern, _Concern())
        if concern.see(step, finding):
            words = f"{finding.seen}. Try {finding.advice}." if finding.bad else "no longer."
            yield Change(finding.concern, finding.bad, words)


class _Concern:
    """Whether a concern is there: it changes where enough lines in a row, over enough steps, say the contrary."""

    def __init__(self) -> None:
        self.there = False
        self._contrary = 0
        self._since = 0

    def see(self, step: int, finding: _Finding) -> bool:
        """Take in what a line says; whether it changes the concern."""
        if finding.bad == self.there:
            self._contrary, self._since = 0, step
            return False
        self._contrary += 1
        if self._contrary < LINES or step - self._since < finding.steps:
            return False
        self.there, self._contrary, self._since = finding.bad, 0, step
        return True


def _pinned(row: Mapping[str, Any]) -> Iterator[_Finding]:
    for name, value in row.items():
        ends = ENDS.get(name.rpartition(".")[2])
        if ends:
            nearest = min(ends, key=lambda end: abs(value - end))
            yield _Finding(
                f"{name} is pinned",
                abs(value - nearest) < AT_END,
                f"it stays at {nearest:g}, where it balances nothing: the generator is too "
                + ("weak" if nearest == ends[0] else "strong"),
                "another gamma or a higher rate under game, or another learning rate of one of the players",
                SLOW_STEPS,
            )


def _collapse(row: Mapping[str, Any]) -> Iterator[_Finding]:
    if "diversity" in row:
        yield _Finding(
            "samples lose diversity",
            row["diversity"] < COLLAPSED,
            f"they have {row['diversity']:.0%} of the diversity of real ones",
            "minibatch discrimination or minibatch deviation in the discriminator, another game (Wasserstein with a "
            "GradientPenalty), or a lower players.generator.optimiser.learning_rate",
            SLOW_STEPS,
        )
