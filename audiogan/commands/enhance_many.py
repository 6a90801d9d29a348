"""`audiogan enhance` for several files: processes, progress, and what became of each file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.errors import AudioganError
from audiogan.progress import bar

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    from audiogan.audio.processing import FileOptions, ProcessedFile
    from audiogan.enhance import Enhancer

LONG = 60.0  # seconds of sound from which on a progress bar, or one more process, is worth its start
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class ModelOptions:
    """The model and how it is applied, as `Enhancer.from_pretrained` takes it."""

    model: str
    options: tuple[tuple[str, Any], ...]

    def load(self) -> Enhancer:
        """Load the model."""
        from audiogan.enhance import Enhancer

        return Enhancer.from_pretrained(self.model, **dict(self.options))


@dataclass(frozen=True)
class Task:
    """One file to enhance."""

    source: Path
    destination: Path
    model: ModelOptions
    options: FileOptions | None = None


@dataclass(frozen=True)
class Result:
    """What became of a file: the header of the source, or the reason why it could not be enhanced."""

    task: Task
    info: ProcessedFile | None = None
    problem: str = ""


def limit_blas() -> None:
    """Let NumPy use one thread, unless the user has set a number; call it before NumPy is imported.

    Matrices are small here: several threads wait for each other longer than they work.
    """
    os.environ.setdefault(THREAD_VARIABLES[0], "1")


def enhance_many(
    tasks: Sequence[Task], enhancer: Enhancer, jobs: int | None, device: str, done: Callable[[Result], None]
) -> list[Result]:
    """Enhance files, each in one process with one thread.

    Args:
        tasks: the files.
        enhancer: the model of all of them, used where there is only one process.
        jobs: number of processes; all cores if None, fewer where there is little sound, one on other devices than the
            CPU.
        device: where the model runs.
        done: called with each result as it is there.

    Returns:
        The results in the order of the tasks.
    """
    from audiogan.metrics.parallel import run_all

    seconds = [_seconds(task.source) for task in tasks]
    jobs = _processes(jobs, device, len(tasks), sum(seconds))
    results: dict[int, Result] = {}
    with bar(f"enhancing {len(tasks)} files", sum(seconds), counts=False, shown=sum(seconds) >= LONG) as shown:
        if jobs == 1:
            for index, task in enumerate(tasks):
                results[index] = _enhance(enhancer, task, shown.advance)
                done(results[index])
        else:
            from multiprocessing import get_context

            counter = get_context("spawn").Value("d", 0.0)
            total = sum(seconds)
            work = run_all(
                _enhance_in_process, tasks, jobs, _lost, partial(_begin, counter),
                lambda: shown.reach(counter.value, total),
            )  # fmt: skip
            for index, result in work:
                results[index] = result
                done(result)
    return [results[index] for index in range(len(tasks))]


def _processes(jobs: int | None, device: str, files: int, seconds: float) -> int:
    if jobs is not None:
        return min(jobs, files)
    if device != "cpu":
        return 1
    from audiogan.metrics.parallel import available_cores

    return max(1, min(available_cores(), files, int(seconds // LONG)))


def _seconds(path: Path) -> float:
    from audiogan.audio.files import describe

    try:
        return describe(path).seconds
    except AudioganError:
        return 0.0  # the reason is reported when the file's turn comes


def _enhance(enhancer: Enhancer, task: Task, progress: Callable[[float], None]) -> Result:
    try:
        return Result(task, enhancer.enhance_file(task.source, task.destination, progress, task.options))
    except AudioganError as error:
        return Result(task, problem=str(error))


def _lost(task: Task) -> Result:
    problem = f"{task.source}: its process was ended by the system (out of memory?). Use fewer --jobs."
    return Result(task, problem=problem)


_counter: Synchronized[float] | None = None
_loaded: dict[ModelOptions, Enhancer] = {}


def _begin(counter: Synchronized[float]) -> None:
    global _counter
    _counter = counter
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"


def _enhance_in_process(task: Task) -> Result:
    if task.model not in _loaded:
        _loaded[task.model] = task.model.load()
    return _enhance(_loaded[task.model], task, _count)


def _count(seconds: float) -> None:
    if _counter is not None:
        with _counter.get_lock():
            _counter.value += seconds
