"""Griffin-Lim beside librosa's and torchaudio's on the same magnitudes: how near they come, and how long they take.

    python eval/griffin_lim.py                                  # synthesised sounds, which need no data
    python eval/griffin_lim.py --folder data/drums/held_out     # and recordings

All see centred frames of zero-padded sounds of 8192 samples at 16 kHz, momentum 0.99, and one thread. The systems take
turns; times are processor time. OUT.md and OUT.json are written.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from audiogan.audio.files import find_sounds, read_mono
from audiogan.audio.griffin_lim import griffin_lim, spectral_convergence
from audiogan.audio.phase_gradient import integrated_phase
from audiogan.audio.stft import STFT
from audiogan.chance import generator
from audiogan.errors import AudioganError

RATE, SAMPLES = 16000, 8192
FRAMINGS = [STFT(256, 128, "centred"), STFT(512, 128, "centred")]
ITERATIONS = (16, 60)
OURS, PLAIN, FROM_GRADIENT = "audiogan", "audiogan, relaxation 1", "audiogan, phase gradient first"

System = Callable[[Tensor, STFT, int, int], Tensor]


@dataclass(frozen=True)
class Row:
    """What one system reached after so many iterations, over all sounds and seeds."""

    sounds: str
    frames: str
    system: str
    iterations: int
    convergence_db: float
    worst_db: float
    behind_ours_db: float
    behind_ours_error_db: float
    nearer_than_ours_at_60: float
    time_over_ours: float


def main() -> int:
    """Measure, print, write; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="recordings to measure beside the synthesised sounds")
    parser.add_argument("--count", type=int, default=32, help="recordings, evenly from the folder's (32)")
    parser.add_argument("--seeds", type=int, default=3, help="random starts, and rounds of timing (3)")
    parser.add_argument("-o", "--out", type=Path, default=Path("eval/results/griffin_lim"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sets = {"synthesised": synthesised()}
    if arguments.folder:
        sets[arguments.folder.name.replace("_", " ")] = recordings(arguments.folder, arguments.count)
    rows = [
        row
        for name, sounds in sets.items()
        for stft in FRAMINGS
        for row in compared(name, sounds, stft, arguments.seeds)
    ]
    command = f"python eval/griffin_lim.py {' '.join(sys.argv[1:])}".strip()
    page = markdown(rows, {name: len(sounds) for name, sounds in sets.items()}, arguments.seeds, command)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".md").write_text(page, encoding="utf-8")
    words = {"command": command, "versions": versions(), "rows": [asdict(row) for row in rows]}
    arguments.out.with_suffix(".json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    print(page)
    return 0


def synthesised() -> Tensor:
    """Twenty-four sounds `[24, samples]` with silent ends: struck tones, chirps, bursts of noise, tones with noise."""
    time_s = np.arange(SAMPLES) / RATE
    fade = np.clip((SAMPLES - 512 - np.arange(SAMPLES)) / 1024, 0, 1)
    sounds = []
    for number in range(24):
        rng = generator(0, "griffin-lim benchmark", number)
        pitch, decay, start = rng.uniform(80, 1200), rng.uniform(2, 30), int(rng.integers(512, SAMPLES // 4))
        tone = sum(np.sin(2 * np.pi * k * pitch * time_s) / k for k in range(1, 1 + int(7000 / pitch)))
        chirp = np.sin(2 * np.pi * (pitch * time_s + rng.uniform(-500, 5000) * time_s**2))
        noise = rng.standard_normal(SAMPLES)
        body = (tone, chirp, noise, 0.5 * tone + 0.2 * noise)[number % 4] * np.exp(-decay * time_s)
        sounds.append(0.3 * fade * np.concatenate([np.zeros(start), body])[:SAMPLES])
    return torch.from_numpy(np.stack(sounds)).float()


def recordings(folder: Path, count: int) -> Tensor:
    """The beginnings of so many sounds of a folder, padded with silence: `[count, samples]`."""
    paths = find_sounds(folder)
    chosen = [paths[n * len(paths) // count] for n in range(min(count, len(paths)))]
    heard = [read_mono(path, RATE)[:SAMPLES] for path in chosen]
    return torch.from_numpy(np.stack([np.pad(sound, (0, SAMPLES - len(sound))) for sound in heard]))


def ours(magnitude: Tensor, stft: STFT, iterations: int, seed: int) -> Tensor:
    """Accelerated Griffin-Lim from a random phase."""
    return griffin_lim(magnitude, stft, SAMPLES, iterations, seed=seed)


def plain(magnitude: Tensor, stft: STFT, iterations: int, seed: int) -> Tensor:
    """Fast Griffin-Lim, as the libraries have it."""
    return griffin_lim(magnitude, stft, SAMPLES, iterations, seed=seed, relaxation=1.0)


def ours_from_gradient(magnitude: Tensor, stft: STFT, iterations: int, seed: int) -> Tensor:
    """The same from the phase that heap integration gives."""
    phase = integrated_phase(magnitude, stft, seed=seed)
    return griffin_lim(magnitude, stft, SAMPLES, iterations, phase=phase)


def of_librosa(magnitude: Tensor, stft: STFT, iterations: int, seed: int) -> Tensor:
    """librosa.griffinlim."""
    import librosa

    found = librosa.griffinlim(
        magnitude.numpy(), n_iter=iterations, hop_length=stft.hop_length, length=SAMPLES, random_state=seed
    )
    return torch.from_numpy(found)


def of_torchaudio(magnitude: Tensor, stft: STFT, iterations: int, seed: int) -> Tensor:
    """torchaudio.functional.griffinlim, which draws from the global generator."""
    from torchaudio.functional import griffinlim

    torch.manual_seed(seed)
    length, hop = stft.frame_length, stft.hop_length
    return griffinlim(magnitude, stft.window(magnitude), length, hop, length, 1.0, iterations, 0.99, SAMPLES, True)


SYSTEMS: dict[str, System] = {
    OURS: ours,
    PLAIN: plain,
    "librosa": of_librosa,
    "torchaudio": of_torchaudio,
    FROM_GRADIENT: ours_from_gradient,
}


def compared(sounds_name: str, sounds: Tensor, stft: STFT, seeds: int) -> list[Row]:
    """All systems on one set of sounds and one framing."""
    magnitude = stft.forward(sounds).abs()
    for system in SYSTEMS.values():
        system(magnitude[:1], stft, 1, 0)  # loads and compiles what it needs
    reached: dict[tuple[str, int], list[Tensor]] = {}
    seconds: dict[tuple[str, int], list[float]] = {}
    runs = [(name, iterations) for iterations in ITERATIONS for name in SYSTEMS]
    for seed in range(seeds):
        for name, iterations in [*runs, (FROM_GRADIENT, 0)]:
            began = time.process_time()
            found = SYSTEMS[name](magnitude, stft, iterations, seed)
            seconds.setdefault((name, iterations), []).append(time.process_time() - began)
            ratio = spectral_convergence(stft.forward(found.double()).abs(), magnitude.double())
            reached.setdefault((name, iterations), []).append(20 * torch.log10(ratio))
    table = {key: torch.stack(values).mean(0) for key, values in reached.items()}  # over seeds, of each sound
    rows = []
    for (name, iterations), decibels in table.items():
        behind = decibels - table[OURS, iterations or ITERATIONS[0]]
        pace = np.divide(seconds[name, iterations], seconds[OURS, iterations or ITERATIONS[0]])
        rows.append(
            Row(
                sounds=sounds_name,
                frames=f"{stft.frame_length}/{stft.hop_length}",
                system=name,
                iterations=iterations,
                convergence_db=float(decibels.mean()),
                worst_db=float(decibels.max()),
                behind_ours_db=float(behind.mean()),
                behind_ours_error_db=1.96 * float(behind.std()) / len(behind) ** 0.5,
                nearer_than_ours_at_60=float((decibels < table[OURS, 60]).float().mean()),
                time_over_ours=float(np.median(pace)),
            )
        )
    return rows


def markdown(rows: list[Row], counts: dict[str, int], seeds: int, command: str) -> str:
    """A table a set of sounds and framing, and what one must know to read it."""
    lines = ["# Griffin-Lim", ""]
    for sounds, frames in dict.fromkeys((row.sounds, row.frames) for row in rows):
        lines += [f"{counts[sounds]} {sounds} sounds, frames of {frames} samples:", ""]
        head = ["system", "iterations", "spectral convergence, dB", "worst sound", "behind audiogan, dB",
                "share nearer than audiogan at 60", "time / audiogan's"]  # fmt: skip
        cells = [
            [row.system, str(row.iterations), f"{row.convergence_db:.2f}", f"{row.worst_db:.2f}", behind(row),
             f"{row.nearer_than_ours_at_60:.0%}", f"{row.time_over_ours:.2f}"]
            for row in rows if (row.sounds, row.frames) == (sounds, frames)
        ]  # fmt: skip
        lines += [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *cells)] + [""]
    return "\n".join(
        [
            *lines,
            "Spectral convergence: the norm of the difference of magnitudes over the norm of those wanted, "
            f"measured by one function for all; its mean in dB over sounds and {seeds} random starts. Lower is "
            "nearer. Behind audiogan: the mean of each sound's difference at as many iterations, with its 95 % "
            "interval. Time: processor time of one thread, the median of the ratios of runs that follow each "
            "other; the row of 0 iterations is the phase gradient alone, and its time stands over that of "
            "audiogan's 16.",
            "",
            "All have momentum 0.99 and the same magnitudes, of centred frames with silence outside the sound. "
            "audiogan's iteration is relaxed by 1.25; with relaxation 1 it is librosa's, from another random "
            "phase. torchaudio continues a sound beyond its ends by reflection, which is wrong for hits that "
            "begin at the first sample; the synthesised sounds begin and end in silence, where that makes no "
            "difference.",
            "",
            ", ".join(f"{name} {version}" for name, version in versions().items()) + ".",
            "",
            f"Made by `{command}`.",
            "",
        ]
    )


def behind(row: Row) -> str:
    """The difference to audiogan's at as many iterations."""
    if row.system == OURS or not row.iterations:
        return ""
    return f"{row.behind_ours_db:+.2f} ± {row.behind_ours_error_db:.2f}"


def versions() -> dict[str, str]:
    """Of the libraries measured."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "torchaudio", "librosa")}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"griffin_lim: {mistake}", file=sys.stderr)
        sys.exit(2)
