"""The notebooks run from top to bottom."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
LARGEST = 20_000  # bytes: without what their cells put out


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_something(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = {*path.parent.iterdir()}
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = [kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in kinds(output)]
    assert "image/png" in shown
    assert "stderr" not in shown
    assert {*path.parent.iterdir()} == before  # it leaves nothing behind


def kinds(output: Any) -> list[str]:
    """Of what one output is: types of data, or the name of a stream."""
    return list(output.get("data", {})) or [output.get("name", output["output_type"])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_its_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    assert path.stat().st_size < LARGEST


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["enhance", "watch_a_game"]
