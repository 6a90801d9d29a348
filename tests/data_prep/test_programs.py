"""The programs as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

PROGRAMS = sorted(path for path in (ROOT / "data_prep").glob("*.py") if "__main__" in path.read_text())


def start(program: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(program), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_help_shows_an_example_and_the_licences(program: Path, tmp_path: Path) -> None:
    result = start(program, tmp_path, "--help")
    assert result.returncode == 0, result.stderr
    assert f"python data_prep/{program.name}" in result.stdout
    assert "licence" in result.stdout or "CC-BY" in result.stdout


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    result = start(ROOT / "data_prep" / "folders.py", tmp_path, "out", "--speech", "nowhere")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("folders: ")
    assert result.stderr.count("\n") == 1
    assert not any(tmp_path.iterdir())
