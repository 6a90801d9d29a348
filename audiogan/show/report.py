"""The report of a run: one page with what was trained, how it goes, what it sounds like and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audiogan.progress import duration
from audiogan.show.chart import Curve, curves
from audiogan.show.page import Html, commands, folded, grid_of, page, section, shown, table, tag
from audiogan.show.report_samples import samples
from audiogan.show.report_words import NOISY, VALIDATION, VITALS, about_terms, measure_title
from audiogan.show.run_record import RunRecord, best_of, flat, group

GRADIENT = "gradient_norm"
NOTICED = (
    "Looked for at every line of the journal: a player that is too strong, gradients that are too large, a balance "
    "that is pinned to an end, samples that lose diversity."
)


def run_page(record: RunRecord) -> str:
    """The page of one run, whatever there is of it yet."""
    return page(
        record.name,
        _head(record),
        _contents(record),
        section("What the trainer noticed", *_noticed(record), id="noticed"),
        section("Scores", *_scores(record), id="scores"),
        section("Samples through training", samples(record), id="samples"),
        section("Curves", *_curves(record), id="curves"),
        section("What is trained", *_what(record), id="what"),
        section("Use it", *_use(record), id="use"),
        section("Machine and versions", *_machine(record), id="machine"),
        tag("p", f"Written {record.written}." if record.written else "", class_="soft"),
    )


def _head(record: RunRecord) -> Html:
    about = record.recipe.get("about")
    of = f" of {record.steps:,}" if record.steps else ""
    parts = [tag("p", str(about), class_="lead")] if about else []
    time = f" It took {duration(record.time[1])} until step {record.time[0]:,}." if record.time else ""
    parts.append(tag("p", f"Step {record.step:,}{of}; training {record.state}.{time}"))
    if record.steps and record.state != "finished":
        parts.append(tag("progress", value=record.step, max=record.steps, aria_label="Share of the steps that is done"))
    for concern in record.open_concerns():
        said = tag("strong", f"Since step {concern['step']:,}: {concern['concern']}.")
        parts.append(tag("p", said, f" {_sentence(concern['words'])}", class_="notice"))
    return Html("\n".join(parts))


def _contents(record: RunRecord) -> Html:
    places = {
        "noticed": "Noticed",
        "scores": "Scores",
        "samples": "Samples",
        "curves": "Curves",
        "what": "What",
        "use": "Use",
    }
    if not record.sample_steps():
        del places["samples"]
    entries = (tag("li", tag("a", word, href=f"#{place}")) for place, word in places.items())
    return tag("nav", tag("ul", *entries), aria_label="Parts of this page")


def _noticed(record: RunRecord) -> list[Html]:
    rows = record.concerns()
    if not rows:
        return [tag("p", "Nothing to worry about so far."), tag("p", NOTICED, class_="soft")]
    lines = [
        (f"{row['step']:,}", row["concern"], "begins" if row["state"] == "begins" else "ends", _sentence(row["words"]))
        for row in rows
    ]
    return [
        table("Concerns in their order", ("step", "concern", "", "in words"), lines, "words"),
        tag("p", NOTICED, class_="soft"),
    ]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _scores(record: RunRecord) -> list[Html]:
    found = record.series("validation")
    if not found:
        return [tag("p", _no_validation(record))]
    measures = [name for name in found if not name.endswith(NOISY)]
    beside = any(name + NOISY in found for name in measures)
    head = ["measure", *(["unprocessed"] if beside else []), "first", "last", "best", "at step"]
    rows = []
    for name in measures:
        steps, values = found[name]
        noisy = found.get(name + NOISY, ([], []))[1]
        best = best_of(name, steps, values)
        rows.append([
            measure_title(name), *([shown(noisy[-1] if noisy else None)] if beside else []),
            shown(values[0]), tag("b", shown(values[-1])), shown(best[1]) if best else "–",
            f"{best[0]:,}" if best else "–",
        ])  # fmt: skip
    steps = found[measures[0]][0]
    every = [
        (f"{step:,}", *(shown(dict(zip(*found[name], strict=True)).get(step)) for name in found)) for step in steps
    ]
    return [
        table(f"Validation, first at step {steps[0]:,}, last at step {steps[-1]:,}", head, rows),
        tag("p", "↑ higher is better, ↓ lower is better. ", _best_word(record), class_="soft"),
        folded("Every validation", table("Every validation", ["step", *found], every)),
        grid_of(_validation_charts(found, measures)),
    ]


def _validation_charts(found: dict[str, tuple[list[int], list[float]]], measures: Sequence[str]) -> list[Html]:
    charts = []
    for name in measures:
        if len(found[name][0]) < 2:
            continue
        lines = [Curve(name, *found[name])]
        if name + NOISY in found:
            lines.append(Curve("unprocessed", *found[name + NOISY], dashed=True))
        charts.append(curves(measure_title(name), lines, VALIDATION.get(name, "")))
    return charts


def _best_word(record: RunRecord) -> str:
    if not (record.folder / "checkpoints" / "best.pt").exists():
        return ""
    by = group(record.recipe, "validation").get("best")
    return f"The checkpoint that validated best{f' by {by}' if by else ''} is checkpoints/best.pt."


def _no_validation(record: RunRecord) -> str:
    every = group(record.recipe, "validation").get("every")
    if every and record.step < every:
        return f"Not validated yet; the first validation comes at step {every:,}."
    return "This run has no validation."


def _curves(record: RunRecord) -> list[Html]:
    found = record.series("training")
    if not found:
        every = group(record.recipe, "training").get("log_every")
        return [tag("p", f"Nothing written yet; the first line comes at step {every}." if every else "Nothing yet.")]
    players = record.players or sorted({name.split(".")[0] for name in found})
    charts = []
    for player in players:
        names = [name for name in found if name.startswith(f"{player}.") and not name.endswith(GRADIENT)]
        short = [name.removeprefix(f"{player}.") for name in names]
        if names:
            lines = [Curve(word, *found[name]) for word, name in zip(short, names, strict=True)]
            charts.append(curves(f"Losses of the {player}", lines, about_terms(short)))
    norms = {player: found[f"{player}.{GRADIENT}"] for player in players if f"{player}.{GRADIENT}" in found}
    if norms:
        words = "How far a step would move the weights. Steady is well; growing without end is not."
        charts.append(curves("Gradient norms", [Curve(player, *norms[player]) for player in norms], words))
    charts += _vitals(found, players)
    varying = {player: rates for player, rates in record.rates.items() if len(set(rates[1])) > 1}
    if varying:
        charts.append(curves("Learning rates", [Curve(player, *rates) for player, rates in varying.items()]))
    seen = "Each point is a mean over the steps since the point before it. The arrow keys move along a chosen curve."
    return [tag("p", seen, class_="soft"), grid_of(charts)]


def _vitals(found: dict[str, tuple[list[int], list[float]]], players: Sequence[str]) -> list[Html]:
    """The game's own measures: numbers that belong to no player; those on the same scale share a figure."""
    names = [name for name in found if name.split(".")[0] not in players]
    charts = []
    for prefix in dict.fromkeys(name.rpartition(".")[0] for name in names):
        own = [name.removeprefix(f"{prefix}.") for name in names if name.rpartition(".")[0] == prefix]
        together = [word for word in own if word.startswith("of_")]
        for words in [together, *([word] for word in own if word not in together)]:
            if words:
                lines = [
                    Curve(word.replace("_", " "), *found[f"{prefix}.{word}" if prefix else word]) for word in words
                ]
                title = f"{prefix or 'Game'}: {', '.join(line.name for line in lines)}"
                charts.append(curves(title, lines, VITALS.get(words[0], "")))
    return charts


def _what(record: RunRecord) -> list[Html]:
    recipe = record.recipe
    if not recipe:
        return [tag("p", "The folder holds no recipe.yaml.")]
    rows: list[tuple[str, str]] = [("task", str(recipe.get("task", "–")))]
    for name in ("generator", "discriminator", "classifier", "representation", "data", "validation", "training"):
        words = group(recipe, name)
        if words:
            rows.append((name, _in_words(words)))
    game = [str(part.get("name")) for part in recipe.get("game") or [] if isinstance(part, dict)]
    rows.insert(3, ("game", ", ".join(game) or "none: no discriminator"))
    if record.parameters:
        rows.append(("parameters", "; ".join(f"{player} {count:,}" for player, count in record.parameters.items())))
    if recipe.get("sample_rate"):
        rows.append(("sample rate", f"{recipe['sample_rate']} Hz"))
    for player, words in group(recipe, "players").items():
        rows.append((f"player {player}", _in_words(words)))
    return [
        table("What is trained, and on what", ("", "as the recipe has it"), rows, "words"),
        folded("The whole recipe", tag("pre", tag("code", _recipe_text(record)))),
    ]


def _in_words(words: dict[str, Any]) -> str:
    """`Sounds, folder data/drums, samples 4096`: what a group of keys says, its own name first."""
    told = [str(words["name"])] if "name" in words else []
    for key, value in flat(words).items():
        if key != "name" and _says(value):
            told.append(f"{key.removesuffix('.name').replace('_', ' ').replace('.', ' ')} {_value(value)}".strip())
    return ", ".join(told)


def _says(value: Any) -> bool:
    return value not in (None, [], {}, False, "none")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(str(part) for part in value) + "]"
    return "" if value is True else str(value)


def _recipe_text(record: RunRecord) -> str:
    path = record.folder / "recipe.yaml"
    return path.read_text("utf-8", errors="replace") if path.exists() else "(the folder holds no recipe.yaml)"


def _use(record: RunRecord) -> list[Html]:
    lines = record.commands()
    if not lines:
        every = group(record.recipe, "training").get("checkpoint_every")
        when = f" The first is written at step {every:,}." if every else ""
        return [tag("p", f"There is no checkpoint yet: nothing to go on from or to use.{when}")]
    where = "From the folder that the training was begun in:" if not record.folder.is_absolute() else "In a terminal:"
    return [tag("p", where), commands(lines)]


def _machine(record: RunRecord) -> list[Html]:
    rows = list(record.machine.items())
    if record.time:
        step, seconds = record.time
        rate = f", {step / seconds:.3g} steps/s" if seconds else ""
        rows.insert(0, ("time in training", f"{duration(seconds)} until step {step:,}, validation included{rate}"))
    return [table("What it was trained on", ("", ""), rows, "words")] if rows else []
