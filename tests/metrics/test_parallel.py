"""Many processes, and one item that kills its own."""

from __future__ import annotations

from audiogan.metrics.parallel import available_cores, run_all
from tests.metrics.workers import square_or_die


def test_one_job_works_here() -> None:
    assert dict(run_all(square_or_die, [3, 4], 1, lambda n: 0)) == {0: 9, 1: 16}


def test_an_item_that_kills_its_process_is_lost_alone() -> None:
    items = [1, 2, -3, 4, 5, 6, 7, 8, 9]
    results = dict(run_all(square_or_die, items, 2, lambda n: n))
    assert [results[index] for index in range(len(items))] == [1, 4, -3, 16, 25, 36, 49, 64, 81]


def test_cores() -> None:
    assert available_cores() >= 1
