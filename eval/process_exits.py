"""Train a toy recipe with two processes many times over, and count the exit codes of both.

    python eval/process_exits.py --runs 50

Ends with 1 where any process of any run ended with another code than 0, and prints what that process wrote. A thread
of the process group that outlives the training aborted about one run in ten on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

RECIPE = "toy/eight_gaussians_hinge"
OPTIONS = ("training.steps=6", "training.batch_size=8", "training.log_every=2", "validation.items=20", "--quiet")


def exit_codes(folder: Path) -> tuple[tuple[int, ...], str]:
    """Train once in a new folder with two processes; their exit codes, and what they wrote to the standard error."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "audiogan", "train", RECIPE, *OPTIONS, "--run", str(folder)]
    places = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"}
    environments = [{**os.environ, **places, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(2)]
    processes = [
        subprocess.Popen(command, env=environment, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for environment in environments
    ]
    errors = [process.communicate()[1] for process in processes]
    return tuple(process.returncode for process in processes), "".join(errors)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    counts: Counter[tuple[int, ...]] = Counter()
    with TemporaryDirectory() as root:
        for number in range(parser.parse_args().runs):
            codes, errors = exit_codes(Path(root) / str(number))
            counts[codes] += 1
            if any(codes):
                print(f"run {number}: {codes}\n{errors}", file=sys.stderr, flush=True)
    for codes, runs in counts.items():
        print(f"{runs} runs ended with {codes}")
    return int(any(any(codes) for codes in counts))


if __name__ == "__main__":
    sys.exit(main())
