"""The program that counts the exit codes of trainings with two processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "eval" / "process_exits.py"


def test_one_run_ends_with_0_in_both_processes() -> None:
    done = subprocess.run([sys.executable, str(PROGRAM), "--runs", "1"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "1 runs ended with (0, 0)\n"), done.stderr
