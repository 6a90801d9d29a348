"""A folder of noisy/clean pairs: built by several processes, going on where it stopped, with a manifest at the end."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from audiogan.audio.files import describe
from audiogan.data.manifest import PairRow, read_rows, row_line, write_manifest
from audiogan.data.pairs import Outcome, PairBuilder, PairOptions
from audiogan.data.recordings import lower_rate_remark
from audiogan.data.sources import UNKNOWN, Source, find_sources, fingerprint
from audiogan.errors import AudioganError, explain_os_error
from audiogan.writing import remove_stale, write_text

MANIFEST = "manifest.jsonl"
SETTINGS = "prep.json"
UNFINISHED = "unfinished.jsonl"
# Raised when the same options begin to give other pairs, so that a folder never holds pairs of two kinds.
VERSION = 1
# Half an hour is 115 MB in each process at 16 kHz.
MOST_NOISE_IN_MEMORY_S = 1800

Task = tuple[int, PairRow | None]


@dataclass
class Built:
    """What a run of `build_pairs` did.

    Args:
        manifest: the file it wrote.
        pairs: how many pairs there are now; `kept` of them were there before.
        seconds: length of the pairs made by this run; both sides of a pair count once.
        cpu_seconds: what making them cost, over all processes.
        unusable: recordings that were passed over: file to reason.
        without_licence: recordings in the pairs whose licence is not known.
        remark: one sentence on recordings of a lower sample rate than the pairs; None where there are none.
    """

    manifest: Path
    pairs: int = 0
    kept: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    unusable: dict[str, str] = field(default_factory=dict)
    without_licence: int = 0
    remark: str | None = None

    @property
    def times_real_time(self) -> float:
        """Seconds of pairs made in a second of one core."""
        return self.seconds / self.cpu_seconds if self.cpu_seconds > 0 else 0.0


def build_pairs(
    clean: list[Path],
    noise: list[Path],
    out: Path,
    options: PairOptions | None = None,
    jobs: int = 1,
    clean_licence: str | None = None,
    noise_licence: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Built:
    """Write OUT/clean/ID.wav, OUT/noisy/ID.wav and OUT/manifest.jsonl from folders of clean speech and of noise.

    Called again after an interruption it keeps the pairs that are whole and makes the others; the result is the same,
    byte for byte, as without one and for any `jobs`. Recordings that cannot be used are passed over and told.

    Args:
        clean: folders of clean speech.
        noise: folders of noise.
        out: folder of the pairs: new, empty, or begun with the same options and recordings.
        options: what pairs to make.
        jobs: number of processes; more than one needs a main module that can be imported.
        clean_licence: licence of speech about which nothing is found beside it.
        noise_licence: licence of noise about which nothing is found beside it.
        progress: told how many of how many pairs are done.

    Raises:
        AudioganError: a folder is missing or holds no sound, `out` holds something else or cannot be written, another
            process is writing there, or no recording is usable.
    """
    if jobs < 1:
        raise AudioganError(f"{jobs} processes: give 1 or more")
    _check_apart(out, [*clean, *noise])
    speech, noises = find_sources(clean, clean_licence), find_sources(noise, noise_licence)
    builder = PairBuilder(options or PairOptions(), out, speech, noises, _fits_in_memory(noises))
    _claim(out, builder)
    built = Built(out / MANIFEST)
    with _journal(out) as journal:
        known = _known_rows(out)
        rows = []
        tasks = [(index, known.get(index)) for index in range(len(builder))]
        for done, outcome in enumerate(_outcomes(builder, tasks, jobs), 1):
            built.unusable.update(outcome.unusable)
            built.cpu_seconds += outcome.cpu_seconds
            if outcome.row is not None:
                rows.append(outcome.row)
                if outcome.kept:
                    built.kept += 1
                else:
                    built.seconds += outcome.row.samples / outcome.row.sample_rate
                    _append(journal, row_line(outcome.row, out), out)
            progress(done, len(tasks))
        if not rows:
            for leaving in (SETTINGS, UNFINISHED):  # so that other recordings can be tried in the same place
                (out / leaving).unlink()
            first = next(iter(built.unusable.items()))
            raise AudioganError(
                f"no pair could be made: none of the {len(builder.speech)} clean recordings was usable with the noise, "
                f"for instance {first[0]}: {first[1]}"
            )
        write_manifest(built.manifest, rows)
        (out / UNFINISHED).unlink()
    built.pairs = len(rows)
    ingredients = {part.source: part for row in rows for part in (row.speech, *row.noise) if part is not None}
    built.without_licence = sum(part.licence == UNKNOWN for part in ingredients.values())
    built.remark = lower_rate_remark(
        {source: part.source_rate for source, part in ingredients.items()}, builder.options.sample_rate
    )
    return built


def _check_apart(out: Path, sources: list[Path]) -> None:
    place = out.resolve()
    for folder in sources:
        there = folder.resolve()
        if place == there or place in there.parents or there in place.parents:
            raise AudioganError(f"{out}: pairs and the recordings in {folder} would mix. Choose a place apart from it.")


def _fits_in_memory(noises: list[Source]) -> bool:
    seconds = 0.0
    for source in noises:
        with suppress(AudioganError):  # a file that is not sound is told of when a pair would be made with it
            seconds += describe(source.path).seconds
        if seconds > MOST_NOISE_IN_MEMORY_S:
            return False
    return True


def _claim(out: Path, builder: PairBuilder) -> None:
    """Leave the options in a new folder; in one that was begun, see that they are the same."""
    wanted = {
        "version": VERSION,
        **asdict(builder.options),
        "clean_recordings": len(builder.speech),
        "clean_fingerprint": fingerprint(builder.speech),
        "noise_recordings": len(builder.noise),
        "noise_fingerprint": fingerprint(builder.noise),
    }
    wanted = json.loads(json.dumps(wanted))
    settings = out / SETTINGS
    if settings.is_file():
        _check_same(out, _read_settings(settings), wanted)
    elif out.exists() and not out.is_dir():
        raise AudioganError(f"{out}: a folder is wanted for the pairs, and this is a file. Choose another place.")
    elif out.exists() and any(out.iterdir()):
        raise AudioganError(f"{out}: holds something else than pairs of audiogan prep. Choose a new or empty folder.")
    else:
        write_text(settings, json.dumps(wanted, indent=2) + "\n")


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        settings = None
    if not isinstance(settings, dict):
        raise AudioganError(f"{path}: not the options of an audiogan prep. Choose a new folder for the pairs.")
    return settings


def _check_same(out: Path, begun: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key, value in wanted.items():
        if begun.get(key) == value:
            continue
        what = f"with {key} {begun.get(key)}, and now it is {value}"
        if key.endswith(("_recordings", "_fingerprint")):
            what = f"from other {key.split('_')[0]} recordings (files were added, removed or changed since)"
        raise AudioganError(f"{out}: was begun {what}. Choose a new folder, or the options it was begun with.")


@contextmanager
def _journal(out: Path) -> Iterator[TextIO]:
    """The rows of pairs as they are finished. Who holds it is the only one who writes in the folder."""
    try:
        with (out / UNFINISHED).open("a", encoding="utf-8") as journal:
            try:
                fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise AudioganError(f"{out}: another audiogan prep is writing here. Wait for it, or stop it.") from None
            _remove_temporary(out)
            yield journal
            _remove_temporary(out)  # again: processes of a killed run may have lived on for a moment
    except OSError as error:
        raise AudioganError(f"{out}: cannot be written: {explain_os_error(error)}") from None


def _remove_temporary(out: Path) -> None:
    for side in ("clean", "noisy"):
        remove_stale(out / side, alone=True)


def _append(journal: TextIO, line: str, out: Path) -> None:
    try:
        journal.write(line)
        journal.flush()
    except OSError as error:
        raise AudioganError(f"{out}: cannot be written: {explain_os_error(error)} The same command goes on.") from None


def _known_rows(out: Path) -> dict[int, PairRow]:
    """The pairs of earlier runs by their number: of a finished one, of an interrupted one, or of both."""
    rows = read_rows(out / MANIFEST) if (out / MANIFEST).is_file() else []
    rows += read_rows(out / UNFINISHED, skip_broken_end=True)
    return {int(row.id.split("-")[0]): row for row in rows}


def _outcomes(builder: PairBuilder, tasks: list[Task], jobs: int) -> Iterator[Outcome]:
    """What became of each task, in their order."""
    if jobs == 1:
        yield from (builder.build(*task) for task in tasks)
        return
    # Forked processes would share locks with threads of whoever calls; started anew they share nothing.
    context = multiprocessing.get_context("spawn")
    chunk = max(1, min(16, len(tasks) // (4 * jobs)))
    with ProcessPoolExecutor(jobs, context, initializer=_begin_worker, initargs=(builder,)) as pool:
        try:
            with _interrupt_held_back():
                outcomes = pool.map(_build, tasks, chunksize=chunk)
            yield from outcomes
        except BrokenProcessPool:
            raise AudioganError(
                "a process that made pairs was ended (out of memory?). The same command goes on; give it fewer --jobs."
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Processes started in here never see Ctrl-C: it is for their parent, which lets the pairs in hand be finished."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_builder: PairBuilder | None = None


def _begin_worker(builder: PairBuilder) -> None:
    global _builder
    _builder = builder
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Without this a worker whose parent was killed would wait for tasks for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _build(task: Task) -> Outcome:
    assert _builder is not None
    return _builder.build(*task)
