"""`audiogan doctor` names what is there, what is missing, and what to do."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.doctor import CORE, EXTRAS

PYPROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"
# Extras of the developers: nobody is told to install them to use audiogan.
OF_DEVELOPERS = {"dev"}


def declared() -> dict[str, list[str]]:
    """The names of what pyproject.toml asks for: "" → always, else by extra."""
    tomllib = pytest.importorskip("tomllib", reason="Python 3.11 reads TOML")
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {extra: [re.split(r"[\[<>=~]", line)[0] for line in lines] for extra, lines in groups.items()}


def test_it_knows_every_requirement_and_every_extra() -> None:
    asked = declared()
    assert set(CORE.values()) == set(asked[""])
    assert set(EXTRAS) == set(asked) - {""} - OF_DEVELOPERS
    for extra, known in EXTRAS.items():
        assert len(known.modules) == len(set(asked[extra]) - set(asked[""])), extra


def test_it_tells_versions_devices_and_extras(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"torch +{re.escape(version('torch'))} +works", said)
    assert re.search(r"\n  cpu +\d+ core", said)
    assert "All that is needed works." in said


def test_scripts_read_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["works"] and "cpu" in told["devices"]
    assert {package["name"]: package["version"] for package in told["core"]}["numpy"] == version("numpy")


def test_an_extra_that_is_missing_comes_with_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing(monkeypatch, "speechmos")
    assert main(["doctor"]) == 0
    assert "speechmos not found. Run: pip install 'audiogan[dnsmos]'" in capsys.readouterr().out


def test_an_extra_that_lacks_what_pip_does_not_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"\n  live +broken ", said)
    assert "(PortAudio library not found). Install PortAudio: apt install libportaudio2" in said


def test_a_broken_core_is_said_and_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing(monkeypatch, "soxr")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "is not installed. Run: pip install --force-reinstall soxr" in said
    assert "Broken: soxr." in said


def missing(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Let a module be none that the import system finds."""
    finders = [finder for finder in sys.meta_path if finder is not None]

    class Without:
        def __init__(self, finder: object) -> None:
            self.finder = finder

        def find_spec(self, name: str, *others: object) -> object:
            return None if name == module else self.finder.find_spec(name, *others)  # type: ignore[attr-defined]

    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Without(finder) for finder in finders])
