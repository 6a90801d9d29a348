"""The page of `audiogan eval` for sets: the table of figures, and sounds of every set to listen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from audiogan.metrics.set_results import cell, conditions, title
from audiogan.metrics.sound_sets import SetTable, implementations
from audiogan.show.clips import sound, strip
from audiogan.show.page import Html, commands, page, section, table, tag

MOST_SOUNDS = 8  # of each set


def sets_page(
    figures: SetTable, sounds: Mapping[str, Sequence[Path]], command: str, remarks: Sequence[str] = ()
) -> str:
    """The whole page.

    Args:
        figures: the table.
        sounds: the files of each set; those shown are spread evenly over them.
        command: that makes the figures again.
        remarks: what was done to the sets, a sentence each.
    """
    lines = [[title(name), *(cell(row, of[name]) for row, of in figures.rows.items())] for name in figures.measures]
    told = [*conditions(figures), *(f"{remark[:1].upper()}{remark[1:]}." for remark in remarks)]
    by = [(title(name)[:-2], text) for name, text in implementations(figures.measures).items()]
    lost = sorted({f"{row}, {title(name)}: {one.not_measurable}" for row, of in figures.rows.items()
                   for name, one in of.items() if one.not_measurable is not None})  # fmt: skip
    return page(
        "Generated sounds beside real ones",
        section(
            "Figures",
            table(f"{figures.number} sounds against {figures.number}", ["measure", *figures.rows], lines),
            tag("p", "↑ higher is better, ↓ lower is better, ≈ best as the real sounds have it.", class_="soft"),
            *(tag("p", line, class_="soft") for line in told),
            *(tag("p", f"Not measurable: {line}", class_="soft") for line in lost),
        ),
        section("To listen to", *_to_listen(sounds)),
        section(
            "How it was measured",
            table("Implementations", ("measure", "by"), by, "words"),
            commands([("Made by", command)]),
        ),
    )


def _to_listen(sounds: Mapping[str, Sequence[Path]]) -> list[Html]:
    parts = [tag("p", "The files as they are, spread evenly over each set. All spectrograms have the same scale.")]
    for name, paths in sounds.items():
        some = [paths[n * len(paths) // min(MOST_SOUNDS, len(paths))] for n in range(min(MOST_SOUNDS, len(paths)))]
        parts += [
            tag("h3", f"{name}, {len(paths)} sounds"),
            strip([sound(path, path.stem) for path in some], wrapped=True),
        ]
    return parts
