"""A page in one file: HTML that opens without a network, in light and dark, on a phone and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

VOID = ("img",)


class Html(str):
    """Text that is HTML already; all other text is escaped where it enters a page."""


def html(text: object) -> Html:
    """Any text as HTML: escaped, unless it is `Html` already."""
    return text if isinstance(text, Html) else Html(escape(str(text)))


def joined(parts: Iterable[object], between: str = "\n") -> Html:
    """Parts one after the other."""
    return Html(between.join(html(part) for part in parts))


def tag(name: str, *content: object, **attributes: object) -> Html:
    """An element with its content and attributes: `class_` stands for class, `data_x` for data-x; None is left out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{told}>" if name in VOID else f"<{name}{told}>{joined(content, '')}</{name}>")


def section(title: str, *content: object, id: str | None = None) -> Html:
    """A part of a page under its heading; nothing where there is no content."""
    body = [part for part in content if part]
    return tag("section", tag("h2", title), *body, id=id) if body else Html("")


def table(caption: str, head: Sequence[object], rows: Iterable[Sequence[object]], shape: str | None = None) -> Html:
    """A table whose first column names its rows. It scrolls by itself where the page is too narrow for it."""
    first = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = [tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:])) for row in rows]
    whole = tag("table", tag("caption", caption), tag("thead", first), tag("tbody", *body), class_=shape)
    return tag("div", whole, class_="wide", tabindex=0, role="region", aria_label=caption)


def folded(summary: str, *content: object) -> Html:
    """Content that is shown when asked for."""
    return tag("details", tag("summary", summary), *content)


def commands(lines: Iterable[tuple[str, str]]) -> Html:
    """Commands to copy, each under what it is for."""
    return tag("dl", *(joined([tag("dt", what), tag("dd", tag("pre", tag("code", line)))]) for what, line in lines))


def grid_of(figures: Iterable[Html]) -> Html:
    """Figures in as many columns as fit."""
    return tag("div", *figures, class_="grid")


def data(content: Any) -> Html:
    """Numbers for the page's program; nothing in them can end the element."""
    return Html(f'<script type="application/json">{json.dumps(content).replace("<", chr(92) + "u003c")}</script>')


def page(title: str, *content: object) -> str:
    """The whole page.

    Args:
        title: of the page, and its first heading.
        content: text, which is escaped, and `Html`.
    """
    style, program = (files("audiogan.show").joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{joined(part for part in content if part)}
</main>
<script>
{program}</script>
</body>
</html>
"""


def shown(value: float | None) -> str:
    """A number in four digits, as a table shows it; a dash where there is none."""
    if value is None:
        return "–"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.4g}"
