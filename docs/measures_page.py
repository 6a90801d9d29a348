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

# By the beginning of a measure's name, where its docstring does not begin with it.
FORMULAS = {
    "pesq_wide": "0.999 + 4 / (1 + exp(3.8224 − 1.3669 q)), q = 4.5 − 0.1 d − 0.0309 a, with d and a the symmetric and "
    "the asymmetric disturbance: how much louder or softer the estimate is heard, band by band, once aligned in time",
    "pesq_narrow": "0.999 + 4 / (1 + exp(4.6607 − 1.4945 q)), q as in PESQ wide band, of what a telephone passes",
    "stoi": "the mean correlation of the envelopes of reference and estimate, over 15 third-octave bands from 150 Hz "
    "and segments of 384 ms; the estimate's is brought to the reference's level, and cut where noise on the reference "
    "15 dB above it would stand",
    "estoi": "the mean correlation of the spectra of reference and estimate, each segment of 384 ms being brought to "
    "mean 0 and norm 1 along time in each band, then along bands",
    "csig": "3.093 − 1.029 LLR + 0.603 PESQ − 0.009 WSS, clamped to [1, 5]",
    "cbak": "1.634 + 0.478 PESQ − 0.007 WSS + 0.063 segmental SNR, clamped to [1, 5]",
    "covl": "1.594 + 0.805 PESQ − 0.512 LLR − 0.007 WSS, clamped to [1, 5]",
    "dnsmos_overall": "a network's guess at the mean rating of the whole by listeners (OVRL)",
    "dnsmos_speech": "a network's guess at the mean rating of the speech by listeners (SIG)",
    "dnsmos_background": "a network's guess at the mean rating of the background by listeners (BAK)",
    "dnsmos_p808": "a network's guess at the mean rating by listeners who gave one mark for everything",
    "density_": "the mean number of real balls that a generated sound lies in, over k",
    "precision_": "the share of generated sounds that lie in the ball of a real one; its radius is the distance "
    "to that one's k-th neighbour",
    "recall_": "the share of real sounds that lie in the ball of a generated one",
    "coverage_": "the share of real sounds in whose ball a generated one lies",
    "nearest_training_ratio": "that median over the held-out real sounds' own; far below 1, they are copies",
    "nearest_training": "the median of the generated sounds' distances to the nearest training sound",
    "silent_share": "the share of sounds whose root mean square lies below −60 dB of full scale",
    "near_training_share": "the share of generated sounds that are as near to a training sound as the nearest 5 % of "
    "held-out ones; 5 % where nothing is copied",
}

RANGES = {
    "pesq_wide": "about 1.04 to 4.64",
    "pesq_narrow": "about 1.02 to 4.55",
    "stoi": "0 to 1, noise a little below",
    "estoi": "0 to 1, noise a little below",
    "si_sdr": "any number of dB",
    "segmental_snr": "−10 to 35 dB",
    "log_spectral_distance": "0 dB or more",
    "multi_resolution_stft_distance": "0 or more",
    "csig": "1 to 5",
    "cbak": "1 to 5",
    "covl": "1 to 5",
    "llr": "0 or more",
    "wss": "0 or more",
    "dnsmos_": "1 to 5",
    "frechet_": "0 or more",
    "kernel_": "about 0 or more",
    "precision_": "0 to 1",
    "recall_": "0 to 1",
    "density_": "0 or more",
    "coverage_": "0 to 1",
    "sliced_wasserstein": "0 or more",
    "different_bins": "0 to 1",
    "diversity": "0 or more",
    "nearest_training": "0 or more",
    "near_training_share": "0 to 1",
    "inception_score": "1 to the number of classes",
    "label_agreement": "0 to 1",
    "level_mean": "0 dB or less",
    "level_deviation": "0 dB or more",
    "centroid_": "0 Hz or more",
    "silent_share": "0 to 1",
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
    formula = of_name(FORMULAS, name, "")
    formula = f"{formula[0].upper()}{formula[1:]}." if formula else ""
    parts = [
        f"### {title}",
        f"`{name}` · {of_name(RANGES, name)} · {better}",
        formula,
        _told(name),
        f"Implementation: {by}; {follows}.",
        "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def of_name(table: dict[str, str], name: str, otherwise: str | None = None) -> str:
    """What a table says of the measures whose name begins so.

    Raises:
        KeyError: it says nothing, and there is nothing to say otherwise.
    """
    for beginning, words in table.items():
        if name.startswith(beginning):
            return words
    if otherwise is None:
        raise KeyError(f"docs/measures_page.py: {name} has no range")
    return otherwise


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
