"""Shares of an epoch by folder."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path

import pytest

from audiogan.data.shares import Shares, shares_of_folders
from audiogan.errors import AudioganError

PATHS = [Path("data/a") / f"{n}.wav" for n in range(10)] + [Path("data/b/c") / f"{n}.wav" for n in range(90)]


def test_each_folder_has_its_share_of_every_epoch() -> None:
    shares = shares_of_folders(PATHS, {Path("data/a"): 0.35}, seed=0)
    for epoch in range(3):
        folders = Counter(PATHS[shares(epoch, index)].parent.name for index in range(100))
        assert folders == {"a": 35, "c": 65}


def test_no_item_comes_again_before_all_others_of_its_folder() -> None:
    shares = shares_of_folders(PATHS, {Path("data/a"): 0.2, Path("data/b"): 0.8}, seed=0)
    drawn = [shares(epoch, index) for epoch in range(9) for index in range(20)]
    for start in range(0, 180, 10):
        assert sorted(drawn[start : start + 10]) == list(range(10))
    assert drawn[:10] != drawn[10:20] != list(range(10))
    others = [shares(epoch, index) for epoch in range(9) for index in range(20, 100)]
    for start in range(0, 720, 90):
        assert sorted(others[start : start + 90]) == list(range(10, 100))


def test_shares_are_a_function_of_seed_and_counters() -> None:
    first, other = Shares([0, 1] * 50, [0.3, 0.7], 1), Shares([0, 1] * 50, [0.3, 0.7], 2)
    places = [(epoch, index) for epoch in (5, 0) for index in range(100)]
    again = pickle.loads(pickle.dumps(first))
    assert [first(*place) for place in places] == [again(*place) for place in reversed(places)][::-1]
    assert [first(*place) for place in places] != [other(*place) for place in places]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"data/nothing": 0.5}, "data/nothing holds no recording of data.clean"),
        ({"data/a": 1.0}, "nothing is left for data/b/c/0.wav"),
        ({"data/a": 0.2, "data/b": 0.3}, "the sum is 0.5, and no other recordings are left"),
    ],
)
def test_shares_that_cannot_be_are_a_sentence(shares: dict[str, float], message: str) -> None:
    with pytest.raises(AudioganError, match=message):
        shares_of_folders(PATHS, {Path(folder): share for folder, share in shares.items()}, 0)
