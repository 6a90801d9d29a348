"""The comparison as Markdown, as JSON and as a picture."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from scoring import Result, by_condition, in_steps, paired_differences, verdict
from speed import Speed

from audiogan.metrics.measures import MEASURES
from audiogan.metrics.results import as_json
from audiogan.metrics.table import Mean, Scored, by_snr, implementations, summarise
from audiogan.writing import put_in_place

FIRST = ("pesq_wide", "stoi", "si_sdr", "covl", "dnsmos_overall")
LEVEL = "segmental SNR, CBAK, log-spectral distance and multi-resolution STFT"
OUTCOMES = {"time": "stopped: over the time limit", "memory": "stopped: over the memory limit", "failed": "failed"}


@dataclass(frozen=True)
class Comparison:
    """Everything that a report tells.

    Args:
        scored: each pair with the scores of all systems.
        measures: names of MEASURES.
        results: of the noisy sound and the systems, in the order of rows.
        speeds: by system; empty if none was measured.
        ours: the system that the others are subtracted from; None if there is none.
        absent: systems that could not be run at all, and why.
        command: what made it.
        conditions: of each pair, by its id, as the manifest has them.
        pairs_sha256: a checksum of the pairs, so that nothing is added to results on others.
    """

    scored: Sequence[Scored]
    measures: Sequence[str]
    results: Sequence[Result]
    speeds: dict[str, Speed]
    ours: str | None
    absent: dict[str, str]
    command: str
    conditions: dict[str, dict[str, str]]
    pairs_sha256: str

    @property
    def first(self) -> list[str]:
        """The measures of the main table."""
        return [name for name in FIRST if name in self.measures] or list(self.measures)

    @property
    def differences(self) -> dict[str, dict[str, Mean]]:
        """Of ours less each other; empty if there is no "ours"."""
        return paired_differences(self.scored, self.ours, self.measures) if self.ours else {}


def markdown(told: Comparison) -> str:
    """The page: scores, differences, by SNR, what was done to delay and level, speed; the command under every table."""
    means = summarise(told.scored, told.measures)
    parts = [f"{len(told.scored)} pairs. In brackets: 95 % bootstrap interval of the mean over pairs."]
    parts += _section("Scores", told, ["system", *map(_title, told.first)], [
        [row, *(_interval(means[row][name]) for name in told.first)] for row in means
    ])  # fmt: skip
    rest = [name for name in told.measures if name not in told.first]
    if rest:
        parts += _section("The other measures", told, ["system", *map(_title, rest)], [
            [row, *(_number(means[row][name].mean) for name in rest)] for row in means
        ])  # fmt: skip
    if told.ours:
        parts += _differences(told)
    parts += _by_snr(told)
    parts += _by_condition(told)
    parts += _section("Delay, polarity and level", told, [
        "system", "delay, ms", "delay by file, ms", "polarity", "level of speech, dB", "length", "rate, Hz", "failed",
    ], [_aligned(result) for result in told.results if result.alignment])  # fmt: skip
    parts.append(
        "The delay was found by cross-correlation with the clean sound over the whole set and taken out before "
        f"scoring; polarity and level were left as they are. {LEVEL} see level, the first two polarity too; PESQ, "
        "STOI, ESTOI, SI-SDR, LLR and WSS see neither."
    )
    if told.speeds:
        parts += _speed(told)
    parts += [f"Not compared: **{name}**, {why}" for name, why in told.absent.items()]
    parts.append("; ".join(f"{_title(name)}: {how}" for name, how in implementations(told.measures).items()) + ".")
    return "\n\n".join(parts) + "\n"


def as_text(told: Comparison, remarks: Sequence[str]) -> str:
    """JSON: as `audiogan eval --json`, with `by_condition`, `differences`, `alignment`, `speed` and `absent`."""
    whole: dict[str, Any] = json.loads(as_json(told.scored, told.measures, told.command, remarks))
    whole["pairs_sha256"] = told.pairs_sha256
    whole["ours"] = told.ours
    whole["by_condition"] = {
        condition: {
            value: {row: {name: asdict(mean) for name, mean in of.items()} for row, of in group.items()}
            for value, group in groups.items()
        }
        for condition, groups in by_condition(told.scored, told.conditions, told.measures).items()
    }
    whole["differences"] = {
        other: {name: {**asdict(mean), "verdict": verdict(mean, name)} for name, mean in of.items()}
        for other, of in told.differences.items()
    }
    whole["alignment"] = {result.name: asdict(result.alignment) for result in told.results if result.alignment}
    whole["speed"] = {name: speed.told() for name, speed in told.speeds.items()}
    whole["absent"] = told.absent
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def picture(told: Comparison, path: Path) -> None:
    """A panel a measure of the main table: each system's mean and its 95 % interval, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    means = summarise(told.scored, told.measures)
    rows = list(means)
    figure = Figure(figsize=(1.5 + 2.4 * len(told.first), 1.2 + 0.32 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(told.first), sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, told.first, strict=True):
        for place, row in enumerate(rows):
            mean = means[row][name]
            if mean.mean is None:
                continue
            colour = "tab:red" if row == told.ours else "0.25"
            if mean.low is not None and mean.high is not None:
                panel.plot([mean.low, mean.high], [place, place], color=colour, linewidth=2)
            panel.plot([mean.mean], [place], "o", color=colour)
        panel.set_title(_title(name), fontsize=10)
        panel.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(rows)), rows)
    panels[0].invert_yaxis()
    with put_in_place(path) as beside:
        figure.savefig(beside, dpi=120, format="png")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _section(title: str, told: Comparison, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"### {title}", table(head, rows), f"Made by `{told.command}`"]


def _differences(told: Comparison) -> list[str]:
    rows = [
        [other, *(_difference(of[name], name) for name in told.first)] for other, of in told.differences.items()
    ]  # fmt: skip
    section = _section(f"{told.ours} less each other, on the same pairs", told, [
        "system", *map(_title, told.first),
    ], rows)  # fmt: skip
    return [*section, f"Bold: the interval excludes zero; ▲ {told.ours} is better, ▼ worse."]


def _difference(mean: Mean, name: str) -> str:
    said = verdict(mean, name)
    if mean.mean is None or mean.low is None:
        return _number(mean.mean)
    text = f"{mean.mean:+.3f} [{mean.low:+.3f}, {mean.high:+.3f}]"
    return text if said == "open" else f"**{text}** {'▲' if said == 'better' else '▼'}"


def _by_snr(told: Comparison) -> list[str]:
    stepped, rounded = in_steps(told.scored)
    groups = by_snr(stepped, told.measures)
    parts: list[str] = []
    for name in told.first if groups else []:
        parts += _section(f"{_title(name)}, by SNR{' (rounded to 5 dB)' if rounded else ''}", told, [
            "system", *(f"{snr:g} dB" for snr in groups),
        ], [
            [result.name, *(_interval(group[result.name][name]) for group in groups.values())]
            for result in told.results
        ])  # fmt: skip
    return parts


def _by_condition(told: Comparison) -> list[str]:
    parts: list[str] = []
    for condition, groups in by_condition(told.scored, told.conditions, told.first).items():
        counts = Counter(told.conditions[item.name].get(condition) for item in told.scored)
        for name in told.first:
            parts += _section(f"{_title(name)}, by {condition}", told, [
                "system", *(f"{value} ({counts[value]})" for value in groups),
            ], [
                [result.name, *(_interval(group[result.name][name]) for group in groups.values())]
                for result in told.results
            ])  # fmt: skip
    return parts


def _aligned(result: Result) -> list[str]:
    found = result.alignment
    assert found is not None
    delays = [1000 * delay / found.sample_rate for delay in found.delays.values()]
    span = f"{min(delays):.1f} to {max(delays):.1f}, median {median(delays):.1f}" if delays else "–"
    length = "kept"
    if found.longer:
        most = max(found.longer.values(), key=abs)
        length = f"{len(found.longer)} files differ, at most by {1000 * most / found.sample_rate:+.1f} ms"
    level = "–" if found.gain_db is None else f"{found.gain_db:+.1f}"
    polarity = "kept" if found.polarity > 0 else "**inverted**"
    rates = ", ".join(map(str, found.rates))
    delay = f"{1000 * found.delay / found.sample_rate:.1f}"
    return [result.name, delay, span, polarity, level, length, rates, str(len(result.failed))]


def _speed(told: Comparison) -> list[str]:
    minutes = next(iter(told.speeds.values())).long_seconds / 60
    parts = _section("Speed and memory", told, [
        "system", "real-time factor, one core", "processor time, s/s", "cold start, 5 s file, s",
        f"{minutes:g} min file, s/s", f"{minutes:g} min file, peak MB", "",
    ], [
        [name, _number(speed.real_time_factor, 4), _number(speed.processor_factor, 4), _number(speed.cold_start, 2),
         _number(speed.long_factor, 4), _number(speed.long_megabytes, 0),
         "; ".join([*filter(None, [OUTCOMES.get(speed.long_outcome)]), *speed.remarks])]
        for name, speed in told.speeds.items()
    ])  # fmt: skip
    how = "The factor is the median of several on 10 s after loading; cold start is the whole command."
    return [*parts, how]


def _title(name: str) -> str:
    return f"{MEASURES[name].title} {'↑' if MEASURES[name].higher_is_better else '↓'}"


def _interval(mean: Mean) -> str:
    return _number(mean.mean) if mean.low is None else f"{mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}]"


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"
