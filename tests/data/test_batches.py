"""Batches whose contents are functions of counters, whoever loads them."""

from __future__ import annotations

from itertools import chain, islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from audiogan.data.batches import BatchStream
from audiogan.errors import AudioganError


class Numbers:
    """Item i of epoch e is the pair (e, i)."""

    def __init__(self, length: int, unreadable: tuple[int, int] | None = None) -> None:
        self.length = length
        self.unreadable = unreadable

    def __len__(self) -> int:
        return self.length

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        if (epoch, index) == self.unreadable:
            raise AudioganError("a.wav: cut short. Get a whole copy.")
        return {"place": np.array([epoch, index])}


def places(length: int, batch_size: int, first: int, count: int, workers: int = 0, seed: int = 0) -> list[list[tuple]]:
    stream = BatchStream(Numbers(length), batch_size, seed, workers)(first)
    return [[tuple(place) for place in batch["place"].tolist()] for batch in islice(stream, count)]


@given(length=st.integers(1, 30), batch_size=st.integers(1, 40), first=st.integers(0, 20), seed=st.integers(0, 99))
def test_from_any_batch_on_it_is_the_tail_of_the_whole(length: int, batch_size: int, first: int, seed: int) -> None:
    whole = places(length, batch_size, 0, first + 3, seed=seed)
    assert places(length, batch_size, first, 3, seed=seed) == whole[first:]
    assert all(len(batch) == batch_size for batch in whole)


@given(length=st.integers(1, 30), batch_size=st.integers(1, 40))
def test_every_item_of_an_epoch_comes_once(length: int, batch_size: int) -> None:
    flat = list(chain.from_iterable(places(length, batch_size, 0, -(-3 * length // batch_size))))
    for epoch in range(3):
        assert sorted(flat[epoch * length : (epoch + 1) * length]) == [(epoch, index) for index in range(length)]


def test_the_order_is_another_in_every_epoch_and_for_every_seed() -> None:
    orders = [[index for _, index in places(40, 40, epoch, 1, seed=seed)[0]] for epoch in (0, 1) for seed in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4
    assert list(range(40)) not in orders


def test_workers_load_the_same() -> None:
    assert places(7, 3, 2, 6, workers=2) == places(7, 3, 2, 6)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_mistake_in_an_item_comes_through_as_its_one_line(workers: int) -> None:
    stream = BatchStream(Numbers(2, unreadable=(1, 1)), 2, 0, workers)(0)
    assert isinstance(next(stream)["place"], torch.Tensor)
    with pytest.raises(AudioganError) as raised:
        next(stream)
    assert str(raised.value) == "a.wav: cut short. Get a whole copy."


class NumbersInVariants(Numbers):
    """Variant v of item i of epoch e is the triple (e, i, v)."""

    variants = 3

    def variant(self, batch: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
        return {"place": batch["place"] + [0, 1000 * number]}


@pytest.mark.parametrize("workers", [0, 2])
def test_variants_of_a_batch_follow_it_from_any_batch_on(workers: int) -> None:
    def stream(first: int, count: int) -> list[list[list[int]]]:
        batches = BatchStream(NumbersInVariants(7), 4, 0, workers)(first)
        return [batch["place"].tolist() for batch in islice(batches, count)]

    whole, plain = stream(0, 9), places(7, 4, 0, 3)
    for number, batch in enumerate(whole):
        assert [(e, i % 1000) for e, i in batch] == plain[number // 3]
        assert {i // 1000 for _, i in batch} == {number % 3}
    for first in (1, 2, 3, 7):
        assert stream(first, 2) == whole[first : first + 2]
