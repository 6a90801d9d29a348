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
from time import sleep
from types import FrameType
from typing import NoReturn, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")

TICK_S = 0.2  # between calls of `tick`
GRACE_S = 10.0  # for removing unfinished files, once the parent is gone


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(
    function: Callable[[Work], Result],
    items: Sequence[Work],
    jobs: int,
    lost: Callable[[Work], Result],
    setup: Callable[[], None] | None = None,
    tick: Callable[[], None] | None = None,
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
        setup: called first in each process, before NumPy is imported; importable.
        tick: called in this process a few times a second while it waits.
    """
    if jobs == 1 or len(items) < 2:
        for index, item in enumerate(items):
            yield index, function(item)
        return
    waiting = deque(range(len(items)))
    while waiting:
        suspects: list[int] = []
        with _pool(min(jobs, len(waiting)), setup) as pool:
            running: dict[Future[Result], int] = {}
            try:
                while waiting or running:
                    # Two each: one in work, one ready; what is not handed out needs no second try.
                    while waiting and len(running) < 2 * jobs:
                        future = pool.submit(_ended_by_signal, function, items[waiting[0]])
                        running[future] = waiting.popleft()
                    for future in wait(running, TICK_S if tick else None, FIRST_COMPLETED).done:
                        result = future.result()
                        yield running.pop(future), result
                    if tick:
                        tick()
            except BrokenProcessPool:
                suspects = sorted(running.values())
            except BaseException:
                for process in list(pool._processes.values()):
                    process.terminate()  # what it was writing is removed, see `_ended_by_signal`
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        yield from _one_by_one(function, items, suspects, lost, setup)


def _one_by_one(
    function: Callable[[Work], Result],
    items: Sequence[Work],
    indices: Sequence[int],
    lost: Callable[[Work], Result],
    setup: Callable[[], None] | None,
) -> Iterator[tuple[int, Result]]:
    left = deque(indices)
    while left:
        with _pool(1, setup) as pool:
            while left:
                index = left.popleft()
                try:
                    yield index, pool.submit(function, items[index]).result()
                except BrokenProcessPool:
                    yield index, lost(items[index])
                    break


def lasting_pool(jobs: int) -> ProcessPoolExecutor:
    """Processes for work that comes again and again; they end when this process does, however it ends."""
    return _pool(jobs, None)


def _pool(jobs: int, setup: Callable[[], None] | None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (setup,))


def _begin(setup: Callable[[], None] | None) -> None:
    """Leave Ctrl-C to the parent, end with it, and end at SIGTERM after removing unfinished files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    Thread(target=_end_with_parent, daemon=True).start()
    if setup:
        setup()


class _EndedError(SystemExit):
    """Raised by SIGTERM, so that `finally` blocks remove what is unfinished."""


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise _EndedError(128 + number)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE_S)
    os._exit(1)


def _ended_by_signal(function: Callable[[Work], Result], item: Work) -> Result:
    """Call the function; end the process where SIGTERM came, which the pool would else report and outlive."""
    try:
        return function(item)
    except _EndedError as error:
        os._exit(int(str(error.code)))
