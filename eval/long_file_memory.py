"""Measure how much memory `audiogan enhance` takes for a short and for a long file.

    python eval/long_file_memory.py                          # one minute against one hour, passing the sound through
    python eval/long_file_memory.py -m runs/segan_mini       # the same with a trained model

Each file is enhanced by a process of its own, whose largest resident memory is printed, then the ratio of the two. The
exit code is 1 if the long file took over 10 % more. The files are made in a temporary folder: 16 kHz, one channel, 16
bit, which is 115 MB an hour; --sample-rate and --channels give others.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from audiogan.audio.streams import SoundWriter

ALLOWED = 1.10
MODEL_RATE, WINDOW = 16000, 16384


def main() -> int:
    """Make the files, measure both, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-m", "--model", help="a run, checkpoint or bundle (default: pass the sound through)")
    parser.add_argument("--seconds", type=int, nargs=2, default=(60, 3600), metavar=("SHORT", "LONG"))
    parser.add_argument("--sample-rate", type=int, default=MODEL_RATE)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        source_path, destination = arguments.child
        enhance(source_path, destination, arguments.model)
        print(peak_mib())
        return 0
    peaks = []
    for seconds in arguments.seconds:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "noisy.wav"
            write_noise(source, seconds, arguments.sample_rate, arguments.channels)
            command = [sys.executable, __file__, "--child", str(source), str(Path(folder) / "clean.wav")]
            if arguments.model:
                command += ["-m", arguments.model]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            peaks.append(float(done.stdout))
            print(f"{seconds:6d} s: {peaks[-1]:.1f} MiB", flush=True)
    ratio = peaks[1] / peaks[0]
    print(f"ratio: {ratio:.3f} (allowed {ALLOWED:.2f})")
    return 0 if ratio <= ALLOWED else 1


def enhance(source: str, destination: str, model: str | None) -> None:
    """Enhance one file, with a model or with a network that returns its input."""
    from audiogan.audio.representation import PreEmphasis
    from audiogan.enhance import Enhancer

    if model:
        enhancer = Enhancer.load(model)
    else:
        import torch

        enhancer = Enhancer(torch.nn.Identity(), PreEmphasis(), MODEL_RATE, WINDOW)
    enhancer.enhance_file(source, destination)


def write_noise(path: Path, seconds: int, sample_rate: int, channels: int) -> None:
    """Write noise of this length, a second at a time."""
    rng = np.random.default_rng(0)
    with SoundWriter(path, sample_rate, channels) as writer:
        for _ in range(seconds):
            writer.write(0.1 * rng.standard_normal((channels, sample_rate), dtype=np.float32))


def peak_mib() -> float:
    """The largest resident memory that this process has had."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts the parent's memory before exec, too
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    sys.exit(main())
