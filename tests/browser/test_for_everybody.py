"""By keyboard, on a phone, in light and dark, and for who hears the page read aloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import give
from tests.demo.material import noisy

# The smallest contrast (WCAG 2.1, 1.4.3) of visible text with what lies behind it, and which text that is.
CONTRAST = """() => {
    const parts = (colour) => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = (colour) => {
        const [r, g, b] = parts(colour).slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const colour = getComputedStyle(one).backgroundColor;
            const [, , , alpha = 1] = parts(colour);
            if (alpha > 0.99) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const seen = [...document.querySelectorAll("body *")].filter((element) =>
        element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    const measured = seen.map((element) => {
        const one = light(getComputedStyle(element).color), other = light(behind(element));
        return [(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), element.textContent.slice(0, 40)];
    });
    return measured.sort((a, b) => a[0] - b[0])[0];
}"""
# Controls that a finger would miss: less than 40 pixels high.
SMALL = """() => [...document.querySelectorAll("select, input:not([type=radio], .unseen), .button, .switch span")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40).map((one) => one.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_it_fits_and_can_be_read(visit: Any, tmp_path: Path, width: int, scheme: str) -> None:
    page = visit(viewport={"width": width, "height": 700}, color_scheme=scheme)
    give(page, noisy(tmp_path / "a recording with rather a long name that nobody would cut.wav"))
    page.click("#draw-go")
    page.wait_for_selector("#drawn figure")
    page.fill("#steps", "1")
    page.click("#walk-go")
    page.wait_for_selector("#draw-trouble:not([hidden])")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    contrast, text = page.evaluate(CONTRAST)
    assert contrast >= 4.5, text
    assert page.evaluate(SMALL) == []
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    assert dark == (scheme == "dark")


def test_all_can_be_done_by_keyboard(visit: Any, tmp_path: Path) -> None:
    page = visit()
    give(page, noisy(tmp_path / "talk.wav", seconds=30))
    order = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(30):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        outline = page.evaluate(
            """() => {
                const one = document.activeElement, around = [one, one.closest("label"), one.nextElementSibling];
                return around.some((element) => element && getComputedStyle(element).outlineStyle === "solid");
            }"""
        )
        assert outline, order[-1]
        if order[-1] == "walk-go":
            break
    assert order == [
        "file", "record", "strength", "limit", "channels", "play", "after", "position", "download",
        "drawer", "seed", "label", "truncation", "count", "draw-go", "from", "to", "steps", "walk-go",
    ]  # fmt: skip
    page.focus("input[value=after]")
    page.keyboard.press("ArrowLeft")
    assert page.locator("input[value=before]").is_checked()
    page.focus("#play")
    page.keyboard.press("Space")
    assert page.inner_text("#play") == "Pause"
    page.focus("#position")
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    page.focus("#play")
    page.keyboard.press("Enter")
    assert page.inner_text("#play") == "Play"


def test_who_hears_the_page_is_told_all(visit: Any, tmp_path: Path) -> None:
    page = visit()
    give(page, noisy(tmp_path / "talk.wav"))
    for role, name in (
        ("button", "Play"), ("button", "Record"), ("radio", "Before"), ("radio", "After"), ("radio", "Removed"),
        ("slider", "Position in seconds"), ("slider", "Strength"), ("combobox", "Lower by at most"),
        ("link", "Download talk.enhanced.wav"), ("group", "Player"), ("heading", "Draw from a generator"),
        ("spinbutton", "Seed"), ("button", "Walk"), ("region", "Take noise out of a recording"),
    ):  # fmt: skip
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name
    assert page.get_by_role("status").first.inner_text().startswith("talk.wav is done: 0:00.")
    assert page.locator("#position").get_attribute("aria-valuetext") == "0.0 of 0.8 seconds"


def test_a_server_that_has_gone_is_said(visit: Any, tmp_path: Path) -> None:
    page = visit()
    page.context.set_offline(True)
    page.set_input_files("#file", noisy(tmp_path / "talk.wav"))
    page.locator("#denoise-trouble", has_text="The server does not answer.").wait_for()
    page.context.set_offline(False)
    give(page, tmp_path / "talk.wav")
