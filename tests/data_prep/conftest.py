"""The programs as a user runs them, and small trees of the shape that publishers ship."""

from __future__ import annotations

import importlib
import io
import sys
import tarfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]

sys.path.insert(0, str(ROOT / "data_prep"))  # where Python itself looks when it runs a program of this folder


@dataclass(frozen=True)
class Finished:
    """What a program left: its exit code and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Finished]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run data_prep/NAME.py with arguments, in this process: a new one takes longer than the program."""

    def run_program(name: str, *arguments: str | Path | int) -> Finished:
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as error:
            code = importlib.import_module(name).main()
        return Finished(code, out.getvalue(), error.getvalue())

    return run_program


def tone(seconds: float, pitch: float = 440.0, rate: int = 16000, amplitude: float = 0.3) -> np.ndarray:
    """A sine `[samples]`: another pitch is another recording."""
    return (amplitude * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def wav(path: Path, waveform: np.ndarray, rate: int = 16000) -> Path:
    """Write a WAV (or what the suffix says), making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, waveform, rate)
    return path


def wav_bytes(waveform: np.ndarray, rate: int = 16000, format: str = "WAV") -> bytes:
    """The same as bytes."""
    file = io.BytesIO()
    soundfile.write(file, waveform, rate, format=format)
    return file.getvalue()


def deb(path: Path, files: dict[str, bytes]) -> Path:
    """A Debian package that installs some files (deb(5))."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    archive = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"), ("data.tar.xz", data.getvalue())):
        archive += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        archive += content + b"\n" * (len(content) % 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive)
    return path
