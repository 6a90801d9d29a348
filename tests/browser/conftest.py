"""The machine's own Chromium in front of a demo that runs as a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo.material import random_generators

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A microphone that beeps; as root Chromium has no sandbox.
OPTIONS = ["--no-sandbox", "--use-fake-device-for-media-stream"]
MEGABYTES = 4


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, or a skip that says that there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no Chromium on this machine (none of {', '.join(BROWSERS)}): install Debian's chromium")
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a demo with the enhancer and three generators is."""
    runs = random_generators(tmp_path_factory.mktemp("runs"))
    models = [f"--model={model}" for model in ("enhancer", runs / "drums", runs / "digits", runs / "points")]
    command = [sys.executable, "-m", "audiogan", "demo", "--port", "0", "--max-mb", str(MEGABYTES), *models]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield server.stdout.readline().partition(" ")[0]
    server.terminate()
    server.wait(timeout=250)


Visit = Callable[..., Any]


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Visit]:
    """Opens the page; its options are those of a browser's context. Fails if anything was wrong on the way."""
    contexts, troubles, elsewhere = [], [], []

    def open_page(**options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(250_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: elsewhere.append(request.url))
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    # The browser itself writes a line for every answer that is a refusal.
    assert [trouble for trouble in troubles if "Failed to load resource" not in trouble] == []
    assert [url for url in elsewhere if not url.startswith((address, "blob:", "data:"))] == []


def give(page: Any, path: Path) -> None:
    """Choose a file and wait until it is enhanced."""
    page.set_input_files("#file", path)
    done(page, path.name)


def done(page: Any, name: str) -> None:
    """Wait until a sound is enhanced."""
    page.locator("#denoise-status", has_text=f"{name} is done").wait_for()
    assert page.locator("#result").is_visible()
    assert not page.locator("#denoise-trouble").is_visible()


def download(page: Any, selector: str = "#download") -> tuple[str, bytes]:
    """The name and content of what a link saves."""
    with page.expect_download() as saved:
        page.click(selector)
    return saved.value.suggested_filename, Path(saved.value.path()).read_bytes()
