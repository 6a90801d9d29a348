"""The demo: train a small SEGAN for a few minutes, enhance recordings it has never heard, and say what changed.

Run by `make demo`. Everything it leaves is under runs/demo: the model, the sound before and after, a picture of both.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from audiogan.audio.files import find_sounds, read, read_mono, write
from audiogan.chance import generator
from audiogan.data.mixing import mix
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError
from audiogan.metrics import pesq_wide, segmental_snr, si_sdr, stoi
from audiogan.progress import duration
from audiogan.recipe.reading import find_recipe, read_recipe
from audiogan.show.spectrogram import spectrogram_picture
from audiogan.train import train
from audiogan.training.checkpoint import CheckpointFolder
from audiogan.training.progress import Progress

ROOT = Path(__file__).parent.parent
SOUND = ROOT / "data_prep" / "demo_sound"
RUN = Path("runs") / "demo"
SNR_DB = 5.0
MEASURES = {"PESQ (wide band)": pesq_wide, "STOI": stoi, "SI-SDR, dB": si_sdr, "segmental SNR, dB": segmental_snr}


def main() -> int:
    """Train, enhance, score; returns the exit code."""
    started = time.monotonic()
    if not trained():
        return 130
    print(f"Trained in {duration(time.monotonic() - started)}.")
    rows = [enhance_one(path) for path in find_sounds(SOUND / "test" / "speech")]
    show(rows)
    print(f"Listen: {RUN}/*.noisy.wav and *.enhanced.wav; look: {RUN}/*.png")
    print(f"Your own recording: .venv/bin/audiogan enhance noisy.wav -o clean.wav -m {RUN}")
    return 0


def trained() -> bool:
    """Train into runs/demo, or go on where an earlier demo stopped; says whether training reached its end."""
    recipe = read_recipe(
        find_recipe(str(ROOT / "recipes" / "segan_demo.yaml")),
        [f"data.clean={SOUND}/train/speech", f"data.noise={SOUND}/train/noise"],
    )
    begun = CheckpointFolder(RUN / "checkpoints", 1).last() is not None
    outcome = train(recipe, RUN, resume=begun, progress=Progress())
    if not outcome.finished:
        print("Stopped and saved. Run `make demo` again to go on.")
    return outcome.finished


def enhance_one(speech: Path) -> dict[str, tuple[float, float]]:
    """Mix a sentence with a noise, both unheard in training, enhance it, and give each measure before and after."""
    clean = read_mono(speech, 16000)
    noise = read_mono(find_sounds(SOUND / "test" / "noise")[0], 16000)
    mixture = mix(clean, noise, SNR_DB, 16000, rng=generator(0, "demo", len(clean)))
    before, after = RUN / f"{speech.stem}.noisy.wav", RUN / f"{speech.stem}.enhanced.wav"
    write(before, mixture.noisy[None], 16000)
    Enhancer.load(RUN).enhance_file(before, after)
    enhanced = read(after)[0][0]
    spectrogram_picture(
        RUN / f"{speech.stem}.png", [("noisy", mixture.noisy[None], 16000), ("enhanced", enhanced[None], 16000)]
    )
    return {
        name: (measure(mixture.noisy, mixture.clean, 16000), measure(enhanced, mixture.clean, 16000))
        for name, measure in MEASURES.items()
    }


def show(rows: list[dict[str, tuple[float, float]]]) -> None:
    """Print the means before and after, and whether SI-SDR rose as it should."""
    print(f"\n{len(rows)} sentences with a noise at {SNR_DB:g} dB, neither heard in training:")
    print(f"{'':20}{'noisy':>10}{'enhanced':>10}")
    for name in MEASURES:
        before, after = np.mean([row[name] for row in rows], axis=0)
        print(f"{name:20}{before:10.3f}{after:10.3f}")
    gain = float(np.mean([row["SI-SDR, dB"][1] - row["SI-SDR, dB"][0] for row in rows]))
    if gain >= 1:
        print(f"SI-SDR rose by {gain:.1f} dB.\n")
    else:
        print(f"SI-SDR changed by {gain:+.1f} dB: the network did NOT make these recordings better by 1 dB.\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"demo: {mistake}", file=sys.stderr)
        sys.exit(2)
