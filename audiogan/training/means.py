"""The journal's numbers: means over steps, over each player's turns and over processes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from audiogan.processes import count, gather_batch, mean_over_processes, rank

KNOWN = "/known"  # after a name: how often it was a number


class RunningMeans:
    """Sums of noted numbers since the last line of the journal, kept on their device until they are asked for.

    All processes note the same names, each the values of its own part of the batch.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self.steps = 0

    def note(self, name: str, value: Tensor, share: float = 1.0) -> None:
        """Add a scalar, multiplied with its share of the step."""
        value = value.detach() * share
        self._sums[name] = self._sums[name] + value if name in self._sums else value

    def note_known(self, name: str, value: Tensor) -> None:
        """Add a scalar that is NaN where nothing was measured; such steps do not enter the mean."""
        known = value.isfinite()
        self.note(name, torch.where(known, value, torch.zeros_like(value)))
        self.note(name + KNOWN, known.to(value.dtype))

    def take(self) -> dict[str, float]:
        """The means of what was noted, by name, and begin anew; all processes get the same.

        What `note_known` was never given a number of is left out.
        """
        if not self.steps:
            return {}
        total = mean_over_processes(torch.stack(list(self._sums.values()))).tolist()
        sums = dict(zip(self._sums, total, strict=True))
        counts = {name: sums.get(name + KNOWN, self.steps) for name in sums if not name.endswith(KNOWN)}
        means = {name: sums[name] / count for name, count in counts.items() if count}
        self._sums, self.steps = {}, 0
        return means

    def state_dict(self) -> dict[str, Any]:
        """The sums of every process, `[processes]` under each name; all processes must ask."""
        if not self._sums:
            return {"sums": {}, "summed": 0}
        sums = gather_batch(torch.stack(list(self._sums.values()))[None])
        return {"sums": {n: s.clone() for n, s in zip(self._sums, sums.T, strict=True)}, "summed": self.steps}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on from this process's sums, or from their mean where the number of processes is another."""
        self._sums = {name: _own(sums).to(device) for name, sums in state["sums"].items()}
        self.steps = state["summed"]


def _own(sums: Tensor) -> Tensor:
    return sums[rank()] if sums.shape == (count(),) else sums.mean()
