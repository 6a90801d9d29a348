"""Docstrings as Markdown: what the pages that are made at build time share."""

from __future__ import annotations

import inspect
import re

SECTION = re.compile(r"^(Args|Returns|Raises|Attributes|Yields|Example|Examples):$", re.MULTILINE)


def text_of(thing: object) -> str:
    """A docstring up to its sections of arguments, results and errors."""
    return SECTION.split(_whole(thing))[0].strip()


def first_line(thing: object) -> str:
    """What a thing is, in a line."""
    return " ".join(_whole(thing).split("\n\n")[0].split())


def arguments_of(cls: type) -> dict[str, str]:
    """What a class's docstring says of each argument, those of the classes it derives from included."""
    said: dict[str, str] = {}
    for parent in reversed(cls.__mro__[:-1]):
        parts = SECTION.split(inspect.cleandoc(parent.__dict__.get("__doc__") or ""))
        for title, body in zip(parts[1::2], parts[2::2], strict=True):
            if title == "Args":
                said |= _entries(body)
    return said


def cell(text: str) -> str:
    """A text that fits into one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _entries(body: str) -> dict[str, str]:
    """The entries of a section: `name: what it is`, or several names with one text, lines below indented further."""
    entries: dict[str, str] = {}
    for entry in re.split(r"\n(?=    \S)", body.rstrip()):
        match = re.match(r"\s*([\w, *]+?)(?: \([^)]*\))?:\s+(.*)", entry, re.DOTALL)
        if match:
            entries |= {name.strip(" *"): " ".join(match[2].split()) for name in match[1].split(",")}
    return entries


def _whole(thing: object) -> str:
    return inspect.getdoc(thing) or ""
