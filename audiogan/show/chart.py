"""Curves over steps and distributions of scores, drawn as SVG inside a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiogan.show.page import Html, data, html, joined, shown, tag

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 410, 10, 196  # of what is drawn, around it stand the numbers
MOST_POINTS = 300  # of a curve: more cannot be seen
LOGARITHMIC = 50.0  # from this ratio of largest to smallest on
SPREAD = 4.0  # a few values that stretch the scale more than so often are left beyond it
COLOURS = 6

Placed = Callable[[float], float]  # from a value to its place in the drawing


@dataclass(frozen=True)
class Curve:
    """Values over steps.

    Args:
        name: what the legend calls it.
        steps: rising.
        values: as many.
        dashed: what others are held against.
    """

    name: str
    steps: Sequence[float]
    values: Sequence[float]
    dashed: bool = False


def curves(title: str, lines: Sequence[Curve], words: str = "", along: str = "step") -> Html:
    """Curves on one scale as a figure: the drawing, a legend with the last values, and numbers at the pointer.

    A curve of more than 300 points is drawn by the means of neighbouring ones. The scale is logarithmic where all
    values are above zero and of very different size.

    Args:
        title: above them.
        lines: one or more, each of one or more finite values.
        words: what is to be known about them.
        along: what the curves go over.
    """
    thinned = [_thinned(line) for line in lines]
    every = np.concatenate([line.values for line in thinned])
    low, high, beyond, logarithmic = _scale(every)
    first, last = min(line.steps[0] for line in lines), max(line.steps[-1] for line in lines)

    def x(step: float) -> float:
        return LEFT + (RIGHT - LEFT) * (step - first) / ((last - first) or 1)

    def y(value: float) -> float:
        place = _share(value, low, high, logarithmic)
        return BOTTOM - (BOTTOM - TOP) * min(1.05, max(-0.05, place))

    drawn = [_axes(first, last, x, low, high, y, logarithmic)]
    for number, line in enumerate(thinned):
        colour, points = number % COLOURS, [(x(s), y(v)) for s, v in zip(line.steps, line.values, strict=True)]
        path = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
        drawn.append(tag("path", class_=f"curve c{colour}{' even' if line.dashed else ''}", d=path))
        if len(points) <= 25 and not line.dashed:
            drawn += [tag("circle", class_=f"f{colour}", cx=f"{px:.1f}", cy=f"{py:.1f}", r=2.6) for px, py in points]
    drawn.append(tag("line", class_="cursor", x1=LEFT, x2=LEFT, y1=TOP, y2=BOTTOM))
    told = "; ".join(f"{line.name} from {shown(line.values[0])} to {shown(line.values[-1])}" for line in lines)
    remarks = [words]
    if beyond:
        remarks.append(f"Beyond the scale: {beyond} of {len(every)} values.")
    if logarithmic:
        remarks.append("Logarithmic scale.")
    return tag(
        "figure",
        tag("h3", title),
        _svg(f"{title}: {told}, {along} {first:,.6g} to {last:,.6g}", drawn, focus=True),
        _legend(lines),
        tag("p", class_="readout", aria_live="polite"),
        tag("p", " ".join(remark for remark in remarks if remark), class_="soft") if any(remarks) else "",
        _held(thinned, along),
        class_="card chart",
    )


def distributions(title: str, rows: Mapping[str, Sequence[float]], words: str = "") -> Html:
    """How values are distributed, a histogram a row on one scale, with their medians.

    Args:
        title: above them.
        rows: name → values; rows without values are left out.
        words: what is to be known about them.
    """
    kept = {name: np.asarray(values, float) for name, values in rows.items() if len(values)}
    every = np.concatenate(list(kept.values()))
    low, high = float(every.min()), float(every.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, max(6, min(30, round(math.sqrt(len(every)) * 1.5))) + 1)
    counts = {name: np.histogram(values, edges)[0] for name, values in kept.items()}
    most = max(int(count.max()) for count in counts.values())
    height = (BOTTOM - TOP) / len(kept)

    def x(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - low) / (high - low)

    drawn = [
        tag("text", shown(tick), x=f"{x(tick):.1f}", y=BOTTOM + 18, text_anchor="middle") for tick in ticks(low, high)
    ]
    for number, (name, count) in enumerate(counts.items()):
        floor, colour = TOP + height * (number + 1), number % COLOURS
        drawn.append(tag("line", class_="rule", x1=LEFT, x2=RIGHT, y1=f"{floor:.1f}", y2=f"{floor:.1f}"))
        for many, left, right in zip(count, edges[:-1], edges[1:], strict=True):
            tall = (height - 16) * many / most
            if many:
                size = {"width": f"{max(1.0, x(right) - x(left) - 1):.1f}", "height": f"{tall:.1f}"}
                drawn.append(tag("rect", class_=f"bar f{colour}", x=f"{x(left):.1f}", y=f"{floor - tall:.1f}", **size))
        middle = f"{x(float(np.median(kept[name]))):.1f}"
        drawn.append(
            tag("line", class_="median", x1=middle, x2=middle, y1=f"{floor - height + 4:.1f}", y2=f"{floor:.1f}")
        )
    told = [f"{name}: median {shown(float(np.median(values)))} of {len(values)}" for name, values in kept.items()]
    return tag(
        "figure",
        tag("h3", title),
        _svg(f"{title}, {'; '.join(told)}", drawn),
        tag("ul", *(tag("li", _swatch(n, False), line) for n, line in enumerate(told)), class_="legend"),
        tag("p", words, class_="soft") if words else "",
        class_="card chart",
    )


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers between two others, 1, 2 or 5 times a power of ten apart."""
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= raw * 0.999)
    return [round(step * n, 12) for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _thinned(line: Curve) -> Curve:
    if len(line.steps) <= MOST_POINTS:
        return line
    parts = [np.array_split(np.asarray(column, float), MOST_POINTS) for column in (line.steps, line.values)]
    steps, values = ([float(part.mean()) for part in column] for column in parts)
    return Curve(line.name, steps, values, line.dashed)


def _scale(values: NDArray[np.float64]) -> tuple[float, float, int, bool]:
    """Its ends, how many values lie beyond them, and whether it is logarithmic."""
    low, high = float(values.min()), float(values.max())
    logarithmic = low > 0 and high / low > LOGARITHMIC
    inner_low, inner_high = (float(end) for end in np.percentile(values, [2, 98]))
    if not logarithmic and len(values) > 50 and high - low > SPREAD * (inner_high - inner_low) > 0:
        low, high = max(low, 1.5 * inner_low - 0.5 * inner_high), min(high, 1.5 * inner_high - 0.5 * inner_low)
    beyond = int(((values < low) | (values > high)).sum())
    if low == high:
        low, high = low - (abs(low) or 1) * 0.1, high + (abs(high) or 1) * 0.1
    return low, high, beyond, logarithmic


def _share(value: float, low: float, high: float, logarithmic: bool) -> float:
    if logarithmic:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _axes(
    first: float, last: float, x: Placed, low: float, high: float, y: Placed, logarithmic: bool
) -> Html:  # fmt: skip
    if logarithmic:
        powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
        at = [10.0**power for power in powers][:: max(1, len(powers) // 5)]
    else:
        at = ticks(low, high)
    parts = []
    for tick in at:
        place = f"{y(tick):.1f}"
        parts.append(tag("line", class_="rule", x1=LEFT, x2=RIGHT, y1=place, y2=place))
        parts.append(tag("text", f"{tick:g}", x=LEFT - 6, y=f"{y(tick) + 4:.1f}", text_anchor="end"))
    for tick in ticks(first, last) if last > first else [first]:
        end = x(tick) > RIGHT - 20
        parts.append(
            tag("text", _steps(tick), x=f"{x(tick):.1f}", y=BOTTOM + 18, text_anchor="end" if end else "middle")
        )
    return joined(parts, "")


def _steps(step: float) -> str:
    return f"{step / 1000:g}k" if step >= 1000 else f"{step:g}"


def _svg(told: str, drawn: Sequence[Html], focus: bool = False) -> Html:
    box = f"0 0 {WIDTH} {HEIGHT}"
    return tag("svg", *drawn, viewBox=box, role="img", aria_label=told, tabindex=0 if focus else None)


def _legend(lines: Sequence[Curve]) -> Html:
    entries = (
        tag("li", _swatch(number % COLOURS, line.dashed), html(line.name), " ", tag("b", shown(line.values[-1])))
        for number, line in enumerate(lines)
    )
    return tag("ul", *entries, class_="legend")


def _swatch(colour: int, dashed: bool) -> Html:
    line = tag("path", class_=f"curve c{colour}{' even' if dashed else ''}", d="M0 6H24")
    return tag("svg", line, viewBox="0 0 24 12", aria_hidden="true")


def _held(lines: Sequence[Curve], along: str) -> Html:
    steps = sorted({step for line in lines for step in line.steps})
    known = [dict(zip(line.steps, line.values, strict=True)) for line in lines]
    return data(
        {
            "along": along,
            "steps": steps,
            "left": LEFT,
            "right": RIGHT,
            "width": WIDTH,
            "curves": [
                [line.name, [_short(values.get(step)) for step in steps]]
                for line, values in zip(lines, known, strict=True)
            ],
        }
    )


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
