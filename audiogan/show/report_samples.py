"""The fixed samples of a run through its training: sounds to play, pictures as a filmstrip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audiogan.show.clips import MOST_BYTES, picture, sound, strip
from audiogan.show.page import Html, joined, tag
from audiogan.show.run_record import RunRecord

MOST_SHOWN_STEPS = 6
MOST_ITEMS = 3  # noisy recordings of an enhancer
MOST_SOUNDS = 6  # of a generator, through training; all of the last step are shown
MOST_LAST = 24
BUDGET = 2_500_000  # bytes of sound in a page


def samples(record: RunRecord) -> Html:
    """What was kept of validations, through training; empty where nothing was."""
    steps = record.sample_steps()
    if not steps:
        return Html("")
    last = list(steps.values())[-1]
    if any((record.folder / "samples").glob("*.flac")):
        return _enhanced(record.folder / "samples", steps)
    if any(last.glob("*.flac")):
        return _generated(steps)
    return _filmstrips(steps)


def last_samples(record: RunRecord, most: int) -> list[Html]:
    """A few figures of a run's last samples, to stand beside another run's."""
    steps = record.sample_steps()
    if not steps:
        return []
    step, folder = list(steps.items())[-1]
    sounds = sorted(folder.glob("*.flac"))[:most]
    if sounds:
        return [sound(path, f"{record.name}, {path.stem}, step {step:,}") for path in sounds]
    return [picture(path, f"{record.name}, step {step:,}") for path in sorted(folder.glob("*.png"))[:1]]


def shown_steps(steps: Sequence[int], most: int) -> list[int]:
    """The first, the last, and evenly between them as many as there may be."""
    if len(steps) <= most:
        return list(steps)
    if most == 1:
        return [steps[-1]]
    return [steps[round(n * (len(steps) - 1) / (most - 1))] for n in range(most)]


def _enhanced(given: Path, steps: dict[int, Path]) -> Html:
    """Each recording: noisy, enhanced through training, clean. They go on from the same instant when switched."""
    items = sorted({path.name.rsplit(".", 2)[0] for path in given.glob("*.flac")})[:MOST_ITEMS]
    parts = [
        tag(
            "p",
            "Switch while one plays: the next goes on from the same instant. All spectrograms have the same scale: "
            "time to the right, frequency upwards to half the sample rate, 80 dB from black to bright.",
        )
    ]
    most = _affordable(
        sum(_size(path) for item in items for path in given.glob(f"{item}.*.flac")),
        [sum(_size(p) for item in items for p in folder.glob(f"{item}.*.flac")) for folder in steps.values()],
    )
    for item in items:
        sides = {path.name.rsplit(".", 2)[1]: path for path in sorted(given.glob(f"{item}.*.flac"))}
        before = [sound(path, name, group=item) for name, path in sides.items() if name != "clean"]
        after = [sound(path, name, group=item) for name, path in sides.items() if name == "clean"]
        made = [
            sound(path, f"step {step:,}", group=item)
            for step in shown_steps(list(steps), most)
            for path in sorted(steps[step].glob(f"{item}.*.flac"))
        ]
        parts += [tag("h3", item), strip([*before, *made, *after])]
    return tag("div", joined(parts), class_="sounds")


def _generated(steps: dict[int, Path]) -> Html:
    """The first sounds from the same latents through training, then all of the last step."""
    last_step, last = list(steps.items())[-1]
    names = [path.name for path in sorted(last.glob("*.flac"))]
    through = names[:MOST_SOUNDS]
    most = _affordable(
        sum(_size(last / name) for name in names[:MOST_LAST]),
        [sum(_size(folder / name) for name in through) for folder in steps.values()],
    )
    chosen = shown_steps(list(steps), most)
    parts = [
        tag("p", "Each row is one latent, from early to late. All spectrograms have the same scale: time to the right, "
            "frequency upwards to half the sample rate, 80 dB from black to bright."),
    ]  # fmt: skip
    for name in through if len(chosen) > 1 else []:
        figures = [
            sound(steps[step] / name, f"{Path(name).stem}, step {step:,}")
            for step in chosen
            if (steps[step] / name).exists()
        ]
        parts.append(strip(figures))
    parts.append(tag("h3", f"Step {last_step:,}: {min(len(names), MOST_LAST)} sounds"))
    parts.append(strip([sound(last / name, Path(name).stem) for name in names[:MOST_LAST]], wrapped=True))
    return tag("div", joined(parts), class_="sounds")


def _filmstrips(steps: dict[int, Path]) -> Html:
    names = sorted({path.name for folder in steps.values() for path in folder.glob("*.png")})
    parts = []
    for name in names:
        having = [step for step, folder in steps.items() if (folder / name).exists()]
        chosen = shown_steps(having, MOST_SHOWN_STEPS)
        parts.append(strip([picture(steps[step] / name, f"{Path(name).stem}, step {step:,}") for step in chosen]))
    return tag("div", tag("p", "The same latents, from early to late."), joined(parts))


def _affordable(always: int, each: Sequence[int]) -> int:
    """How many steps may be shown so that the page stays small."""
    return max(1, min(MOST_SHOWN_STEPS, int((BUDGET - always) / max([*each, 1]))))


def _size(path: Path) -> int:
    """Bytes that a sound takes in the page, about: large ones are encoded smaller."""
    return min(path.stat().st_size, MOST_BYTES) if path.exists() else 0
