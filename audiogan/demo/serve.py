"""Serving the page until Ctrl-C, and leaving nothing behind."""

from __future__ import annotations

import errno
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from audiogan.demo.app import Demo, build_app
from audiogan.demo.limits import Limits
from audiogan.demo.shelf import Shelf
from audiogan.errors import AudioganError, explain_os_error

PATIENCE = 2  # seconds that open answers have to end after Ctrl-C


def serve(
    shelf: Shelf, limits: Limits, listening: socket.socket, host: str, ready: Callable[[], None] | None = None
) -> None:
    """Serve the page on a socket until Ctrl-C or a signal to end.

    Args:
        shelf: the models.
        limits: of a sound.
        listening: where; see `listen`. It is closed at the end.
        host: the name under which the server was told to listen.
        ready: called when the page can be opened.

    Raises:
        AudioganError: there is no room for temporary files.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Ends work that goes on when it is told to end, so that it has not to wait for it."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            demo.abandon()
            super().handle_exit(sig, frame)

    with _folder() as folder, listening, _ended_by_a_signal():
        demo = Demo(shelf, limits, folder)
        settings = uvicorn.Config(
            build_app(demo, [host]), log_level="warning", access_log=False, timeout_graceful_shutdown=PATIENCE,
            server_header=False,
        )  # fmt: skip
        try:
            with suppress(KeyboardInterrupt):
                if ready:
                    ready()
                Server(settings).run(sockets=[listening])
        finally:
            demo.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        host: a name or an address.
        port: 0 for one that is free.

    Raises:
        AudioganError: the port is taken or not ours to take, or there is no such host here.
    """
    if not 0 <= port < 65536:
        raise AudioganError(f"a port of {port}: it is 0, for any that is free, to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise AudioganError(f"{host}: there is no such host ({problem.strerror}). Give 127.0.0.1 by --host.") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as problem:
        listening.close()
        if problem.errno == errno.EADDRINUSE:
            raise AudioganError(
                f"Port {port} of {host} is taken, perhaps by another demo. Choose another by --port; 0 takes one that "
                "is free."
            ) from None
        if problem.errno == errno.EACCES:
            raise AudioganError(f"Port {port} is not yours to take. Choose one above 1023 by --port.") from None
        raise AudioganError(f"{host} is no address of this machine ({problem.strerror}). Choose another.") from None
    return listening


def address_of(listening: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def is_loopback(listening: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    host = str(listening.getsockname()[0])
    return host.startswith("127.") or host == "::1"


@contextmanager
def _folder() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="audiogan-demo-")
    except OSError as problem:
        raise AudioganError(
            f"{tempfile.gettempdir()}: no temporary folder can be made there: {explain_os_error(problem)} TMPDIR "
            "names another one."
        ) from None
    with folder as path:
        yield Path(path)


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    """End at SIGTERM and SIGHUP as at Ctrl-C, so that files are removed; under `nohup`, SIGHUP stays ignored."""
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def hang_up(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)  # which uvicorn takes while it serves

    handlers = {signal.SIGTERM: interrupt, signal.SIGHUP: hang_up}
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
