"""Run a command and tell how long it took and how much memory its largest process had, as a line of JSON.

    python measured.py SECONDS MEGABYTES COMMAND…

It gets one core, and is stopped after SECONDS or when it holds over MEGABYTES (0: no limit). `outcome` is "done",
"failed", "time" or "memory". This is a program of its own, and imports little, because Linux counts what a parent held
into the peak of the process that it starts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

POLL_SECONDS = 0.02


def main() -> int:
    """Run, watch, tell."""
    seconds, megabytes, command = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    if hasattr(os, "sched_setaffinity"):  # a library that ignores the number of threads still has one core
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryFile() as messages:
        began = time.perf_counter()
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages, start_new_session=True
            )
        except OSError as error:
            print(json.dumps({"outcome": "failed", "said": f"{command[0]}: {error.strerror}"}))
            return 0
        stopped = None
        while True:
            ended, status, usage = os.wait4(child.pid, os.WNOHANG)
            if ended:
                break
            if stopped is None:
                if time.perf_counter() - began > seconds:
                    stopped = "time"
                elif megabytes and _held_megabytes(child.pid) > megabytes:
                    stopped = "memory"
                if stopped:
                    os.killpg(child.pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        wall = time.perf_counter() - began
        messages.seek(0)
        said = messages.read().decode(errors="replace").strip().splitlines()
    unit = 2**20 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    print(
        json.dumps(
            {
                "outcome": stopped or ("done" if status == 0 else "failed"),
                "wall_seconds": wall,
                "processor_seconds": usage.ru_utime + usage.ru_stime,
                "peak_megabytes": usage.ru_maxrss / unit,
                "said": said[-1] if said else "",
            }
        )
    )
    return 0


def _held_megabytes(group: int) -> float:
    """The resident memory of a process group's leader now; 0 where the system does not tell."""
    try:
        with open(f"/proc/{group}/statm", encoding="ascii") as pages:
            return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, IndexError, ValueError):
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
