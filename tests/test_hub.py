"""Bundles go to a folder that stands in for the hub, and come back; the hub itself is not tried."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.errors import AudioganError
from audiogan.hub import fetch, push
from audiogan.models import find, on_hub


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle with its card, and something beside it that is nobody's business."""
    folder = tmp_path / "models" / "quiet"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"step": 1}))
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "README.md").write_text("# Quiet\n")
    (folder / "notes.txt").write_text("private")
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands in."""
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setenv("AUDIOGAN_HUB", str(folder))
    return folder


def test_a_bundle_goes_there_and_comes_back(bundle: Path, hub: Path) -> None:
    assert push(bundle, "me/quiet") == str(hub / "me" / "quiet")
    found = fetch("me/quiet")
    assert on_hub() == []  # what the bundle says of itself is no recipe
    (found / "config.json").write_text(json.dumps({"step": 7, "recipe": {"task": "enhancement", "sample_rate": 8000}}))
    (known,) = on_hub()
    assert (known.name, known.kind, known.step, find(known.name)) == ("hub:me/quiet", "hub", 7, found)
    shutil.copyfile(bundle / "config.json", found / "config.json")
    assert find("hub:me/quiet") == found
    assert {path.name: path.read_bytes() for path in found.iterdir()} == {
        name: (bundle / name).read_bytes() for name in ("README.md", "config.json", "model.safetensors")
    }


def test_a_new_version_takes_the_old_one_s_place(bundle: Path, hub: Path) -> None:
    (bundle / "model.onnx").write_bytes(b"graph")
    push(bundle, "me/quiet")
    (bundle / "model.onnx").unlink()
    (bundle / "model.safetensors").write_bytes(b"other weights")
    push(bundle, "me/quiet")
    assert (fetch("me/quiet") / "model.safetensors").read_bytes() == b"other weights"
    assert sorted(path.name for path in (hub / "me").rglob("*")) == [
        "README.md", "config.json", "model.safetensors", "quiet",
    ]  # fmt: skip


def test_the_command_line_does_the_same(bundle: Path, hub: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--push", str(bundle), "me/quiet"]) == 0
    assert main(["models", "--fetch", "me/quiet"]) == 0
    assert capsys.readouterr().out == f"{hub / 'me' / 'quiet'}\n" * 2


def test_a_bundle_without_a_card_stays(bundle: Path, hub: Path) -> None:
    (bundle / "README.md").unlink()
    with pytest.raises(AudioganError, match=r"has no card\. Write README\.md into it first"):
        push(bundle, "me/quiet")
    assert list(hub.iterdir()) == []


@pytest.mark.parametrize("name", ["quiet", "me/quiet/3", "../quiet", "me/..", "", "me/ quiet"])
def test_a_name_that_is_none_is_refused(name: str, bundle: Path, hub: Path) -> None:
    for attempt in (lambda: push(bundle, name), lambda: fetch(name)):
        with pytest.raises(AudioganError, match="Write OWNER/NAME"):
            attempt()


def test_wrong_things_are_said(bundle: Path, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AudioganError, match="is no model bundle"):
        push(tmp_path, "me/quiet")
    push(bundle, "me/quiet")
    with pytest.raises(AudioganError, match=r"no model me/quite. Did you mean me/quiet\?"):
        fetch("me/quite")
    monkeypatch.setenv("AUDIOGAN_HUB", str(tmp_path / "nowhere"))
    with pytest.raises(AudioganError, match="which is no folder"):
        fetch("me/quiet")


def test_without_the_extra_it_says_what_to_do(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIOGAN_HUB", raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for attempt in (lambda: push(bundle, "me/quiet"), lambda: fetch("me/quiet")):
        with pytest.raises(AudioganError, match=r"pip install 'audiogan\[hub\]'"):
            attempt()
