"""Dropout as a function of seeds that are given, so that a resumed run drops what one that never stopped would."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from audiogan.chance import Chance

SEEDS = 2**24  # that many values a uniform draw in float32 has


def seeds(chance: Chance) -> Tensor:
    """A seed for each sample of the batch, int64 `[B]` on the CPU."""
    return (chance.uniform("dropout", ()) * SEEDS).long()


def streams(seeds: Tensor | None, device: torch.device) -> list[torch.Generator]:
    """One stream of draws for each sample, to be used by all dropouts of one forward pass in their order.

    Without seeds, and on "meta", where nothing can be drawn, there are none, and nothing is dropped.
    """
    if seeds is None or device.type == "meta":
        return []
    return [torch.Generator(device).manual_seed(seed) for seed in seeds.tolist()]


def drop(x: Tensor, share: float, streams: Sequence[torch.Generator]) -> Tensor:
    """A share of the values set to 0 and the others raised, so that their expectation stays (Srivastava et al. 2014).

    Args:
        x: `[B · rows, …]`, the rows of each sample one after the other.
        share: in [0, 1).
        streams: of each sample; none: nothing is dropped.
    """
    if not streams or not share:
        return x
    rows = (len(x) // len(streams), *x.shape[1:])
    stays = torch.cat([torch.rand(rows, device=x.device, generator=stream) >= share for stream in streams])
    return x * stays / (1 - share)
