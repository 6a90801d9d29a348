"""A visitor draws from generators and walks between samples."""

from __future__ import annotations

from typing import Any


def test_sounds_are_drawn_and_saved(visit: Any) -> None:
    page = visit()
    page.select_option("#drawer", "drums")
    page.select_option("#label", "snare")
    page.fill("#seed", "7")
    page.fill("#count", "3")
    page.press("#count", "Enter")
    page.locator("#draw-status", has_text="3 sounds by drums.").wait_for()
    assert page.locator("#drawn figcaption span").all_inner_texts() == [f"sample {n}, snare" for n in range(3)]
    assert page.locator("#drawn canvas").count() == page.locator("#drawn audio").count() == 3
    with page.expect_download() as saved:
        page.click("#drawn li:nth-child(2) a")
    assert saved.value.suggested_filename == "drums-7-sample-1.flac"
    page.click("#turn")
    page.wait_for_timeout(200)
    assert page.evaluate("[...document.querySelectorAll('#drawn audio')].some((one) => !one.paused)")


def test_a_walk_and_a_model_of_another_kind(visit: Any) -> None:
    page = visit()
    page.select_option("#drawer", "digits")
    page.fill("#steps", "5")
    page.click("#walk-go")
    page.locator("#draw-status", has_text="5 pictures by digits.").wait_for()
    assert page.locator("#drawn img").first.get_attribute("alt") == "step 0, 0"
    assert page.locator("#turn").is_hidden()
    page.select_option("#drawer", "points")
    assert page.locator("#label").is_hidden()
    page.click("#draw-go")
    page.locator("#draw-status", has_text="1000 points by points.").wait_for()
    assert page.get_by_role("img", name="1000 points of the plane").count() == 1


def test_numbers_that_cannot_be_are_said(visit: Any) -> None:
    page = visit()
    page.fill("#steps", "1")
    page.click("#walk-go")
    page.locator("#draw-trouble", has_text="The number of steps is 1").wait_for()
    page.fill("#steps", "2")
    page.click("#walk-go")
    page.locator("#draw-status", has_text="2 sounds by drums.").wait_for()
    assert page.locator("#draw-trouble").is_hidden()
