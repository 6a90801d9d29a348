"""The tables of docs/reproducing.md, made of audiogan's table of published figures.

    python docs/reproducing_page.py

writes them anew between the page's two marks.
"""

from __future__ import annotations

from pathlib import Path

from audiogan.recipe.published import DIFFERENCES, PUBLISHED, Published

PAGE = Path(__file__).parent / "reproducing.md"
BEGIN, END = "<!-- made by docs/reproducing_page.py -->\n", "<!-- end -->\n"


def tables() -> str:
    """Return a section for each recipe, and the table of differences."""
    sections = [_section(name, published) for name, published in PUBLISHED.items()]
    rows = "".join(f"| {d.recipe} | {d.published} | {d.here} | {d.why} |\n" for d in DIFFERENCES)
    head = "## Where we differ, and why\n\n| recipe | published | here | why |\n|---|---|---|---|\n"
    return "\n".join(sections) + "\n" + head + rows


def current(page: str) -> str:
    """Return the page with its tables as they are now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


def _section(name: str, published: Published) -> str:
    corpus = published.corpus
    text = f"## {name}\n\n{published.source}. {published.protocol}\n\n"
    if published.figures:
        head = ["| | published |", "|---|---|"]
        if published.input:
            head = ["| | published | noisy input |", "|---|---|---|"]
        for figure in published.figures:
            cells = [figure.title, f"{figure.value:.2f}{' (1)' if figure.comparable else ''}"]
            cells += [f"{published.input[figure.measure]:.2f}"] if published.input else []
            head.append(f"| {' | '.join(cells)} |")
        text += "\n".join(head) + "\n\n"
        notes = dict.fromkeys(figure.comparable for figure in published.figures if figure.comparable)
        text += "".join(f"(1) Not comparable with audiogan's: {note}.\n\n" for note in notes)
    counts = ", ".join(f"{part.items or 'no published count'} for {purpose}" for purpose, part in corpus.parts.items())
    text += f"- Corpus: {corpus.name}, {corpus.sample_rate} Hz; {counts}. To get it, {corpus.prepare}.\n"
    text += f"- Hardware: {published.hardware}\n"
    text += f"- Measured here: {published.here}\n"
    return text + f"- Command: `audiogan reproduce {name} --seeds 0 1 2`\n"


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
