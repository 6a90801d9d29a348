"""How long `audiogan enhance` takes for a folder: with all processes, with one, and with NumPy's threads as they come.

The ways take turns, round after round, so that other work on the machine meets all alike; the table has each way's
fastest and median time, and the ratio of the medians to that of one process with `OPENBLAS_NUM_THREADS=1`.

    python eval/folder_speed.py --files 8 --seconds 60 --rounds 3
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from audiogan.audio.files import write

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
RATE = 48000
BASE = "one process, one thread"


def ways() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Options and environment variables of each way."""
    return {
        BASE: (["--jobs", "1"], {"OPENBLAS_NUM_THREADS": "1"}),
        "one process, no variable": (["--jobs", "1"], {}),
        "--jobs by default, no variable": ([], {}),
    }


def measure(folder: Path, out: Path, options: list[str], variables: dict[str, str]) -> float:
    """Seconds of wall clock that one run takes."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | variables
    command = [sys.executable, "-m", "audiogan", "enhance", str(folder), "-o", str(out), "--overwrite", *options]
    begun = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Make the folder, let the ways take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=8, help="number of files (default: 8)")
    parser.add_argument("--seconds", type=float, default=60, help="length of each (default: 60)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each way (default: 3)")
    arguments = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in ways()}
    with tempfile.TemporaryDirectory() as work:
        rng = np.random.default_rng(0)
        for number in range(arguments.files):
            noise = 0.1 * rng.standard_normal((1, int(arguments.seconds * RATE)))
            write(Path(work) / "in" / f"{number}.wav", noise, RATE)
        for _ in range(arguments.rounds):
            for name, (options, variables) in ways().items():
                times[name].append(measure(Path(work) / "in", Path(work) / "out", options, variables))
    base = statistics.median(times[BASE])
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"{name:32} fastest {min(taken):7.2f} s, median {middle:7.2f} s, ratio {middle / base:.2f}")


if __name__ == "__main__":
    main()
