"""The card of a bundle: what the run tells of the model is written, what only its maker knows is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.hub import UNWRITTEN

if TYPE_CHECKING:
    from audiogan.bundle import Model


def draft(model: Model, name: str) -> str:
    """The card of a model, with a line `(to be written: …)` wherever a person must write."""
    from audiogan import __version__

    recipe = model.recipe.model_dump(mode="json")
    weights = sum(parameter.numel() for parameter in model.generator.parameters())
    facts = [
        ("task", recipe["task"]),
        ("network", f"`{type(model.generator).__name__}`, {weights:,} parameters"),
        ("sample rate", f"{recipe['sample_rate']} Hz" if recipe.get("sample_rate") else "–"),
        ("recipe", f"{recipe['name']}; all of it is in `config.json`"),
        ("trained", f"{model.step:,} steps of {recipe['training']['batch_size']}"),
        ("game", ", ".join(part["name"] for part in recipe.get("game") or []) or "none: no discriminator"),
        ("audiogan", __version__),
        ("licence of the weights", _asked("which, and whose they are")),
    ]
    return "\n".join([
        f"# {name}", "",
        str(recipe.get("about") or _asked("what it does, in a sentence")), "",
        *_table(("", ""), facts), "",
        "## Scores", "",
        *_scores(model), "",
        "## Data and licences", "",
        "As the recipe names it:", "",
        *(f"- {key}: `{value}`" for key, value in recipe["data"].items() if value not in (None, [], {}, False)), "",
        _asked("which recordings these are, whose, how long, and under which licences"), "",
        "## Limits", "",
        _asked("what it does badly, what it was never tried on, which languages, rates and levels it knows"), "",
        "## What it must not be used for", "",
        _asked("where a wrong result does harm, and what those who are in the data have not agreed to"), "",
    ])  # fmt: skip


def _asked(what: str) -> str:
    return f"{UNWRITTEN}: {what})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _scores(model: Model) -> list[str]:
    """Of the validation that came last before the weights were kept, beside the unprocessed sound."""
    from audiogan.show.report_words import NOISY, measure_title

    row = _last_validation(model)
    if row is None:
        return [_asked("its scores beside those of the noisy or real sound, on data that nobody trained on, and how")]
    numbers = {name: value for name, value in row.items() if isinstance(value, int | float) and name != "step"}
    measures = [name for name in numbers if not name.endswith(NOISY)]
    rows = [(measure_title(name), _number(numbers, name + NOISY), _number(numbers, name)) for name in measures]
    beside = any(name + NOISY in numbers for name in measures)
    table = _table(("measure", "unprocessed", "this model"), rows)
    if not beside:
        table = _table(("measure", "this model"), [(name, own) for name, _, own in rows])
    return [
        f"On the validation items of its own training, at step {row['step']:,}:", "", *table, "",
        _asked("scores on data that neither training nor the choice of the checkpoint saw, and the command"),
    ]  # fmt: skip


def _last_validation(model: Model) -> Mapping[str, Any] | None:
    from audiogan.training.journal import read_journal

    journal = Path(model.source).parent.parent / "journal.jsonl"
    rows = read_journal(journal) if journal.is_file() else []
    return next((row for row in reversed(rows) if row["kind"] == "validation" and row["step"] <= model.step), None)


def _number(numbers: Mapping[str, float], name: str) -> str:
    return f"{numbers[name]:.3f}" if name in numbers else "–"
