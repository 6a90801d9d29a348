"""From items to a stream of batches whose contents depend on counters only, whoever loads them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from audiogan.chance import generator
from audiogan.errors import AudioganError
from audiogan.processes import own_places

Place = tuple[int, int]
Loaded = dict[str, np.ndarray] | AudioganError


class Items(Protocol):
    """What a stream of batches is made from."""

    def __len__(self) -> int:
        """Items in an epoch."""

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        """Item `index` of an epoch: the same arrays for the same two numbers, always."""


@runtime_checkable
class ItemsInVariants(Items, Protocol):
    """Items of which a batch, once loaded, is played in several variants, one after the other."""

    variants: int

    def variant(self, batch: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
        """Variant `number` of a batch, arrays `[items, …]`; number 0 is the batch as it was loaded.

        Raises:
            AudioganError: a batch of this size has none.
        """


class BatchStream:
    """The batches of a run: item order is a permutation per epoch, batches run on across epochs and are never short.

    Where the items come in variants, the variants of a batch count as batches.

    Where several processes train together, each loads its own part of every batch.

    Args:
        items: what to load.
        batch_size: items in a batch, over all processes.
        seed: of the run.
        workers: processes that load; 0 loads in the calling one. Their number does not change what is loaded.
    """

    def __init__(self, items: Items, batch_size: int, seed: int, workers: int = 0) -> None:
        self.items = items
        self.batch_size = batch_size
        self.seed = seed
        self.workers = workers

    def __call__(self, first: int) -> Iterator[dict[str, torch.Tensor]]:
        """The endless stream from batch number `first` on: tensors `[items of the own part, …]` by name.

        Raises:
            AudioganError: the processes cannot share a batch evenly; or at a batch with an item that cannot be loaded.
        """
        variants = self.items.variants if isinstance(self.items, ItemsInVariants) else 1
        part = own_places(self.batch_size)
        loader = DataLoader(
            _Addressed(self.items),
            batch_sampler=_Places(len(self.items), self.batch_size, part, self.seed, first // variants),
            num_workers=self.workers,
            collate_fn=partial(_collated, self.items),
            worker_init_fn=_leave_interruption_to_the_trainer if self.workers else None,
        )
        return islice(_without_mistakes(iter(loader)), first % variants, None)


class _Addressed(Dataset[Loaded]):
    def __init__(self, items: Items) -> None:
        self.items = items

    def __getitem__(self, place: Place) -> Loaded:
        # Raised in a worker, a mistake would reach the calling process with a traceback in its message.
        try:
            return self.items.item(*place)
        except AudioganError as mistake:
            return mistake


class _Places(Sampler[list[Place]]):
    """The (epoch, index) of the items in a part of batch `first`, `first + 1`, … without end."""

    def __init__(self, length: int, batch_size: int, part: range, seed: int, first: int) -> None:
        self.length = length
        self.batch_size = batch_size
        self.part = part
        self.seed = seed
        self.first = first

    def __iter__(self) -> Iterator[list[Place]]:
        order = lru_cache(maxsize=2)(self._order)
        batch = self.first
        while True:
            counts = [batch * self.batch_size + place for place in self.part]
            yield [(n // self.length, int(order(n // self.length)[n % self.length])) for n in counts]
            batch += 1

    def _order(self, epoch: int) -> np.ndarray:
        return generator(self.seed, "item order", epoch).permutation(self.length)


def _collated(source: Items, items: list[Loaded]) -> list[dict[str, torch.Tensor]] | AudioganError:
    mistakes = [item for item in items if isinstance(item, AudioganError)]
    if mistakes:
        return mistakes[0]
    # torch's own collation makes a tensor of every item first, which takes longer than a step on points.
    whole = [item for item in items if isinstance(item, dict)]
    batch = {name: np.stack([item[name] for item in whole]) for name in whole[0]}
    batches = [batch]
    if isinstance(source, ItemsInVariants):
        try:
            batches += [source.variant(batch, number) for number in range(1, source.variants)]
        except AudioganError as mistake:
            return mistake
    return [{name: torch.from_numpy(array) for name, array in batch.items()} for batch in batches]


def _without_mistakes(
    loaded: Iterator[list[dict[str, torch.Tensor]] | AudioganError],
) -> Iterator[dict[str, torch.Tensor]]:
    for batches in loaded:
        if isinstance(batches, AudioganError):
            raise batches
        yield from batches


def _leave_interruption_to_the_trainer(worker: int) -> None:
    # Ctrl-C reaches the whole process group; a worker that died of it would take the unsaved step with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
