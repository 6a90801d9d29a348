"""The page of `audiogan eval` for pairs: scores beside the noisy sound's, how they spread, and files to listen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from audiogan.metrics.measures import MEASURES
from audiogan.metrics.table import Item, Mean, Scored, by_snr, implementations, summarise
from audiogan.show.chart import Curve, curves, distributions
from audiogan.show.clips import sound, strip
from audiogan.show.page import Html, commands, folded, grid_of, joined, page, section, shown, table, tag

ROWS = ("noisy", "enhanced")
DIFFERENCE = "difference"
CHOSEN_BY = ("pesq_wide", "pesq_narrow", "estoi", "si_sdr")  # the first that was measured tells best from worst


def scores_page(
    items: Sequence[Item], scored: Sequence[Scored], measures: Sequence[str], command: str, remarks: Sequence[str] = ()
) -> str:
    """The whole page.

    Args:
        items: what was scored, with the files to listen to.
        scored: their scores, in the same order.
        measures: names of MEASURES.
        command: that makes the figures again.
        remarks: what was left out, a sentence each.
    """
    rows = [row for row in ROWS if any(row in item.scores for item in scored)]
    title = f"{' and '.join(rows)} sound against clean sound, {len(items)} {'pair' if len(items) == 1 else 'pairs'}"
    return page(
        title[:1].upper() + title[1:],
        *(tag("p", f"{remark[:1].upper()}{remark[1:]}.", class_="soft") for remark in remarks),
        section("Means", *_means(scored, measures)),
        section("To listen to", *_to_listen(items, scored, measures)),
        section("By SNR", *_by_snr(scored, measures, rows)),
        section("How scores spread", *_spread(scored, measures, rows)),
        section("Every file", _files(scored, measures)),
        section("How it was measured", *_how(measures, command)),
    )


def best_median_worst(scored: Sequence[Scored], measure: str) -> dict[str, int]:
    """Places of the items that gained most, at the median, and least; where nothing is gained on, by the score itself.

    Args:
        scored: the scores.
        measure: by which; an item that it could not judge is none of them.
    """
    way = 1 if MEASURES[measure].higher_is_better else -1
    gains = {}
    for place, item in enumerate(scored):
        before, after = (item.scores[row][measure] if row in item.scores else 0.0 for row in ROWS)
        if "enhanced" in item.scores and isinstance(before, float | int) and isinstance(after, float | int):
            gains[place] = way * (after - before)
    order = sorted(gains, key=lambda place: -gains[place])
    if not order:
        return {}
    chosen = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    return {name: place for n, (name, place) in enumerate(chosen.items()) if place not in list(chosen.values())[:n]}


def _title(name: str) -> str:
    return f"{MEASURES[name].title} {'↑' if MEASURES[name].higher_is_better else '↓'}"


def _means(scored: Sequence[Scored], measures: Sequence[str]) -> list[Html]:
    means = summarise(scored, measures)
    lines = [
        [_title(name), *(_cell(means[row][name], row) for row in means), _counts(means, name)] for name in measures
    ]
    lost = sorted(
        {f"{reason} ({row})" for row in means for name in measures for reason in means[row][name].not_measurable}
    )
    parts = [
        table("Means; in brackets the 95 % bootstrap interval", ["measure", *means, "files"], lines),
        tag("p", "↑ higher is better, ↓ lower is better.", class_="soft"),
    ]
    if lost:
        parts.append(
            folded("What could not be measured, and is in no mean", tag("ul", *(tag("li", why) for why in lost)))
        )
    return parts


def _cell(mean: Mean, row: str) -> Html:
    if mean.mean is None:
        return Html("–")
    number = f"{mean.mean:+.3f}" if row == DIFFERENCE else f"{mean.mean:.3f}"
    between = "" if mean.low is None else f" [{mean.low:.3f}, {mean.high:.3f}]"
    return joined([tag("b" if row == "enhanced" else "span", number), tag("span", between, class_="soft")], "")


def _counts(means: Mapping[str, Mapping[str, Mean]], name: str) -> str:
    return " / ".join(dict.fromkeys(str(means[row][name].files) for row in means if row != DIFFERENCE))


def _to_listen(items: Sequence[Item], scored: Sequence[Scored], measures: Sequence[str]) -> list[Html]:
    by = next((name for name in CHOSEN_BY if name in measures), measures[0])
    chosen = best_median_worst(scored, by)
    if not chosen:
        return []
    gained = any("noisy" in item.scores for item in scored)
    words = (
        f"Chosen by {'what was gained in ' if gained else ''}{MEASURES[by].title}. Switch while one plays: the next "
        "goes on from the same instant. All spectrograms have the same scale, 80 dB from black to bright."
    )
    parts = [tag("p", words)]
    for name, place in chosen.items():
        item, scores = items[place], scored[place]
        at = "" if item.snr_db is None else f", mixed at {item.snr_db:g} dB"
        sides = {row: path for row, path in item.rows.items()} | {"clean": item.clean}
        figures = [sound(path, row, group=f"{place}", large=True) for row, path in sides.items()]
        lines = [[row, *(_score(of[measure]) for measure in measures)] for row, of in scores.scores.items()]
        parts += [
            tag("h3", f"The {name}: {item.name}{at}"),
            tag("div", strip(figures), class_="sounds large"),
            table(f"Scores of {item.name}", ["", *map(_title, measures)], lines),
        ]
    return parts


def _score(score: object) -> str:
    return shown(float(score)) if isinstance(score, float | int) else "–"


def _by_snr(scored: Sequence[Scored], measures: Sequence[str], rows: Sequence[str]) -> list[Html]:
    groups = by_snr(scored, measures)
    if not groups:
        return []
    lines = [
        [_title(name), *(" → ".join(shown(_mean(means, row, name)) for row in rows) for means in groups.values())]
        for name in measures
    ]
    charts = []
    for name in measures:
        drawn = []
        for row in rows:
            points = [(snr, mean) for snr, means in groups.items() if (mean := _mean(means, row, name)) is not None]
            if points:
                drawn.append(Curve(row, [snr for snr, _ in points], [mean for _, mean in points], row == "noisy"))
        if drawn and len(groups) > 1:
            charts.append(curves(_title(name), drawn, along="SNR in dB"))
    head = ["measure", *(f"{snr:g} dB" for snr in groups)]
    return [table(f"Means by SNR: {' → '.join(rows)}", head, lines), grid_of(charts) if charts else Html("")]


def _mean(means: Mapping[str, Mapping[str, Mean]], row: str, name: str) -> float | None:
    return means[row][name].mean if row in means else None


def _spread(scored: Sequence[Scored], measures: Sequence[str], rows: Sequence[str]) -> list[Html]:
    if len(scored) < 3:
        return []
    charts = []
    for name in measures:
        values = {
            row: [float(s) for item in scored if isinstance(s := item.scores.get(row, {}).get(name), float)]
            for row in rows
        }
        kept = {row: list(np.asarray(found)[np.isfinite(found)]) for row, found in values.items()}
        if any(kept.values()):
            charts.append(distributions(_title(name), kept))
    return [tag("p", "How many files have which score; the line is the median.", class_="soft"), grid_of(charts)]


def _files(scored: Sequence[Scored], measures: Sequence[str]) -> Html:
    lines = [
        [item.name, "" if item.snr_db is None else f"{item.snr_db:g}", row, *(_score(of[name]) for name in measures)]
        for item in scored
        for row, of in item.scores.items()
    ]
    return folded(
        f"{len(scored)} files", table("Scores by file", ["file", "SNR, dB", "sound", *map(_title, measures)], lines)
    )


def _how(measures: Sequence[str], command: str) -> list[Html]:
    lines = [(MEASURES[name].title, text) for name, text in implementations(measures).items()]
    return [table("Implementations", ("measure", "by"), lines, "words"), commands([("Made by", command)])]
