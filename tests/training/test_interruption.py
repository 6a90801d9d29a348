"""Ctrl-C is a wish, a second one an order."""

from __future__ import annotations

import os
import signal

import pytest

from audiogan.training.interruption import Interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_a_second_one_ends(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        assert not interruption.asked
        os.kill(os.getpid(), number)
        assert interruption.asked
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before
