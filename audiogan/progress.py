"""What someone sees while something long goes on: a bar with the time left on a terminal, and elsewhere nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")


class Bar:
    """One bar; off a terminal it does nothing.

    Args:
        shown: what draws it, or None.
        what: is done, in a word or two.
        total: how much there is to do; None: not known yet.
    """

    def __init__(self, shown: Progress | None, what: str, total: float | None) -> None:
        self._shown = shown
        self._task = shown.add_task(what, total=total) if shown else None

    def advance(self, amount: float = 1) -> None:
        """So much more is done."""
        if self._shown and self._task is not None:
            self._shown.advance(self._task, amount)

    def reach(self, done: float, total: float) -> None:
        """So much is done in all, of so much."""
        if self._shown and self._task is not None:
            self._shown.update(self._task, completed=done, total=total)


@contextmanager
def bar(what: str, total: float | None = None, *, counts: bool = True, shown: bool = True) -> Iterator[Bar]:
    """A bar on standard error that goes away when all is done.

    Args:
        what: is done, in a word or two.
        total: how much there is to do; None: not known yet.
        counts: whether it is things that are counted, which are shown; else, such as seconds, it is percent.
        shown: False where it is not worth it.
    """
    if not shown or not sys.stderr.isatty():
        yield Bar(None, what, total)
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn() if counts else progress.TaskProgressColumn(),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        yield Bar(drawn, what, total)


def each(items: Iterable[Item], what: str) -> Iterator[Item]:
    """The items one after the other, with a bar that counts them."""
    total = len(items) if isinstance(items, Sized) else None
    with bar(what, total) as shown:
        for item in items:
            yield item
            shown.advance()


def duration(seconds: float) -> str:
    """Seconds in the words people use: 45 s, 12 min, 3 h 20 min, 5 days."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{int(hours)} h {int(minutes % 60)} min" if hours < 36 else f"{hours / 24:.1f} days"
