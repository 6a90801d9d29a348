"""How fast `audiogan prep` builds pairs, in seconds of pairs per second of one core.

    python eval/pair_building_speed.py [--minutes 20] [--clean DIR --noise DIR]

Without folders the recordings are synthesised: clips of 5 s at 16 kHz and 48 kHz, noises of a minute at 44.1 kHz in
stereo. Each row is one process. "By the clock" counts waiting too: for the disk, and for a core that others use.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from audiogan.audio.files import write
from audiogan.chance import generator
from audiogan.data.building import build_pairs
from audiogan.data.pairs import PairOptions
from audiogan.data.synthetic_noise import coloured_noise


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0, help="about how much to build in each row (20)")
    parser.add_argument("--clean", type=Path, help="folder of clean speech, in place of synthesised clips")
    parser.add_argument("--noise", type=Path, help="folder of noise")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        noise = arguments.noise or noises(here / "noise")
        cleans = {"given": arguments.clean} if arguments.clean else {
            f"{rate} Hz": clips(here / f"clean-{rate}", rate) for rate in (16000, 48000)
        }  # fmt: skip
        print(f"{'':>25} {'× real time':>23}")
        print(f"{'speech':>10} {'level':>6} {'pairs':>6} {'minutes':>8} {'per core':>10} {'by the clock':>13}")
        build_pairs([next(iter(cleans.values()))], [noise], here / "warm", PairOptions(count=1))  # loads the libraries
        for name, clean in cleans.items():
            for level in ("p56", "rms"):
                count = int(arguments.minutes * 12)
                started = time.perf_counter()
                options = PairOptions(level=level, count=count)
                built = build_pairs([clean], [noise], here / f"out {name} {level}", options)
                by_the_clock = built.seconds / (time.perf_counter() - started)
                print(
                    f"{name:>10} {level:>6} {built.pairs:>6} {built.seconds / 60:>8.1f} {built.times_real_time:>10.0f} "
                    f"{by_the_clock:>13.0f}"
                )


def clips(folder: Path, rate: int) -> Path:
    """Forty clips of noise that comes and goes as syllables do."""
    for number in range(40):
        rng = generator(0, "clip", number)
        samples = 5 * rate
        syllables = np.clip(np.sin(np.linspace(0, 40 * np.pi, samples)), 0, 1)
        write(folder / f"{number}.wav", 0.1 * syllables * coloured_noise(samples, 1.0, rng), rate)
    return folder


def noises(folder: Path) -> Path:
    """Four stereo noises of a minute at 44.1 kHz."""
    for number in range(4):
        sides = [coloured_noise(60 * 44100, number / 2, generator(0, "noise", number, side)) for side in (0, 1)]
        write(folder / f"{number}.wav", 0.05 * np.stack(sides), 44100)
    return folder


if __name__ == "__main__":
    main()
