"""Shares of the items of an epoch by folder, whatever the hours that each folder has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from audiogan.chance import generator
from audiogan.errors import AudioganError

PURPOSE = "order within a share"


class Shares:
    """Map the items of an epoch to items of groups, so that each group has its share of every epoch.

    A group is gone through in passes, each in an order of its own: no item comes again before all others have.

    Args:
        groups: the group of each item.
        shares: of each group; their sum is 1.
        seed: of the run.
    """

    def __init__(self, groups: Sequence[int], shares: Sequence[float], seed: int) -> None:
        numbers = np.asarray(groups)
        self.members = [np.flatnonzero(numbers == group) for group in range(len(shares))]
        self.bounds = np.round(np.cumsum([0.0, *shares]) * len(numbers)).astype(int)
        self.seed = seed
        self._order = lru_cache(maxsize=4 * len(shares))(self._draw_order)

    def __call__(self, epoch: int, index: int) -> int:
        """Return the item for an index of an epoch."""
        group = int(np.searchsorted(self.bounds, index, side="right")) - 1
        first, stop = self.bounds[group : group + 2]
        members = self.members[group]
        passes, place = divmod(int(epoch * (stop - first) + index - first), len(members))
        return int(members[self._order(group, passes)[place]])

    def _draw_order(self, group: int, passes: int) -> np.ndarray:
        return generator(self.seed, PURPOSE, group, passes).permutation(len(self.members[group]))

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_order"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._order = lru_cache(maxsize=4 * len(self.members))(self._draw_order)


def shares_of_folders(paths: Sequence[Path], shares: dict[Path, float], seed: int) -> Shares:
    """Return the shares of items whose recordings lie in these folders; the rest of 1 is for all other recordings.

    Args:
        paths: the recording of each item.
        shares: by folder; a recording belongs to the first folder that holds it.
        seed: of the run.

    Raises:
        AudioganError: a folder has a share and no recordings, or recordings are left without a share.
    """
    folders = list(shares)
    found = [_folder_of(path, folders) for path in paths]
    rest = 1 - sum(shares.values())
    for number, folder in enumerate(folders):
        if number not in found:
            raise AudioganError(f"data.shares: {folder} holds no recording of data.clean. Name it there too.")
    others = len(folders) in found
    if others and rest < 1e-6:
        path = paths[found.index(len(folders))]
        raise AudioganError(f"data.shares: the sum is 1, and nothing is left for {path}. Give its folder a share.")
    if not others and rest > 1e-6:
        raise AudioganError(f"data.shares: the sum is {1 - rest:g}, and no other recordings are left. Make it 1.")
    return Shares(found, [*shares.values(), *([rest] if others else [])], seed)


def _folder_of(path: Path, folders: list[Path]) -> int:
    """The number of the first folder that holds a path, or the number of folders."""
    return next((number for number, folder in enumerate(folders) if path.is_relative_to(folder)), len(folders))
