"""Does a trained enhancer leave seams? Its output at the joins of windows, beside other instants, and by block size.

python eval/joins.py runs/segan_mini data/debian/pairs/develop/noisy
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import find_sounds, read_mono
from audiogan.enhance import Enhancer, EnhancingStream
from audiogan.errors import AudioganError

SECONDS = 120
FRAME = 256
BLOCKS = (1000, 16384, 100_003)


def main() -> int:
    """Print the figures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a run folder, checkpoint or bundle")
    parser.add_argument("noisy", type=Path, help="a folder of noisy recordings; they are put one after another")
    arguments = parser.parse_args()
    enhancer = Enhancer.load(arguments.model)
    rate = enhancer.sample_rate
    sound = np.concatenate([read_mono(path, rate) for path in find_sounds(arguments.noisy)])[: SECONDS * rate]
    found = enhancer(sound, rate)
    hop, fade = enhancer.grid.hop, enhancer.grid.fade
    joins = np.arange(1, len(sound) // hop - 1) * hop - fade // 2
    elsewhere = np.concatenate([joins + hop * part // 16 for part in range(4, 13)])
    for name, waveform in (("noisy", sound), ("enhanced", found)):
        at, off = (steps(waveform, instants) for instants in (joins, elsewhere))
        error = np.hypot(at.std() / np.sqrt(len(at)), off.std() / np.sqrt(len(off)))
        print(f"{name}: log-spectrum step {at.mean():.2f} dB at {len(at)} joins, {off.mean():.2f} dB at {len(off)} "
              f"other instants (difference {at.mean() - off.mean():+.2f} ± {1.96 * error:.2f})")  # fmt: skip
    for block in BLOCKS:
        print(f"blocks of {block}: largest difference {np.abs(in_blocks(enhancer, sound, block) - found).max():.1e}")
    return 0


def steps(sound: NDArray[np.float32], instants: NDArray[np.int64]) -> NDArray[np.float64]:
    """The root mean square step, in dB, between the spectra right before and right after each instant."""

    def spectra(starts: NDArray[np.int64]) -> NDArray[np.float64]:
        frames = np.stack([sound[start : start + FRAME] for start in starts]) * np.hanning(FRAME)
        return 20 * np.log10(np.abs(np.fft.rfft(frames)) + 1e-4)

    return np.sqrt(np.mean((spectra(instants) - spectra(instants - FRAME)) ** 2, axis=1))


def in_blocks(enhancer: Enhancer, sound: NDArray[np.float32], block: int) -> NDArray[np.float32]:
    """The sound enhanced as a stream that comes in blocks of this many samples."""
    stream = EnhancingStream(enhancer, 1, enhancer.sample_rate)
    parts = [stream.push(sound[None, start : start + block]) for start in range(0, len(sound), block)]
    return np.concatenate([*parts, stream.finish()], axis=1)[0].astype(np.float32)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"joins: {mistake}", file=sys.stderr)
        sys.exit(2)
