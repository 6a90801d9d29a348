"""Score generators of sounds side by side: beside untrained ones, two real halves, the training set and shaped noise.

    python eval/score_sounds.py runs/wavegan_mini runs/specgan_mini --data data/drums \
      --classifier runs/drums_classifier -o eval/results/drums --sheets docs/pictures --page drums_page

Each run makes as many sounds as DATA/held_out has, of its classes in the same shares; runs must agree on rate and
length. OUTPUT.md and OUTPUT.json get the table, --sheets a picture of spectrograms for each run, --page a new folder
to listen to. Every measure is one of `audiogan eval --reference`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.bundle import Model, load_model
from audiogan.classify import SoundClassifier
from audiogan.data.settings import SoundData
from audiogan.data.sounds import Sounds
from audiogan.errors import AudioganError
from audiogan.generate import Sampler
from audiogan.metrics.set_results import conditions, number
from audiogan.metrics.sound_sets import SetTable, score_sound_sets
from audiogan.recipe.building import build_task
from audiogan.recipe.sounds_building import build_sounds
from audiogan.recipe.synthesis import SynthesisRecipe
from audiogan.show.listening import MOST_SHOWN, listening_folder
from audiogan.show.sheet import sheet_picture
from audiogan.training.run_facts import read_facts
from audiogan.writing import write_text

SEED = 1  # of the latents: not those that validation chose the checkpoint by
SHOWN = 24
# What stands in the table's columns, and how it is called there; the JSON file has all measures.
COLUMNS = {
    "frechet_log_mel": "Fréchet ↓",
    "sliced_wasserstein": "sliced Wasserstein ↓",
    "kernel_log_mel": "kernel ↓",
    "precision_log_mel": "precision ↑",
    "recall_log_mel": "recall ↑",
    "coverage_log_mel": "coverage ↑",
    "different_bins": "different bins ↓",
    "diversity": "diversity ≈ 1",
    "nearest_training_ratio": "nearest training ≈ 1",
    "label_agreement": "class as asked ↑",
    "silent_share": "silent ↓",
}


@dataclass(frozen=True)
class Run:
    """A generator and what it made.

    Args:
        name: of its recipe.
        model: of the run.
        minutes: in training, over all legs; None where that is not known.
        sounds, untrained: `[N, channels, samples]`, after training and before.
        asked: `[N]`, the label of each; None where it knows none.
        by_class: for each label's name the share of 100 sounds asked for it that the classifier takes for it.
    """

    name: str
    model: Model
    minutes: float | None
    sounds: NDArray[np.float32]
    untrained: NDArray[np.float32]
    asked: NDArray[np.int64] | None
    by_class: dict[str, float]


def main() -> int:
    """Score the runs that are named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="run folders or bundles of generators of sounds")
    parser.add_argument("--data", type=Path, required=True, help="a folder with train/ and held_out/")
    parser.add_argument("--classifier", type=Path, help="the run of a classifier of such sounds")
    parser.add_argument("--truncation", type=float, help="as of `audiogan generate`")
    parser.add_argument("-o", "--output", type=Path, help="write OUTPUT.md and OUTPUT.json too")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="write NAME_sounds.png for each run")
    parser.add_argument("--page", type=Path, metavar="DIR", help="a new folder with sounds of all runs and a page")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        judge = SoundClassifier.load(arguments.classifier) if arguments.classifier else None
        first = sound_model(arguments.runs[0])
        training, reference = (real_sounds(first, arguments.data / part) for part in ("train", "held_out"))
        runs = [made_by(path, reference, judge, arguments.truncation) for path in arguments.runs]
        scored = score(runs, training, reference, judge, rate_of(first))
    except AudioganError as mistake:
        print(f"score_sounds: {mistake}", file=sys.stderr)
        return 2
    text = table(runs, scored)
    print(text)
    print(f"({time.monotonic() - started:.0f} s)", file=sys.stderr)
    if arguments.output:
        write_text(arguments.output.with_suffix(".md"), text + "\n")
        write_text(arguments.output.with_suffix(".json"), as_json(runs, scored))
    if arguments.sheets:
        write_sheets(arguments.sheets, runs, reference, scored.sample_rate)
    if arguments.page:
        write_page(arguments.page, runs, scored.sample_rate)
    return 0


def write_sheets(folder: Path, runs: list[Run], reference: Sounds, sample_rate: int) -> None:
    """Spectrograms of real sounds, and of each run's for the same labels."""
    shown = np.linspace(0, len(reference) - 1, SHOWN).round().astype(int)
    real = np.stack([reference.item(0, int(n))["real"] for n in shown])
    sheet_picture(folder / "real_sounds.png", real, sample_rate, title="held-out sounds")
    for run in runs:
        title = f"{run.name}, step {run.model.step:,}"
        sheet_picture(folder / f"{run.name}_sounds.png", run.sounds[shown], sample_rate, title=title)


def write_page(folder: Path, runs: list[Run], sample_rate: int) -> None:
    """The sounds of all runs as files, and a page to listen to as many of each as it has players for."""
    each = MOST_SHOWN // len(runs)
    sounds = np.concatenate([run.sounds[:each] for run in runs])
    files = [f"{run.name}/{n:04}" for run in runs for n in range(len(run.sounds[:each]))]
    listening_folder(folder, sounds, sample_rate, files, [file.replace("/", " ") for file in files], "Sounds")


def sound_model(path: Path) -> Model:
    """The model of a run that generates sounds.

    Raises:
        AudioganError: it does something else.
    """
    model = load_model(path)
    if not isinstance(model.recipe, SynthesisRecipe) or not isinstance(model.recipe.data, SoundData):
        raise AudioganError(
            f"{path} is no generator of sounds. Give runs of recipes such as recipes/wavegan_mini.yaml."
        )
    return model


def real_sounds(model: Model, folder: Path) -> Sounds:
    """The sounds of a folder as the model's networks got theirs."""
    assert isinstance(model.recipe, SynthesisRecipe) and isinstance(model.recipe.data, SoundData)
    return build_sounds(model.recipe.data, rate_of(model), model.recipe.seed, folder, model.recipe.data.label_names)


def made_by(path: Path, reference: Sounds, judge: SoundClassifier | None, truncation: float | None) -> Run:
    """What a run makes of the reference's labels, and what it made before it was trained."""
    model = sound_model(path)
    assert isinstance(model.recipe, SynthesisRecipe)
    asked = labels_of(reference) if model.recipe.classes else None
    untrained = replace(model, generator=build_task(model.recipe).averaged().eval())
    samplers = [Sampler.of(one, truncation=truncation) for one in (model, untrained)]
    latents = samplers[0].latents(range(len(reference)), SEED)
    made = [sampler.from_latent(latents, None if asked is None else asked.tolist()) for sampler in samplers]
    seconds = read_facts(path).get("seconds")
    by_class = {}
    if judge is not None and asked is not None:
        for label, name in enumerate(reference.labels):
            told = judge.probabilities(samplers[0].sample(100, SEED, label), rate_of(model)).argmax(axis=1)
            by_class[name] = float((told == judge.labels.index(name)).mean())
    return Run(model.recipe.name, model, seconds and seconds / 60, made[0], made[1], asked, by_class)


def labels_of(sounds: Sounds) -> NDArray[np.int64] | None:
    """The label of each item; None where there are none."""
    return None if sounds.numbers is None else sounds.numbers[[file for file, _, _ in sounds.places]]


def rate_of(model: Model) -> int:
    """The rate of a model's sounds, in Hz."""
    assert isinstance(model.recipe, SynthesisRecipe) and model.recipe.sample_rate
    return model.recipe.sample_rate


def score(
    runs: list[Run], training: Sounds, reference: Sounds, judge: SoundClassifier | None, sample_rate: int
) -> SetTable:
    """All measures of all runs."""
    sets = {run.name: run.sounds for run in runs} | {f"{run.name}, untrained": run.untrained for run in runs}
    asked = {run.name: run.asked for run in runs if run.asked is not None}
    real = [np.stack([of.item(0, n)["real"] for n in range(len(of))]) for of in (training, reference)]
    return score_sound_sets(
        sets,
        real[1],
        sample_rate,
        training=real[0],
        classifier=judge,
        asked=asked,
        reference_asked=labels_of(reference),
    )


def table(runs: list[Run], scored: SetTable) -> str:
    """Families downwards, measures across, and what they stand with."""
    by_name = {run.name: run for run in runs}
    measures = {name: title for name, title in COLUMNS.items() if name in scored.measures}
    lines = [
        f"| | parameters | minutes | {' | '.join(measures.values())} |",
        f"|---|---:|---:|{'---:|' * len(measures)}",
    ]
    for row, figures in scored.rows.items():
        run = by_name.get(row)
        weights = "" if run is None else f"{sum(p.numel() for p in run.model.generator.parameters()) / 1e6:.2f} M"
        minutes = "" if run is None or run.minutes is None else f"{run.minutes:.0f}"
        cells = ("–" if figures[name].mean is None else number(figures[name].mean or 0.0) for name in measures)
        lines.append(f"| {row} | {weights} | {minutes} | {' | '.join(cells)} |")
    lines += ["", *conditions(scored)]
    for run in runs:
        if run.by_class:
            shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in run.by_class.items())
            lines.append(f"{run.name}: of 100 sounds asked for, the classifier takes as such: {shares}.")
    return "\n".join(lines)


def as_json(runs: list[Run], scored: SetTable) -> str:
    """Everything that was measured."""
    about = [
        {
            "run": run.name,
            "steps": run.model.step,
            "minutes": run.minutes,
            "parameters": sum(p.numel() for p in run.model.generator.parameters()),
            "by_class": run.by_class,
        }
        for run in runs
    ]
    return json.dumps({"runs": about, **asdict(scored)}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
