"""What systems do to sound that they must not harm: clean speech, silence, noise alone, music.

    python eval/enhancers/harm.py data/enhancement/special/manifest.jsonl --model audiogan=runs/mine -o out
    python eval/enhancers/harm.py data/enhancement/special/manifest.jsonl --add-to out.json --only RNNoise -o out

The sounds are those of `special` that data_prep/enhancement_sets.py makes; systems are chosen as for run.py. The table
tells PESQ of what came out against the clean speech that went in, how loud the loudest second is that came out where
silence went in (-70 dB at most), and by how much at most a second of noise or music came out louder than it went in.
Writes OUT.md and OUT.json.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from earlier import pairs_sha256, read_json
from numpy.typing import NDArray
from report import table
from run import add_shared_arguments, chosen_systems, enhance_and_align, folder_of, opened
from running import Machine

from audiogan.audio.files import read
from audiogan.audio.level import rms_db
from audiogan.data.manifest import PairRow, read_manifest
from audiogan.errors import AudioganError
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.table import Item, score_items
from audiogan.writing import write_text

LEAST_PESQ = 4.0
MOST_LOUDER_DB = 0.1
QUIET_DB = -70.0  # a second below it counts as silence: what comes out is compared with this
BLOCK_SECONDS = 1.0
KINDS = "speech", "silence", "noise", "music"
KEYS = {"command", "pairs_sha256", "systems", "absent"}


@dataclass(frozen=True)
class Harm:
    """What a system did. What is None could not be had: there was no such sound, or no file.

    Args:
        pesq: of the speech that came out against what went in, by file.
        speech_level_db: median over files of the change of its RMS level.
        silence_db: level of the loudest second that came out of silence; None too if not one sample sounded.
        louder_db: of noise and of music, the largest rise of a second's level.
        louder: how many seconds rose by more than 0.1 dB; beside it how many there are.
        seconds: how many seconds of noise and of music there are.
        failed: why files are missing.
    """

    pesq: dict[str, float]
    speech_level_db: float | None
    silence_db: float | None
    louder_db: dict[str, float]
    louder: dict[str, int]
    seconds: dict[str, int]
    failed: dict[str, str]


def main() -> int:
    """Enhance, compare, write; returns the exit code, 1 if a system could not be run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shared_arguments(parser, "runs/enhancers_harm")
    arguments = parser.parse_args()
    rows = special_rows(arguments.manifest)
    earlier = read_json(arguments.add_to, KEYS) if arguments.add_to else None
    if earlier is not None and earlier["pairs_sha256"] != pairs_sha256(rows):
        raise AudioganError(f"{arguments.add_to}: its sounds are not those of the manifest. Compare on the same.")
    systems = chosen_systems(arguments)
    machine = Machine(arguments.environments, arguments.time_limit, arguments.memory_limit)
    work = opened(arguments.work, arguments.manifest)
    told: dict[str, dict[str, Any]] = {}
    absent: dict[str, str] = {}
    for each in systems:
        try:
            files, _, failed = enhance_and_align(each, rows, folder_of(each, work), machine)
            told[each.name] = asdict(harm(rows, files, failed))
        except AudioganError as mistake:
            absent[each.name] = str(mistake)
            print(f"harm: {each.name}: {mistake}", file=sys.stderr)
    command = f"python eval/enhancers/harm.py {shlex.join(sys.argv[1:])}"
    whole = {"command": command, "pairs_sha256": pairs_sha256(rows), "systems": told, "absent": absent}
    if earlier is not None:
        kept = {name: of for name, of in earlier["systems"].items() if name not in told}
        whole["command"] = f"{earlier['command']} && {command}"
        whole["systems"] = told | kept
        whole["absent"] = {name: why for name, why in earlier["absent"].items() if name not in told} | absent
    page = markdown(whole, rows)
    write_text(Path(f"{arguments.out}.md"), page)
    write_text(Path(f"{arguments.out}.json"), json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    print(page)
    return 1 if absent else 0


def special_rows(manifest: Path) -> list[PairRow]:
    """The sounds of a manifest.

    Raises:
        AudioganError: of one it is not said whether it is speech, silence, noise or music.
    """
    rows = read_manifest(manifest)
    for row in rows:
        if kind_of(row) not in KINDS:
            raise AudioganError(
                f"{manifest}, {row.id}: its conditions do not say the kind ({', '.join(KINDS)}). "
                "Give the manifest of 'special' that data_prep/enhancement_sets.py makes."
            )
    return rows


def kind_of(row: PairRow) -> str | None:
    """Speech, silence, noise or music."""
    return (row.conditions or {}).get("kind")


def harm(rows: Sequence[PairRow], files: dict[str, Path], failed: dict[str, str]) -> Harm:
    """What a system did, by its aligned files."""
    made = {kind: [row for row in rows if kind_of(row) == kind and row.id in files] for kind in KINDS}
    items = [Item(row.id, row.clean, {"out": files[row.id]}) for row in made["speech"]]
    scores = {item.name: item.scores["out"]["pesq_wide"] for item in score_items(items, ["pesq_wide"])}
    changes = [level_of(files[row.id]) - level_of(row.clean) for row in made["speech"]]
    silences = [after for row in made["silence"] for _, after in seconds_of(row.clean, files[row.id])]
    rises = {
        kind: [
            after - max(before, QUIET_DB)
            for row in made[kind]
            for before, after in seconds_of(row.clean, files[row.id])
        ]
        for kind in ("noise", "music")
    }
    loudest = max(silences, default=-np.inf)
    finite = [change for change in changes if np.isfinite(change)]
    return Harm(
        pesq={name: score for name, score in scores.items() if not isinstance(score, NotMeasurable)},
        speech_level_db=median(finite) if finite else None,
        silence_db=loudest if np.isfinite(loudest) else None,
        louder_db={kind: max(of) for kind, of in rises.items() if of and np.isfinite(max(of))},
        louder={kind: sum(rise > MOST_LOUDER_DB for rise in of) for kind, of in rises.items()},
        seconds={kind: len(of) for kind, of in rises.items()},
        failed=failed | {name: str(score) for name, score in scores.items() if isinstance(score, NotMeasurable)},
    )


def seconds_of(before: Path, after: Path) -> Iterator[tuple[float, float]]:
    """RMS levels of each second of two files of one length, in dB; -inf for silence. What fills no second is left."""
    (one, rate), (other, _) = read(before), read(after)
    size = round(BLOCK_SECONDS * rate)
    for first in range(0, one.shape[1] - size + 1, size):
        yield rms_db(one[:, first : first + size]), rms_db(other[:, first : first + size])


def level_of(path: Path) -> float:
    """RMS level of a file, in dB."""
    sound: NDArray[np.float32] = read(path)[0]
    return rms_db(sound)


def markdown(whole: dict[str, Any], rows: Sequence[PairRow]) -> str:
    """The page."""
    counts = {kind: sum(kind_of(row) == kind for row in rows) for kind in KINDS}
    head = [
        "system", "clean speech: PESQ, mean", "lowest", f"files below {LEAST_PESQ:g}", "its level, dB",
        "silence: loudest second, dB", "noise: louder by at most, dB", "seconds louder",
        "music: louder by at most, dB", "seconds louder", "failed",
    ]  # fmt: skip
    lines = [_line(name, Harm(**of)) for name, of in whole["systems"].items()]
    parts = [
        f"{counts['speech']} files of clean speech, {counts['silence']} of silence (none of it over {QUIET_DB:g} dB), "
        f"{counts['noise']} of noise, {counts['music']} of music.",
        table(head, lines),
        f"Made by `{whole['command']}`",
        f"PESQ wide band of the output, its delay taken out, against the input. A second counts as louder from "
        f"{MOST_LOUDER_DB:g} dB on; one that is quieter than {QUIET_DB:g} dB is compared with that.",
        *(f"Not compared: **{name}**, {why}" for name, why in whole["absent"].items()),
    ]
    return "\n\n".join(parts) + "\n"


def _line(name: str, of: Harm) -> list[str]:
    scores = list(of.pesq.values())
    below = sum(score < LEAST_PESQ for score in scores)
    cells = [name, *((f"{mean(scores):.2f}", f"{min(scores):.2f}", f"{below} of {len(scores)}") if scores else "–––")]
    cells.append("–" if of.speech_level_db is None else f"{of.speech_level_db:+.1f}")
    cells.append("silent" if of.silence_db is None else f"{of.silence_db:.1f}")
    for kind in ("noise", "music"):
        cells.append(f"{of.louder_db[kind]:+.2f}" if kind in of.louder_db else "–")
        cells.append(f"{of.louder[kind]} of {of.seconds[kind]}")
    return [*cells, str(len(of.failed))]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"harm: {mistake}", file=sys.stderr)
        sys.exit(2)
