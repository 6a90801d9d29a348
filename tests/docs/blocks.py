"""The commands and the blocks of code in the README and in the pages of docs, with what keeps some from being run.

A comment before a block says why it is not run: `<!-- not run: needs a network -->`; or why some of its commands are
not, by how they begin: `<!-- not run (pip install, python eval/): takes hours -->`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"", "sh", "python", "yaml", "text"}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^<!-- not run(?: \(([^)]*)\))?: (.+?) -->\n(?=(```)?)", re.MULTILINE)

# A block without a language is commands if it begins with one of these, else what a program printed.
COMMANDS = ("audiogan", "python", "python3", "pip", "make", "torchrun", ".venv/bin/audiogan", "cat", "mkdir")


@dataclass(frozen=True)
class Piece:
    """One command, or one block of code.

    Args:
        page: the name of its page.
        line: where it stands there.
        language: "sh", "python" or "yaml".
        text: what it says.
        reason: why it is not run; empty if it is.
    """

    page: str
    line: int
    language: str
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.text.split(chr(10))[0][:60]}"


def pieces_of(page: Path) -> list[Piece]:
    """The commands and blocks of code of a page, from top to bottom.

    Raises:
        ValueError: a block has a language that nobody runs, or a comment stands before no block.
    """
    text = page.read_text(encoding="utf-8")
    marks = {match.end(): match for match in MARK.finditer(text)}
    pieces = []
    for fence in FENCE.finditer(text):
        language, body = fence.groups()
        if language not in LANGUAGES:
            raise ValueError(f"{page.name}: nobody runs a block of {language}")
        mark = marks.pop(fence.start(), None)
        line = text.count("\n", 0, fence.start()) + 2
        if language in ("python", "yaml"):
            pieces.append(Piece(page.name, line, language, body, mark[2] if mark else ""))
        elif language == "sh" or body.startswith(tuple(f"{command} " for command in COMMANDS)):
            pieces += [
                Piece(page.name, line + offset, "sh", command, _reason(mark, command))
                for offset, command in _commands(body)
            ]
        elif mark:
            raise ValueError(f"{page.name}:{line}: a block that nobody would run is marked")
    if marks:
        raise ValueError(f"{page.name}: before which block does '{next(iter(marks.values()))[0].strip()}' stand?")
    return pieces


def _commands(body: str) -> list[tuple[int, str]]:
    """The commands of a block, each with its line in it; a line that ends in a backslash goes on."""
    commands, begun = [], None
    for number, line in enumerate(body.splitlines()):
        if begun is None and not line.strip():
            continue
        start, text = begun or (number, "")
        text += line.removesuffix("\\")
        begun = (start, text) if line.endswith("\\") else None
        if begun is None:
            commands.append((start, " ".join(text.split())))
    return commands


def _reason(mark: re.Match[str] | None, command: str) -> str:
    if mark is None:
        return ""
    beginnings = [word.strip() for word in (mark[1] or "").split(",")]
    return mark[2] if command.startswith(tuple(beginnings)) else ""
