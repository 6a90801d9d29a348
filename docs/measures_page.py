"""The page of measures, made of the registries and of the docstrings of what computes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docstrings import text_of

from audiogan import metrics
from audiogan.metrics import composite, nearest_training, sound_statistics
from audiogan.metrics.measures import DEFAULT_MEASURES, MEASURES
from audiogan.metrics.set_measures import SET_GROUPS, SET_MEASURES

# Which function's docstring tells of a measure, where it is not the function of the same name; None: none does.
TOLD_BY: dict[str, Callable[..., object] | None] = {
    "dnsmos_": metrics.dnsmos,
    "frechet_": metrics.frechet_distance,
    "kernel_": metrics.kernel_distance,
    "precision_": metrics.prdc,
    "recall_": metrics.prdc,
    "density_": metrics.prdc,
    "coverage_": metrics.prdc,
    "sliced_wasserstein": metrics.sliced_wasserstein_distance,
    "diversity": metrics.relative_diversity,
    "nearest_training": nearest_training.memorised,
    "near_training": nearest_training.memorised,
    "label_agreement": metrics.agreement,
    "level_": sound_statistics.levels_db,
    "centroid_": sound_statistics.spectral_centroids,
    "silent_share": None,
}

FORMULAS = {
    "csig": "3.093 − 1.029 LLR + 0.603 PESQ − 0.009 WSS, clamped to [1, 5]",
    "cbak": "1.634 + 0.478 PESQ − 0.007 WSS + 0.063 segmental SNR, clamped to [1, 5]",
    "covl": "1.594 + 0.805 PESQ − 0.512 LLR − 0.007 WSS, clamped to [1, 5]",
    "density_log_mel": "the mean number of real balls that a generated sound lies in, over k",
    "precision_log_mel": "the share of generated sounds that lie in the ball of a real one; its radius is the distance "
    "to that one's k-th neighbour",
    "recall_log_mel": "the share of real sounds that lie in the ball of a generated one",
    "coverage_log_mel": "the share of real sounds in whose ball a generated one lies",
    "nearest_training": "the median of the generated sounds' distances to the nearest training sound",
    "nearest_training_ratio": "that median over the held-out real sounds' own; far below 1, they are copies",
    "silent_share": "the share of sounds whose root mean square lies below −60 dB of full scale, 0 to 1",
    "near_training_share": "the share of generated sounds that are as near to a training sound as the nearest 5 % of "
    "held-out ones; 5 % where nothing is copied",
}


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## Measures of pairs\n", PAIRS]
    for name, measure in MEASURES.items():
        better = "higher is better" if measure.higher_is_better else "lower is better"
        usual = "" if name in DEFAULT_MEASURES else ", only when it is asked for"
        parts.append(_one(name, measure.title, better + usual, measure.packages, measure.follows))
    parts += ["## Measures of sets\n", SETS]
    directions = {"↑": "higher is better", "↓": "lower is better", "≈": "as near to the real sounds' as can be"}
    for name, of_sets in SET_MEASURES.items():
        better = directions[of_sets.better]
        usual = "" if name in SET_GROUPS["default"] else ", only when it is asked for"
        given = f", with `--{of_sets.needs}`" if of_sets.needs else ""
        parts.append(_one(name, of_sets.title, better + usual + given, of_sets.packages, of_sets.follows))
    return "\n".join(parts)


def _one(name: str, title: str, better: str, packages: Sequence[str], follows: str) -> str:
    by = " and ".join("ours" if package == "audiogan" else f"`{package}`" for package in packages)
    formula = f"{FORMULAS[name][0].upper()}{FORMULAS[name][1:]}." if name in FORMULAS else ""
    parts = [f"### {title}", f"`{name}` · {better}", formula, _told(name), f"Implementation: {by}; {follows}.", ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def _told(name: str) -> str:
    for beginning, function in TOLD_BY.items():
        if name.startswith(beginning):
            return text_of(function) if function else ""
    return text_of(getattr(composite if name in ("csig", "cbak", "covl") else metrics, name))


HEAD = """# Measures

Every measure of `audiogan eval`, as the program itself describes it. A figure stands beside that of the unprocessed
sound or of real sounds; a file that a measure cannot judge is told with its reason and enters no mean.
[Measure](../measure.md) tells how to use them.
"""

PAIRS = """Each holds an enhanced sound against its clean reference, one channel at a time. A measure is chosen by
its name in `--measures`.
"""

SETS = """Each looks at a set of generated sounds, most of them beside a set of real ones. *log-mel* is the mean and the
standard deviation over time of 64 log-mel bands, 128 numbers a sound; *classifier* the features of the one given by
`--classifier`.
"""
