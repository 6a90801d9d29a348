"""What someone sees while a run trains: where it is, what the losses are, how long it will take."""

from __future__ import annotations

import sys
import time
from itertools import groupby
from typing import TYPE_CHECKING

from audiogan.progress import duration

if TYPE_CHECKING:
    from rich.live import Live

FIRST_ESTIMATE_AFTER = 3
LONG_S = 24 * 3600


class Progress:
    """A line that stays at the foot of a terminal; elsewhere a line a minute at most; nothing where quiet.

    Args:
        quiet: say nothing.
        smaller: the shipped recipe to name where this one would take more than a day here, or None.
    """

    def __init__(self, quiet: bool = False, smaller: str | None = None) -> None:
        self.quiet = quiet
        self.smaller = smaller
        self._live: Live | None = None
        self._numbers = ""
        self._where = ""
        self._concerns = ""
        self._warned = False
        self._last_line = 0.0

    def __enter__(self) -> Progress:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True))
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live:
            self._live.stop()

    def start(self, step: int, steps: int) -> None:
        """Training begins at a step."""
        self._first, self._steps, self._started = step, steps, time.monotonic()

    def pause(self, seconds: float) -> None:
        """Leave these seconds (a validation) out of the step rate."""
        self._started += seconds

    def step(self, step: int) -> None:
        """A step is done."""
        rate = (step - self._first) / max(1e-9, time.monotonic() - self._started)
        left = (self._steps - step) / rate
        if step - self._first >= FIRST_ESTIMATE_AFTER and not self._warned:
            self._first_estimate(rate, left)
        self._where = f"step {step}/{self._steps}, {rate:.2f} steps/s, {duration(left)} left"
        line = f"{self._where}{self._concerns}{self._numbers}"
        if self._live:
            self._show(line)
        elif time.monotonic() - self._last_line > 60 or step == self._steps:
            self._last_line = time.monotonic()
            self.say(line)

    def busy(self, what: str) -> None:
        """Something else than a step goes on; the line says so until the next step."""
        self._show(f"{self._where}; {what} …")

    def numbers(self, numbers: dict[str, float]) -> None:
        """The means of the last steps."""
        losses = {name: value for name, value in numbers.items() if not name.endswith("gradient_norm")}
        players = groupby(losses, key=lambda name: name.split(".")[0])
        self._numbers = "".join(
            f"; {player}: " + ", ".join(f"{name.removeprefix(player + '.')} {losses[name]:.4g}" for name in names)
            for player, names in players
        )

    def concerns(self, names: list[str]) -> None:
        """What there is to worry about now."""
        self._concerns = "; ! " + ", ".join(names) if names else ""

    def validation(self, step: int, numbers: dict[str, float]) -> None:
        """A validation's numbers."""
        self.say(f"validation at step {step}: " + ", ".join(f"{n} {v:.3f}" for n, v in numbers.items()))

    def _first_estimate(self, rate: float, left: float) -> None:
        self._warned = True
        if left > LONG_S:
            smaller = f" For this machine there is recipes/{self.smaller}.yaml." if self.smaller else ""
            self.say(f"On this machine the run will take about {duration(left)} ({rate:.3f} steps/s).{smaller}")

    def _show(self, line: str) -> None:
        if self._live:
            from rich.text import Text

            self._live.update(Text(line), refresh=True)

    def say(self, line: str) -> None:
        """A line of its own."""
        if self.quiet:
            return
        if self._live:
            self._live.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)
