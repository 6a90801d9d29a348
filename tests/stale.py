"""Files as a killed process leaves them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from audiogan.writing import temporary_path


def leave_stale(folder: Path) -> Path:
    """Make a temporary file of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    parts = temporary_path(folder / "any").name.split("-")
    stale = folder / "-".join([*parts[:2], str(ended.pid), *parts[3:]])
    stale.touch()
    return stale
