"""Systems that take noise away, side by side on a folder of pairs: scores, paired differences, delay, speed and memory.

    python eval/enhancers/run.py data/pairs/develop/manifest.jsonl --model audiogan=runs/mine -o eval/results/enhancers
    python eval/enhancers/run.py manifest.jsonl --only RNNoise,DTLN --command 'sox=sox {in} {out} highpass 80' -o out
    python eval/enhancers/run.py manifest.jsonl --add-to out.json --model audiogan=runs/mine -o out

Writes OUT.md, OUT.json and OUT.png. What was enhanced, scored and timed is kept in the work folder and not done again.
README.md beside this tells the rest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alignment import Alignment, align
from earlier import pairs_sha256, read_earlier
from report import Comparison, as_text, markdown, picture
from running import Machine, enhance_set, found_in_folder
from scoring import NOISY, Result, score, together
from speed import Speed, measure, write_sounds
from systems import HERE, System, check_names, read_systems, system

from audiogan.data.manifest import PairRow, read_manifest
from audiogan.data.validation_pairs import some_of
from audiogan.errors import AudioganError
from audiogan.metrics.measures import measures_named
from audiogan.metrics.parallel import available_cores
from audiogan.writing import write_text


def main() -> int:
    """Enhance, align, score, time, write; returns the exit code, 1 if a system could not be run."""
    arguments = _arguments()
    rows = chosen_pairs(read_manifest(arguments.manifest), arguments.pairs)
    earlier = read_earlier(arguments.add_to) if arguments.add_to else None
    if earlier is not None:
        rows = earlier.rows_of(rows)
    systems = chosen_systems(arguments)
    wanted = arguments.measures or ",".join(earlier.measures if earlier else ("default", "dnsmos"))
    measures = measures_named([name.strip() for name in wanted.split(",") if name.strip()])
    machine = Machine(arguments.environments, arguments.time_limit, arguments.memory_limit)
    command = f"python eval/enhancers/run.py {shlex.join(sys.argv[1:])}"
    work = opened(arguments.work, arguments.manifest)

    results, speeds, absent = [], {}, {}
    if earlier is None:
        noisy = score(NOISY, {r.id: r.noisy for r in rows}, rows, measures, arguments.jobs, work / "noisy.json", NOISY)
        results.append(Result(NOISY, noisy))
    for each in systems:
        try:
            folder = folder_of(each, work)
            results.append(assess(each, rows, folder, measures, arguments.jobs, machine))
            if not arguments.skip_speed and each.folder is None:
                speeds[each.name] = timed(each, rows, work, folder, 60 * arguments.long_minutes, machine)
        except AudioganError as mistake:
            absent[each.name] = str(mistake)
            print(f"run: {each.name}: {mistake}", file=sys.stderr)

    code = 1 if absent else 0
    if earlier is not None:
        results, speeds, absent, command = earlier.with_new(results, speeds, absent, command, measures)
    ours = arguments.ours if arguments.ours in [result.name for result in results] else None
    conditions = {row.id: row.conditions or {} for row in rows}
    scored = together(results, rows, measures)
    told = Comparison(scored, measures, results, speeds, ours, absent, command, conditions, pairs_sha256(rows))
    page = markdown(told)
    write_text(Path(f"{arguments.out}.md"), page)
    write_text(Path(f"{arguments.out}.json"), as_text(told, [f"{name}: {why}" for name, why in absent.items()]))
    picture(told, Path(f"{arguments.out}.png"))
    print(page)
    return code


def chosen_pairs(rows: list[PairRow], count: int | None) -> list[PairRow]:
    """All pairs, or `count` of them, drawn.

    Raises:
        AudioganError: their sample rates differ, or the count is below 1.
    """
    if count is not None and count < 1:
        raise AudioganError(f"--pairs {count}: give 1 or more.")
    rows = rows if count is None else some_of(rows, count)
    rates = sorted({row.sample_rate for row in rows})
    if len(rates) > 1:
        raise AudioganError(f"the pairs have several sample rates ({rates} Hz). Compare one rate at a time.")
    return rows


def chosen_systems(arguments: argparse.Namespace) -> list[System]:
    """The systems of the file that `--only` leaves, and those of the command line, ours first.

    Raises:
        AudioganError: one is badly described, unknown, or takes another's name; or there is none.
    """
    listed = read_systems(arguments.systems)
    only = "" if arguments.only is None and arguments.add_to else arguments.only
    if only is not None:
        wanted = [name.strip() for name in only.split(",") if name.strip()]
        known = {each.name: each for each in listed}
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise AudioganError(
                f"--only: there is no {unknown[0]!r} in {arguments.systems}. Known: {', '.join(known)}."
            )
        listed = [known[name] for name in wanted]
    for kind in ("model", "folder", "command"):
        for words in getattr(arguments, kind):
            name, separator, what = words.partition("=")
            if not (name and separator and what):
                raise AudioganError(f"--{kind} {words}: NAME=… is wanted.")
            listed.append(system(name, where=f"--{kind}", **{kind: what}))
    if not listed:
        raise AudioganError("no system is named: give --model, --folder or --command, or leave --only.")
    check_names(listed)
    return sorted(listed, key=lambda each: each.name != arguments.ours)


def opened(work: Path, manifest: Path) -> Path:
    """The work folder, made if need be.

    Raises:
        AudioganError: it holds what was done with another manifest.
    """
    stamp = work / "manifest.sha256"
    sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8").strip() != sha256:
        raise AudioganError(f"{work} holds work on other pairs than {manifest}. Give another folder by --work.")
    write_text(stamp, f"{sha256}\n")
    return work


def folder_of(each: System, work: Path) -> Path:
    """A system's part of the work folder, emptied where the system has changed since."""
    folder = work / each.slug
    stamp = folder / "fingerprint"
    if stamp.exists() and stamp.read_text(encoding="utf-8") != each.fingerprint:
        print(f"{each.name}: it has changed, and is run anew", flush=True)
        shutil.rmtree(folder)
    write_text(stamp, each.fingerprint)
    return folder


def assess(
    each: System, rows: Sequence[PairRow], folder: Path, measures: Sequence[str], jobs: int, machine: Machine
) -> Result:
    """Enhance, align and score.

    Raises:
        AudioganError: the system cannot be run at all.
    """
    files, alignment, failed = enhance_and_align(each, rows, folder, machine)
    scores = score(each.name, files, rows, measures, jobs, folder / "scores.json", alignment.delay)
    return Result(each.name, scores, alignment, tuple(failed.items()))


def enhance_and_align(
    each: System, rows: Sequence[PairRow], folder: Path, machine: Machine
) -> tuple[dict[str, Path], Alignment, dict[str, str]]:
    """The system's aligned file by the pair's id, how it was aligned, and why pairs have none.

    Raises:
        AudioganError: the system cannot be run at all.
    """
    failed: dict[str, str] = {}
    if each.folder is not None:
        made = found_in_folder(each.folder, rows)
    else:
        failed = enhance_set(each, rows, folder / "enhanced", machine)
        files = {row.id: folder / "enhanced" / f"{row.id}.wav" for row in rows}
        made = {id: path for id, path in files.items() if path.exists()}
        if not made:
            raise AudioganError(f"not one file could be enhanced, for instance: {next(iter(failed.values()))}")
    alignment = _aligned(rows, made, folder)
    failed |= alignment.unread
    failed |= {row.id: "no file" for row in rows if row.id not in made and row.id not in failed}
    return {id: folder / "aligned" / f"{id}.wav" for id in alignment.delays}, alignment, failed


def timed(
    each: System, rows: Sequence[PairRow], work: Path, folder: Path, long_seconds: float, machine: Machine
) -> Speed:
    """The system's speed, measured once for the same long file and limits."""
    kept = folder / "speed.json"
    key = [long_seconds, machine.seconds, machine.megabytes]
    if kept.exists():
        told: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if told["key"] == key:
            return Speed(**{**told["speed"], "remarks": tuple(told["speed"]["remarks"])})
    print(f"{each.name}: timing", flush=True)
    speed = measure(each, write_sounds(rows, work / "sounds", long_seconds), long_seconds, machine)
    write_text(kept, json.dumps({"key": key, "speed": speed.told()}))
    return speed


def _aligned(rows: Sequence[PairRow], made: dict[str, Path], folder: Path) -> Alignment:
    kept = folder / "alignment.json"
    key = {id: path.stat().st_mtime_ns for id, path in made.items()}
    if kept.exists():
        told = json.loads(kept.read_text(encoding="utf-8"))
        if told["key"] == key:
            return Alignment(**{**told["alignment"], "rates": tuple(told["alignment"]["rates"])})
    alignment = align(rows, made, folder / "aligned")
    write_text(kept, json.dumps({"key": key, "alignment": asdict(alignment)}))
    return alignment


def add_shared_arguments(parser: argparse.ArgumentParser, work: str) -> None:
    """Which systems on which pairs, what is kept where, what a system may take; `work` is the default of --work."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    add = parser.add_argument
    add("manifest", type=Path, help="a manifest.jsonl")
    add("-o", "--out", required=True, help="where the results go: OUT.md, OUT.json and so on")
    add("--systems", type=Path, default=HERE / "systems.yaml", metavar="FILE", help="systems (default: systems.yaml)")
    add("--only", metavar="NAMES", help="of that file only these, separated by commas; '' for none")
    add("--model", action="append", default=[], metavar="NAME=MODEL", help="a run, checkpoint or bundle of audiogan")
    add("--folder", action="append", default=[], metavar="NAME=DIR", help="files that were enhanced elsewhere")
    add("--command", action="append", default=[], metavar="NAME=WORDS", help="a command with {in} and {out}")
    add("--add-to", type=Path, metavar="JSON", help="an OUT.json of the same pairs, whose systems are not run again")
    add("--ours", default="audiogan", metavar="NAME", help="the system of the first row (default: audiogan)")
    add("--work", type=Path, default=Path(work), metavar="DIR", help=f"what is kept (default: {work})")
    add("--environments", type=Path, default=cache / "audiogan" / "enhancers", metavar="DIR", help="of the packages")
    add("--time-limit", type=float, default=900, metavar="S", help="seconds that one command may take (default: 900)")
    add("--memory-limit", type=float, default=8000, metavar="MB", help="memory that it may hold (8000; 0: any)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shared_arguments(parser, "runs/enhancers")
    add = parser.add_argument
    add("--measures", help="as of audiogan eval (default: default,dnsmos, or those of --add-to)")
    add("--pairs", type=int, metavar="N", help="only N pairs, always the same ones, drawn")
    add("--jobs", type=int, default=available_cores(), metavar="N", help="processes that score (default: one a core)")
    add("--skip-speed", action="store_true", help="measure no speed and memory")
    add("--long-minutes", type=float, default=30, metavar="M", help="length of the long file (default: 30)")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"run: {mistake}", file=sys.stderr)
        sys.exit(2)
