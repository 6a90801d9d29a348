"""Completion knows every verb and option, and bash can run what is printed."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from audiogan.cli import main, parser
from audiogan.commands import VERBS
from audiogan.commands.completion import _say_what_are_paths


@pytest.fixture(scope="module")
def bash() -> str:
    """The script for bash, or a skip where the extra is not installed."""
    pytest.importorskip("shtab")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["completion", "bash"]) == 0
    return said.getvalue()


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last word."""
    program = f"""{script}
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
$(complete -p audiogan | sed 's/.*-F \\([^ ]*\\).*/\\1/') audiogan '{words[-1]}' '{words[-2]}'
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    return sorted({word.strip() for word in result.stdout.split("\n")} - {""})


def test_verbs_are_completed(bash: str) -> None:
    assert completed(bash, "audiogan", "en") == ["enhance"]
    assert set(VERBS) <= set(completed(bash, "audiogan", ""))


def test_options_of_a_verb_are_completed(bash: str) -> None:
    assert completed(bash, "audiogan", "enhance", "--stre") == ["--stream", "--strength"]
    assert completed(bash, "audiogan", "recipe", "sch") == ["schema"]


def test_every_path_is_completed_as_one() -> None:
    """Those that the parsers read as paths, and those of `enhance` and `generate`, which may be other things too."""
    import argparse

    found: dict[str, list[str]] = {}

    def look(one: argparse.ArgumentParser) -> None:
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    look(below)
            elif action.type is Path or action.dest in ("input", "output", "model", "recipe"):
                found.setdefault(getattr(action, "complete", "nothing"), []).append(f"{one.prog} {action.dest}")

    root = parser()
    _say_what_are_paths(root, "file", "folder")
    look(root)
    assert "nothing" not in found
    assert "audiogan report runs" in found["folder"] and "audiogan eval report" in found["file"]


def test_without_the_package_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert "pip install 'audiogan[completion]'" in capsys.readouterr().err
