"""What someone who waits is told."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

import pytest

from audiogan.training.progress import Progress

NUMBERS = {
    "discriminator.LeastSquares": 0.5, "discriminator.gradient_norm": 3.0,
    "generator.LeastSquares": 1.5, "generator.L1": 0.25, "generator.gradient_norm": 3.0,
}  # fmt: skip


def told(capsys: pytest.CaptureFixture[str], steps: int, smaller: str | None = None, quiet: bool = False) -> list[str]:
    with Progress(quiet, smaller) as progress:
        progress.start(10, steps)
        for step in range(11, 16):
            progress.numbers(NUMBERS)
            progress.step(step)
    output = capsys.readouterr()
    assert output.out == ""
    return output.err.splitlines()


def test_where_it_is_and_what_is_left_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    first, last = told(capsys, 15)
    assert "step 11/15" in first and "step 15/15" in last
    assert last.endswith("steps/s, 0 s left; discriminator: LeastSquares 0.5; generator: LeastSquares 1.5, L1 0.25")


def test_a_narrow_terminal_shows_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("COLUMNS", "60")
        monkeypatch.setenv("TERM", "xterm")
        with Progress() as progress:
            progress.start(0, 9)
            progress.numbers(NUMBERS)
            progress.step(1)
            progress.say("saved [as] asked")
            progress.step(2)
    written = b""
    with suppress(OSError):  # how a terminal whose other side is closed ends
        while part := os.read(ours, 4096):
            written += part
    os.close(ours)
    shown = " ".join(re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", written.decode()).split())
    assert "saved [as] asked" in shown
    losses = r"discriminator: LeastSquares 0\.5; generator: LeastSquares 1\.5, L1 0\.25"
    assert re.search(rf"step 2/9, [\d.]+ steps/s, \d+ s left; {losses}", shown)


def test_a_run_of_days_says_so_after_the_first_steps_and_names_the_small_recipe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = told(capsys, 10**15, smaller="segan_mini")
    warnings = [line for line in lines if "On this machine" in line]
    assert len(warnings) == 1
    assert "days" in warnings[0] and "recipes/segan_mini.yaml" in warnings[0]
    assert not any("On this machine" in line for line in told(capsys, 15, smaller="segan_mini"))


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, 10**15, quiet=True) == []
