"""Score systems in the situations of data_prep/condition_sounds.py: telephones, leads, whispers, held vowels, music.

    python eval/enhancers/conditions.py data/conditions/manifest.jsonl --model audiogan=runs/mine -o out

Systems are chosen as for run.py. Each situation has a measure of its own: the gain in SI-SDR and how many files lost
more than 1 dB, the share of speech frames that lost more than 6 dB, the change of level. Writes OUT.md and OUT.json.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from earlier import pairs_sha256, read_json
from numpy.typing import NDArray
from report import table
from run import add_shared_arguments, chosen_systems, enhance_and_align, folder_of, opened
from running import Machine
from systems import System

from audiogan.audio.files import read
from audiogan.data.manifest import PairRow, read_manifest
from audiogan.errors import AudioganError
from audiogan.metrics.signal_ratio import si_sdr
from audiogan.writing import write_text

Sound = NDArray[np.float32]  # `[channels, samples]`
Numbers = dict[str, float]

KEYS = {"command", "pairs_sha256", "systems", "absent"}
LEAD_SECONDS = 60.0
FIRST_SECONDS = 3.0  # after a lead, in which its cost is measured
WORSE_DB = 1.0
LOST_DB = 6.0
ACTIVE_DB = 40.0  # frames within it of the loudest one count as speech
FRAME_S = 0.02
ONSET_S = 1.0, 1.03  # the burst after a second's pause
LAST_SECONDS = 2.0  # of a held vowel
BANDS_HZ = (5000.0, 7500.0), (9000.0, 15_000.0)


def main() -> int:
    """Enhance, measure, write; 1 if a system could not be run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shared_arguments(parser, "runs/enhancers_conditions")
    arguments = parser.parse_args()
    rows = checked(read_manifest(arguments.manifest), arguments.manifest)
    earlier = read_json(arguments.add_to, KEYS) if arguments.add_to else None
    if earlier is not None and earlier["pairs_sha256"] != pairs_sha256(rows):
        raise AudioganError(f"{arguments.add_to}: its sounds are not those of the manifest. Compare the same sounds.")
    machine = Machine(arguments.environments, arguments.time_limit, arguments.memory_limit)
    work = opened(arguments.work, arguments.manifest)
    measured: dict[str, dict[str, Numbers]] = {"untouched": measure(rows, {row.id: row.noisy for row in rows})}
    absent: dict[str, str] = {}
    for system in chosen_systems(arguments):
        try:
            measured[system.name] = measure(rows, enhanced(system, rows, folder_of(system, work), machine))
        except AudioganError as error:
            absent[system.name] = str(error)
            print(f"conditions: {system.name}: {error}", file=sys.stderr)
    command = f"python eval/enhancers/conditions.py {shlex.join(sys.argv[1:])}"
    if earlier is not None:
        measured = {**earlier["systems"], **measured}
        command = f"{earlier['command']} && {command}"
        absent = {name: why for name, why in earlier["absent"].items() if name not in measured} | absent
    result = {"command": command, "pairs_sha256": pairs_sha256(rows), "systems": measured, "absent": absent}
    write_text(Path(f"{arguments.out}.json"), json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    page = markdown(result)
    write_text(Path(f"{arguments.out}.md"), page)
    print(page)
    return 1 if absent else 0


def checked(rows: list[PairRow], manifest: Path) -> list[PairRow]:
    """Return the rows.

    Raises:
        AudioganError: a row names no situation that this program knows.
    """
    for row in rows:
        if situation_of(row) not in MEASURED:
            raise AudioganError(
                f"{manifest}, {row.id}: its situation is not known ({', '.join(MEASURED)}). "
                "Give the manifest of data_prep/condition_sounds.py."
            )
    return rows


def situation_of(row: PairRow) -> str:
    """The name of a row's situation; empty if it has none."""
    return (row.conditions or {}).get("situation", "")


def enhanced(system: System, rows: Sequence[PairRow], folder: Path, machine: Machine) -> dict[str, Path]:
    """Return a system's aligned files by pair; the rates are enhanced apart, since a delay is in samples."""
    files: dict[str, Path] = {}
    for rate in sorted({row.sample_rate for row in rows}):
        of_rate = [row for row in rows if row.sample_rate == rate]
        files |= enhance_and_align(system, of_rate, folder / str(rate), machine)[0]
    return files


def measure(rows: Sequence[PairRow], files: dict[str, Path]) -> dict[str, Numbers]:
    """Return the numbers of each situation; files that are missing are counted as "failed"."""
    numbers: dict[str, Numbers] = {}
    for situation, of in MEASURED.items():
        own = [row for row in rows if situation_of(row) == situation]
        if own:
            cases = [_sounds(row, files[row.id]) for row in own if row.id in files]
            numbers[situation] = {**(of(cases) if cases else {}), "failed": float(len(own) - len(cases))}
    return numbers


Case = tuple[int, Sound, Sound, Sound]  # rate, noisy, clean, enhanced


def _sounds(row: PairRow, path: Path) -> Case:
    return row.sample_rate, read(row.noisy)[0], read(row.clean)[0], read(path)[0]


def improvement(cases: Sequence[Case], seconds: tuple[float, float] | None = None) -> Numbers:
    """Mean SI-SDR gain in dB over the channels, share of files over 1 dB worse than untouched, the worst file."""
    gains = []
    for rate, noisy, clean, out in cases:
        part = slice(None) if seconds is None else slice(*(round(second * rate) for second in seconds))
        for reference, before, after in zip(clean[:, part], noisy[:, part], out[:, part], strict=True):
            gains.append(si_sdr(after, reference, rate) - si_sdr(before, reference, rate))
    worse = float(np.mean([gain < -WORSE_DB for gain in gains]))
    return {"SI-SDR gain, dB": float(np.mean(gains)), "worse": worse, "worst, dB": float(np.min(gains))}


def after_lead(cases: Sequence[Case]) -> Numbers:
    """SI-SDR gain in the first seconds after the lead."""
    return improvement(cases, (LEAD_SECONDS, LEAD_SECONDS + FIRST_SECONDS))


def without_lead(cases: Sequence[Case]) -> Numbers:
    """SI-SDR gain, and that of the first seconds, which those after leads are compared with."""
    first = improvement(cases[:8], (0, FIRST_SECONDS))["SI-SDR gain, dB"]
    return {**improvement(cases), "first seconds, dB": first}


def lost_speech(cases: Sequence[Case]) -> Numbers:
    """Share of speech frames that lost more than 6 dB, and the change of level."""
    lost = []
    for rate, _, clean, out in cases:
        before, after = (_frame_levels(sound[0], rate) for sound in (clean, out))
        active = before > before.max() - ACTIVE_DB
        lost.append(float(np.mean(after[active] < before[active] - LOST_DB)))
    return {"frames lost": float(np.mean(lost)), **level(cases)}


def level(cases: Sequence[Case], last_seconds: float | None = None) -> Numbers:
    """Change of level in dB, mean over files."""
    changes = []
    for rate, noisy, _, out in cases:
        part = slice(None) if last_seconds is None else slice(-round(last_seconds * rate), None)
        changes.append(_db(out[:, part]) - _db(noisy[:, part]))
    return {"level, dB": float(np.mean(changes)), "worst, dB": float(np.min(changes))}


def onset(cases: Sequence[Case]) -> Numbers:
    """Level of the clean burst in the output's first 30 ms, by projection, less its own."""
    changes = []
    for rate, _, clean, out in cases:
        part = slice(*(round(second * rate) for second in ONSET_S))
        ours, theirs = out[0, part].astype(float), clean[0, part].astype(float)
        share = abs(float(ours @ theirs)) / float(theirs @ theirs)
        changes.append(20 * np.log10(max(share, 1e-3)))
    return {"level, dB": float(np.mean(changes)), "worst, dB": float(np.min(changes))}


def step_at_8_khz(cases: Sequence[Case]) -> Numbers:
    """How much less the pauses' hiss falls above 8 kHz than below it, in dB."""
    falls = []
    for rate, noisy, clean, out in cases:
        levels = _frame_levels(clean[0], rate)
        pause = np.repeat(levels < levels.max() - ACTIVE_DB, round(FRAME_S * rate))
        before, after = (_band_levels(sound[0, : pause.size][pause], rate) for sound in (noisy, out))
        if pause.sum() > rate // 4:
            falls.append(after - before)
    below, above = np.mean(falls, axis=0)
    return {"below, dB": float(below), "above, dB": float(above), "step, dB": float(above - below)}


def _band_levels(sound: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    power = np.abs(np.fft.rfft(sound)) ** 2
    frequency = np.fft.rfftfreq(sound.size, 1 / rate)
    sums = [power[(frequency > low) & (frequency < high)].sum() for low, high in BANDS_HZ]
    return 10 * np.log10(np.array(sums) + 1e-12)


def _frame_levels(sound: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    size = round(FRAME_S * rate)
    frames = sound[: sound.size // size * size].reshape(-1, size)
    return np.asarray(10 * np.log10(np.square(frames, dtype=np.float64).mean(1) + 1e-12))


def _db(sound: Sound) -> float:
    return float(10 * np.log10(np.square(sound, dtype=np.float64).mean() + 1e-12))


MEASURED: dict[str, Callable[[Sequence[Case]], Numbers]] = {
    "plain": without_lead,
    "low-snr": improvement,
    "telephone": improvement,
    **{f"highpass-{hz}": improvement for hz in (200, 250, 300, 400)},
    "rate-8000": improvement,
    "lead-silence": after_lead,
    "lead-hiss": after_lead,
    "lead-noise": after_lead,
    "clean-telephone": lost_speech,
    "clean-quiet": lost_speech,
    "whisper": lost_speech,
    "onset": onset,
    "vowel": lambda cases: level(cases, LAST_SECONDS),
    "music": level,
    "split": improvement,
    "hiss-48000": step_at_8_khz,
}


def markdown(result: dict[str, Any]) -> str:
    """Return the page: a table with a row for each number of each situation and a column for each system."""
    systems = result["systems"]
    rows = []
    for situation in MEASURED:
        names = dict.fromkeys(name for of in systems.values() for name in of.get(situation, {}))
        for name in names:
            values = [of.get(situation, {}).get(name) for of in systems.values()]
            if name == "failed" and not any(values):
                continue
            rows.append([situation, name, *("–" if value is None else f"{value:.2f}" for value in values)])
    parts = [
        table(["situation", "measure", *systems], rows),
        f"Made by `{result['command']}`",
        "worse: share of files whose SI-SDR falls by more than 1 dB; frames lost: share of speech frames that lose "
        "more than 6 dB; after a lead the gain is that of the first 3 s, to be compared with plain's first seconds.",
        *(f"Not compared: **{name}**, {why}" for name, why in result["absent"].items()),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as error:
        print(f"conditions: {error}", file=sys.stderr)
        sys.exit(2)
