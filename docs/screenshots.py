"""Screenshots of what people see, on a desktop and a phone, light and dark: the demo, a report, the documentation.

    python docs/screenshots.py FOLDER noisy.wav -m enhancer -m runs/specgan_mini \\
        --page runs/segan_mini/report.html --page build/site/index.html

Needs the extra `dev` and the machine's Chromium. Writes FOLDER/NAME-{desktop,phone}-{light,dark}.png. To add a page,
add an entry to `shots`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

WIDTHS = {"desktop": (1000, 800), "phone": (390, 800)}
MARGIN = 12  # pixels around a part of a page
SCHEMES = ("light", "dark")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Shot:
    """One page to be shown.

    Args:
        name: of its files.
        address: of the page.
        prepare: what to do on it first.
        part: the element that is shown; None for the whole page, however long.
    """

    name: str
    address: str
    prepare: Callable[[Page], None] = lambda page: None
    part: str | None = None


def shots(demo: str, sound: Path, pages: list[Path]) -> list[Shot]:
    """All pages to be shown."""

    def empty(page: Page) -> None:
        page.wait_for_selector("html[data-ready]")

    def enhanced(page: Page) -> None:
        empty(page)
        page.set_input_files("#file", sound)
        page.wait_for_selector("#result:not([hidden])")
        page.press("#position", "PageUp")
        page.press("#position", "PageUp")
        page.evaluate("document.activeElement.blur()")

    def refused(page: Page) -> None:
        empty(page)
        page.set_input_files("#file", {"name": "letter.wav", "mimeType": "text/plain", "buffer": b"Dear all"})
        page.wait_for_selector("#denoise-trouble:not([hidden])")

    def drawn(page: Page) -> None:
        empty(page)
        if page.locator("#draw").is_visible():
            page.click("#draw-go")
            page.wait_for_selector("#drawn figure")

    found = [
        Shot("demo", demo, empty),
        Shot("demo-enhanced", demo, enhanced, "#denoise"),
        Shot("demo-whole", demo, enhanced),
        Shot("demo-refused", demo, refused, "#denoise"),
        Shot("demo-drawn", demo, drawn, "#draw"),
    ]
    return found + [Shot(f"{path.parent.name}-{path.stem}", path.resolve().as_uri()) for path in pages]


@contextmanager
def served(models: list[str]) -> Iterator[str]:
    """The address of a demo that is up until the block ends."""
    command = [sys.executable, "-m", "audiogan", "demo", "--port", "0", *(f"--model={model}" for model in models)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line:
            sys.exit("the demo did not start")
        yield line.split()[0]
    finally:
        server.terminate()
        server.wait()


def around(page: Page, part: str) -> FloatRect:
    """Where an element is on a page, with a margin."""
    page.evaluate("scrollTo(0, 0)")
    box = page.locator(part).bounding_box()
    assert box is not None
    x, y = max(0, box["x"] - MARGIN), max(0, box["y"] - MARGIN)
    return {"x": x, "y": y, "width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN}


def shrink(picture: Path) -> None:
    """Keep a picture to 64 colours, in which hardly anybody sees a difference, and its file to a quarter."""
    Image.open(picture).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(picture, optimize=True)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("sound", type=Path, help="a recording to enhance")
    parser.add_argument("-m", "--model", action="append", default=[], help="for the demo")
    parser.add_argument("--page", action="append", type=Path, default=[], help="a run's report, or any other page")
    parser.add_argument("--only", help="those whose name begins with this")
    arguments = parser.parse_args()
    missing = [path for path in (arguments.sound, *arguments.page) if not path.is_file()]
    if missing:
        sys.exit(f"there is no file {missing[0]}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with served(arguments.model) as demo, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for shot in shots(demo, arguments.sound, arguments.page):
            if arguments.only and not shot.name.startswith(arguments.only):
                continue
            for device, (width, height) in WIDTHS.items():
                for scheme in SCHEMES:
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=scheme, is_mobile=device == "phone"
                    )  # fmt: skip
                    page = context.new_page()
                    page.goto(shot.address)
                    shot.prepare(page)
                    place = arguments.folder / f"{shot.name}-{device}-{scheme}.png"
                    if shot.part:
                        page.screenshot(path=place, full_page=True, clip=around(page, shot.part))
                    else:
                        page.screenshot(path=place, full_page=True)
                    shrink(place)
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    told = f", {wide} pixels too wide" if wide > 0 else ""
                    print(f"{place}: {place.stat().st_size // 1000} kB{told}")
                    context.close()
        browser.close()


if __name__ == "__main__":
    main()
