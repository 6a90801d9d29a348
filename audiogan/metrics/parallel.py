"""Work on many items in many processes, where an item may kill the process that works on it."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(
    function: Callable[[Work], Result], items: Sequence[Work], jobs: int, lost: Callable[[Work], Result]
) -> Iterator[tuple[int, Result]]:
    """Calls `function` on each item and yields (index, result) as each is done, in any order.

    Processes are spawned, so that threads of the parent do no harm; with one job the work is done here. Where a process
    dies (a fault in a C library, out of memory), the items that were in work are tried again one by one in a process
    of their own, and the one that kills it again gets `lost(item)`: one item is lost, never the rest.

    Args:
        function: importable, as are the items picklable.
        items: what to work on.
        jobs: number of processes, 1 or more.
        lost: the result of an item that kills its process.
    """
    if jobs == 1 or len(items) < 2:
        for index, item in enumerate(items):
            yield index, function(item)
        return
    waiting = deque(range(len(items)))
    while waiting:
        suspects: list[int] = []
        with _pool(min(jobs, len(waiting))) as pool:
            running: dict[Future[Result], int] = {}
            try:
                while waiting or running:
                    # Two each: one in work, one ready; what is not handed out needs no second try.
                    while waiting and len(running) < 2 * jobs:
                        future = pool.submit(function, items[waiting[0]])
                        running[future] = waiting.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        result = future.result()
                        yield running.pop(future), result
            except BrokenProcessPool:
                suspects = sorted(running.values())
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        yield from _one_by_one(function, items, suspects, lost)


def _one_by_one(
    function: Callable[[Work], Result], items: Sequence[Work], indices: Sequence[int], lost: Callable[[Work], Result]
) -> Iterator[tuple[int, Result]]:
    left = deque(indices)
    while left:
        with _pool(1) as pool:
            while left:
                index = left.popleft()
                try:
                    yield index, pool.submit(function, items[index]).result()
                except BrokenProcessPool:
                    yield index, lost(items[index])
                    break


def lasting_pool(jobs: int) -> ProcessPoolExecutor:
    """Processes for work that comes again and again; they end when this process does, however it ends."""
    return ProcessPoolExecutor(jobs, get_context("spawn"), _end_with_the_parent)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, get_context("spawn"), _leave_interrupts_to_the_parent)


def _end_with_the_parent() -> None:
    _leave_interrupts_to_the_parent()
    Thread(target=_wait_for_the_parent_s_end, daemon=True).start()


def _wait_for_the_parent_s_end() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
