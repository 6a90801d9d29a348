"""Score generators of handwritten digits by a classifier that the project trained, beside real digits.

    python eval/score_digits.py runs/digits_dcgan_conditional runs/digits_wgan_gp --classifier runs/digits_classifier

Every figure is of the same number of generated digits. Distances are Fréchet distances on the features of that very
classifier, and comparable with nothing else; beside each stand that of the untrained generator and that of two halves
of the real digits.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from audiogan import metrics
from audiogan.bundle import Model, load_model
from audiogan.data.pictures import Pictures
from audiogan.errors import AudioganError
from audiogan.generate import Sampler
from audiogan.recipe.building import build_task
from audiogan.recipe.synthesis import SynthesisRecipe

CLASSES = 10
AT_ONCE = 500


@dataclass(frozen=True)
class Row:
    """What was found of one run; None where a figure has no meaning."""

    run: str
    steps: int
    asked_label: float | None
    code_accuracy: float | None
    least_class_share: float
    frechet: float
    frechet_untrained: float
    precision: float
    coverage: float


class Judge:
    """The classifier, in evaluation mode."""

    def __init__(self, classifier: nn.Module) -> None:
        self.classifier: Any = classifier.eval()

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """`[N, features]` of pictures `[N, 1, 28, 28]`."""
        return self._in_parts(self.classifier.features, pictures)

    def classes(self, pictures: np.ndarray) -> np.ndarray:
        """The class of each picture, `[N]`."""
        return self._in_parts(self.classifier, pictures).argmax(axis=1)

    def _in_parts(self, function: Any, pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            parts = [function(torch.from_numpy(pictures[n : n + AT_ONCE])) for n in range(0, len(pictures), AT_ONCE)]
        return torch.cat(parts).numpy()


def untrained(model: Model) -> Model:
    """The same model with the weights that its training began with."""
    return replace(model, generator=build_task(model.recipe).averaged().eval())


def digits(sampler: Sampler, latents: np.ndarray, recipe: SynthesisRecipe) -> np.ndarray:
    """Pictures of latents, without the black that the recipe padded real ones with."""
    pad = getattr(recipe.data, "pad", 0)
    pictures = sampler.from_latent(latents)
    return np.ascontiguousarray(pictures[..., pad : pictures.shape[-2] - pad, pad : pictures.shape[-1] - pad])


def score(run: str, judge: Judge, real: np.ndarray, count: int) -> Row:
    """All figures of one run."""
    model = load_model(run)
    if not isinstance(model.recipe, SynthesisRecipe):
        raise AudioganError(f"{run} is a model of {model.recipe.task}. Give runs whose task is synthesis.")
    sampler = Sampler.of(model)
    latents = sampler.latents(range(count), seed=1)
    pictures = digits(sampler, latents, model.recipe)
    told, features = judge.classes(pictures), judge.features(pictures)
    before = digits(Sampler.of(untrained(model)), latents, model.recipe)
    asked = np.arange(count) % CLASSES
    neighbours = metrics.prdc(features, real[:count])
    return Row(
        run=model.recipe.name,
        steps=model.step,
        asked_label=metrics.agreement(asked, told, CLASSES) if model.recipe.classes else None,
        code_accuracy=code_accuracy(sampler, latents, told),
        least_class_share=metrics.label_shares(told, CLASSES).least,
        frechet=metrics.frechet_distance(features, real),
        frechet_untrained=metrics.frechet_distance(judge.features(before), real),
        precision=neighbours.precision,
        coverage=neighbours.coverage,
    )


def code_accuracy(sampler: Sampler, latents: np.ndarray, told: np.ndarray) -> float | None:
    """How often the first categorical code tells the class, after the best matching; None without such a code."""
    if not sampler.latent.categories:
        return None
    choices = sampler.latent.categories[0]
    codes = latents[:, sampler.latent.noise : sampler.latent.noise + choices].argmax(axis=1)
    return metrics.match_codes(codes, told, choices, CLASSES).accuracy


def table(rows: list[Row], halves: float, accuracy: float, count: int) -> str:
    """The rows as Markdown, with what they are measured by."""
    lines = [
        "| run | steps | asked label | code tells class | least class share | Fréchet distance | untrained "
        "| precision | coverage |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        shares = [f"{100 * v:.1f} %" if v is not None else "–" for v in (row.asked_label, row.code_accuracy)]
        lines.append(
            f"| {row.run} | {row.steps} | {shares[0]} | {shares[1]} | {100 * row.least_class_share:.1f} % | "
            f"{row.frechet:.1f} | {row.frechet_untrained:.0f} | {row.precision:.2f} | {row.coverage:.2f} |"
        )
    lines += [
        "",
        f"{count} digits of each run. The classifier is right on {100 * accuracy:.2f} % of held-out digits. Fréchet "
        f"distances are on its features, to the held-out digits; that of two halves of those is {halves:.2f}.",
    ]
    return "\n".join(lines)


def main() -> int:
    """Score the runs that are named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="run folders, checkpoints or bundles of generators")
    parser.add_argument("--classifier", default="runs/digits_classifier", help="the run of the classifier")
    parser.add_argument("--digits", type=Path, default=Path("data/digits"), help="what data_prep/digits.py made")
    parser.add_argument("--count", type=int, default=2000, help="digits generated of each run")
    parser.add_argument("-o", "--output", type=Path, help="write OUTPUT.md and OUTPUT.json too")
    arguments = parser.parse_args()
    try:
        judge = Judge(load_model(arguments.classifier).generator)
        held_out = Pictures(arguments.digits / "held_out")
        order = np.random.default_rng(0).permutation(len(held_out))
        items = [held_out.item(0, int(n)) for n in order]
        real = judge.features(np.stack([item["real"] for item in items]))
        labels = np.array([int(item["label"]) for item in items])
        accuracy = float((judge.classes(np.stack([item["real"] for item in items])) == labels).mean())
        halves = metrics.frechet_distance(real[: len(real) // 2], real[len(real) // 2 :])
        started = time.monotonic()
        rows = [score(run, judge, real, arguments.count) for run in arguments.runs]
    except AudioganError as mistake:
        print(f"score_digits: {mistake}", file=sys.stderr)
        return 2
    text = table(rows, halves, accuracy, arguments.count)
    print(text)
    print(f"({time.monotonic() - started:.0f} s)", file=sys.stderr)
    if arguments.output:
        found = {"accuracy": accuracy, "frechet_halves": halves, "count": arguments.count, "runs": [*map(asdict, rows)]}
        arguments.output.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
        arguments.output.with_suffix(".json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
