"""Enhance files by one adapter, in the environment of the package that it adapts.

    ENVIRONMENT/bin/python adapter.py NAME JOB.json

`run.py` starts this. It needs no more than numpy, soundfile and soxr beside the package. The job names pairs of files
(`files`), the arguments of the adapter's `load` (`options`), how often each file is enhanced (`repeat`, for timing) and
where a line of JSON about each file goes (`report`). A file that the package fails on is told there and left out.

An adapter is a module of `adapters/` with `RATE`, the sample rate that the package works at in Hz (None: any), and
`load(**options)`, which returns `start`: called once for each channel of each recording, it gives a function from
float32 `[samples]` and their rate to the enhanced samples. What a package keeps between blocks is made in `start`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Enhance = Callable[[Any, int], Any]


def main() -> int:
    """Do a job."""
    name, job_path = sys.argv[1:]
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    began = time.perf_counter()
    adapter = importlib.import_module(f"adapters.{name}")
    start = adapter.load(**job["options"])
    loading = time.perf_counter() - began
    with open(job["report"], "w", encoding="utf-8") as report:
        for source, destination in job["files"]:
            try:
                told = enhance_file(start, adapter.RATE, Path(source), Path(destination), job["repeat"])
            except Exception as error:  # whatever a package raises costs a file, not the rest
                told = {"error": f"{type(error).__name__}: {error}"}
            report.write(json.dumps({"file": source, "loading_seconds": loading, **told}) + "\n")
            report.flush()
    return 0


def enhance_file(
    start: Callable[[], Enhance], rate_wanted: int | None, source: Path, destination: Path, repeat: int
) -> dict[str, Any]:
    """Enhance a file, each channel by itself, and tell how long that took; resampling is counted, loading is not."""
    import numpy as np
    import soundfile

    sound, rate = soundfile.read(source, dtype="float32", always_2d=True)
    wall, processor = [], []
    for _ in range(repeat):
        ready = [start() for _ in range(sound.shape[1])]
        began = time.perf_counter(), time.process_time()
        enhanced = [
            np.asarray(_at_rate(enhance, channel, rate, rate_wanted or rate), np.float32)
            for enhance, channel in zip(ready, sound.T, strict=True)
        ]
        wall.append(time.perf_counter() - began[0])
        processor.append(time.process_time() - began[1])
    beside = destination.with_name(f"{destination.name}.tmp-{os.getpid()}")
    soundfile.write(beside, np.stack(enhanced, axis=1), rate, format="WAV", subtype="FLOAT")
    os.replace(beside, destination)
    return {"sound_seconds": len(sound) / rate, "wall_seconds": wall, "processor_seconds": processor}


def _at_rate(enhance: Enhance, channel: Any, rate: int, wanted: int) -> Any:
    import numpy as np

    channel = np.ascontiguousarray(channel)
    if rate == wanted:
        return enhance(channel, rate)
    import soxr

    return soxr.resample(np.asarray(enhance(soxr.resample(channel, rate, wanted), wanted), np.float32), wanted, rate)


if __name__ == "__main__":
    sys.exit(main())
