"""What is seen while something long goes on."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

import pytest

from audiogan.progress import bar, duration, each


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (89, "89 s"),
        (91, "2 min"),
        (89 * 60, "89 min"),
        (91 * 60, "1 h 31 min"),
        (35.9 * 3600, "35 h 54 min"),
        (60 * 3600, "2.5 days"),
    ],
)
def test_durations_in_the_words_people_use(seconds: float, words: str) -> None:
    assert duration(seconds) == words


class Terminal:
    """Stands for standard error; to be put there inside a test, for pytest puts its own there before each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ours, theirs = os.openpty()
        self._screen = os.fdopen(theirs, "w")
        monkeypatch.setattr(sys, "stderr", self._screen)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("TERM", "xterm")

    def seen(self) -> str:
        """All that was written, without what moves and colours it."""
        self._screen.flush()
        os.set_blocking(self._ours, False)
        seen = b""
        with suppress(BlockingIOError):
            while part := os.read(self._ours, 1 << 16):
                seen += part
        self._screen.close()
        os.close(self._ours)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())


def test_a_terminal_shows_what_is_done_how_much_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    assert list(each([1, 2, 3], "scoring")) == [1, 2, 3]
    seen = terminal.seen()
    assert "scoring" in seen and "3/3" in seen and re.search(r"\d:\d\d:\d\d", seen)


def test_of_what_is_no_number_of_things_the_share_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    with bar("enhancing", 8.0, counts=False) as shown:
        shown.advance(2.0)
        shown.reach(8.0, 8.0)
    assert "100%" in terminal.seen()


def test_what_is_not_worth_it_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    with bar("enhancing", 8.0, shown=False) as shown:
        shown.advance()
    assert terminal.seen() == ""


def test_elsewhere_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(each(iter("ab"), "packages")) == ["a", "b"]
    with bar("pairs") as shown:
        shown.advance()
        shown.reach(1, 2)
    assert capsys.readouterr() == ("", "")
