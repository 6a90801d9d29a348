"""`audiogan demo` as a process: it says where it is, refuses a taken port, and leaves nothing behind when it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.cli import main

httpx = pytest.importorskip("httpx")
pytest.importorskip("uvicorn", reason="the extra demo is not installed")

SECONDS = 500  # within which what is waited for comes about, on a machine however busy


class Server:
    """A demo of its own in a process, on a free port, with its temporary files in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "audiogan", "demo", "--port", "0", *options]
        environment = {**os.environ, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        self.address = self.greeting.partition(" ")[0]

    def files(self) -> list[Path]:
        """What it keeps on disk at this moment."""
        return [path for path in self.folder.glob("audiogan*/**/*") if path.is_file()]

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Its exit code and what it said of trouble."""
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, errors


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "temporary").mkdir()
    server = Server(tmp_path / "temporary")
    yield server
    if server.process.poll() is None:
        server.process.kill()
        server.process.communicate()


def begin(server: Server, tmp_path: Path) -> socket.socket:
    """Send eight minutes of noise and come back while they are worked on; the ticket is "mine"."""
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "long.flac", 0.1 * rng.standard_normal(8 * 60 * 16000), 16000)
    content = (tmp_path / "long.flac").read_bytes()
    host, port = server.address.removeprefix("http://").rstrip("/").split(":")
    visitor = socket.create_connection((host, int(port)))
    head = f"POST /enhance?model=enhancer&name=long.flac&ticket=mine HTTP/1.1\r\nHost: {host}\r\n"
    visitor.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    wait_until(lambda: (share(server) or 0) > 0)
    assert len(server.files()) == 2
    return visitor


def share(server: Server) -> float | None:
    """How far the work for "mine" is."""
    told: float | None = httpx.get(f"{server.address}progress?ticket=mine").json()["share"]
    return told


def wait_until(true: object) -> None:
    """Look every tenth of a second, for `SECONDS`."""
    assert callable(true)
    patience = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.1)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_the_midst_of_work_and_leaves_nothing(server: Server, tmp_path: Path, how: signal.Signals) -> None:
    assert server.greeting.startswith("http://127.0.0.1:")
    assert "shows enhancer" in server.greeting
    with begin(server, tmp_path):
        code, errors = server.end(how)
    assert code == 0, errors
    assert "Traceback" not in errors
    assert list(server.folder.glob("audiogan*")) == []


def test_work_for_a_visitor_who_left_ends(server: Server, tmp_path: Path) -> None:
    begin(server, tmp_path).close()
    wait_until(lambda: share(server) is None)
    assert server.files() == []
    code, errors = server.end(signal.SIGINT)
    assert (code, errors) == (0, "")


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"audiogan demo: Port {port} of 127.0.0.1 is taken, perhaps by another demo. Choose another by --port; "
        "0 takes one that is free.\n"
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["-m", "enhanser"], "Did you mean enhancer"),
        (["--port", "70000"], "a port of 70000: it is 0, for any that is free, to 65535."),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid: there is no such host"),
        (["--host", "203.0.113.7"], "203.0.113.7 is no address of this machine"),
        (["--max-minutes", "0"], "limits of 200 MB and 0 minutes: both must be above 0"),
    ],
)
def test_mistakes_are_said(options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--port", "0", *options]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["demo", "--port", "0"]) == 2
    assert "pip install 'audiogan[demo]'" in capsys.readouterr().err
