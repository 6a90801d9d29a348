"""Measure how many live streams one core enhances in real time, and what a stream and the command cost.

    python eval/streams.py                        # the enhancer that came with audiogan
    python eval/streams.py -m models/mine         # another model that is made for streams
    python eval/streams.py --untrained            # one of the default sizes, before it is trained: costs the same
    python eval/streams.py --sample-rate 48000

All streams are open at once in one process with one thread, and each is given its chunk in turn, as live sound would
come. The figures are of processor time, which other work on the machine stretches less than the clock's; both are
printed. The command is timed from its start to its end, with Python's own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from audiogan.audio.files import write
from audiogan.enhance import ENHANCER, Enhancer
from audiogan.errors import AudioganError

FILE_SECONDS = 5
STARTS = 5  # of the command; the quickest counts


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-m", "--model", type=Path, default=ENHANCER)
    parser.add_argument(
        "--untrained", action="store_true", help="instead of a model, a generator as it is before training"
    )
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=2, help="of sound in each stream")
    parser.add_argument("--sample-rate", type=int, default=16_000)
    parser.add_argument("--chunk", type=int, default=20, help="milliseconds")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        model = untrained(Path(folder) / "model") if arguments.untrained else arguments.model
        measure_streams(model, arguments)
        measure_command(model, Path(folder), arguments.sample_rate)
    return 0


def untrained(folder: Path) -> Path:
    """The bundle of a generator of the default sizes with random weights, made by a process of its own."""
    program = (
        "from pathlib import Path; from audiogan.bundle import Model, save_bundle; "
        "from audiogan.recipe.building import build_generator; "
        "from audiogan.recipe.enhancement import EnhancementRecipe; "
        "recipe = EnhancementRecipe(name='untrained', task='enhancement', representation={'name': 'Waveform'}, "
        "generator={'name': 'BandRecurrentGenerator', 'look_ahead': 1}, reconstruction=[{'name': 'L1'}], "
        "data={'clean': 'speech', 'noise': 'noise', 'window': 4096}, "
        "players={'generator': {'optimiser': {'name': 'Adam', 'learning_rate': 1e-3}}}, "
        "training={'steps': 1, 'batch_size': 1}); "
        f"place = Path({str(folder)!r}); save_bundle(Model(build_generator(recipe).eval(), recipe, 0, place), place)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    return folder


def measure_streams(model: Path, arguments: argparse.Namespace) -> None:
    """Latency, memory and time of live streams, and the time of a whole recording."""
    rate, count = arguments.sample_rate, arguments.streams
    enhancer = Enhancer.load(model)
    sound = (0.1 * np.random.default_rng(0).standard_normal(arguments.seconds * rate)).astype(np.float32)
    enhancer(sound, rate)  # tables and buffers that all streams share
    before = resident_bytes()
    streams = [enhancer.stream(rate) for _ in range(count)]
    latency = streams[0].latency
    print(f"latency: {latency} samples of {rate} Hz, {1000 * latency / rate:.1f} ms")
    chunk = rate * arguments.chunk // 1000
    chunks = [sound[start : start + chunk] for start in range(0, len(sound), chunk)]

    def live() -> None:
        for part in chunks:
            for stream in streams:
                stream.push(part)

    processor, clock = timed(live)
    held = (resident_bytes() - before) / count
    heard = count * arguments.seconds
    print(f"{count} streams open at once, chunks of {arguments.chunk} ms: {held / 1000:.0f} kB of memory a stream")
    print(f"real-time factor of a stream: {processor / heard:.4f} (by the clock {clock / heard:.4f})")
    print(f"streams in real time on one core: {heard / processor:.0f} (by the clock {heard / clock:.0f})")
    minute = np.tile(sound, -(-60 // arguments.seconds))
    processor, clock = timed(lambda: enhancer(minute, rate))
    seconds = len(minute) / rate
    print(f"real-time factor of a whole recording: {processor / seconds:.4f} (by the clock {clock / seconds:.4f})")


def measure_command(model: Path, folder: Path, rate: int) -> None:
    """The time from typing the command to its end."""
    source = folder / "noisy.wav"
    write(source, 0.1 * np.random.default_rng(0).standard_normal(FILE_SECONDS * rate), rate)
    words = ["-m", "audiogan", "enhance", source, "-o", folder / "clean.wav", "-m", model, "--overwrite"]
    command = [sys.executable, *map(str, words)]
    times = [timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)) for _ in range(STARTS)]
    processor, clock = (min(column) for column in zip(*times, strict=True))
    print(f"the command on a file of {FILE_SECONDS} s: {processor:.2f} s (by the clock {clock:.2f} s)")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of processor time, of this process and those it starts, and seconds of the clock."""
    clock, processor = time.perf_counter(), processor_seconds()
    work()
    return processor_seconds() - processor, time.perf_counter() - clock


def processor_seconds() -> float:
    """Processor time so far of this process and of those that it started and that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def resident_bytes() -> int:
    """Memory of this process that is really there."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"streams: {mistake}", file=sys.stderr)
        sys.exit(2)
