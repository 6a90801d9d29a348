"""How a progressively grown GAN grows: by the count of pictures it has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@runtime_checkable
class Grows(Protocol):
    """A network of several levels, of which the first few are in use."""

    def set_growth(self, resolution_index: int, fade: float) -> None:
        """Use the levels up to this one, the last with this share."""


@dataclass(frozen=True)
class Growth:
    """Level 0 stays for `stable` pictures; each later one fades in over `fading` and stays for `stable` more.

    Source: Karras et al. 2018, arXiv:1710.10196, section 2 and appendix A (600,000 of each).

    Args:
        levels: how many there are; the last stays.
        fading, stable: in pictures, a batch for each step.
        resets_optimizers: whether the optimisers of both players forget their moments where a level begins to fade in
            and where it has done so, as in the authors' program (tkarras/progressive_growing_of_gans, train.py).
    """

    levels: int
    fading: int
    stable: int
    resets_optimizers: bool = False

    def resets_at(self, pictures_seen: int, pictures_before: int) -> bool:
        """Whether optimisers begin anew with a step after so many pictures, the step before it being after others."""
        (level, fade), (level_before, fade_before) = self.at(pictures_seen), self.at(pictures_before)
        return self.resets_optimizers and (level, fade == 1) != (level_before, fade_before == 1)

    def at(self, pictures_seen: int) -> tuple[int, float]:
        """The level in use and its share, in (0, 1], after so many pictures."""
        if pictures_seen < self.stable:
            return 0, 1.0
        phase, inside = divmod(pictures_seen - self.stable, self.fading + self.stable)
        if phase + 1 >= self.levels:
            return self.levels - 1, 1.0
        return phase + 1, min(1.0, (inside + 1) / self.fading) if self.fading else 1.0
