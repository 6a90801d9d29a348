"""A visitor brings a sound, hears and sees it before and after, and takes the file of the command line home."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from audiogan.cli import main
from tests.browser.conftest import MEGABYTES, done, download, give
from tests.demo.material import noisy


def by_command(path: Path, *options: str) -> bytes:
    """What `audiogan enhance` writes."""
    place = path.with_name(f"by_command{path.suffix}")
    assert main(["enhance", str(path), "-o", str(place), "--overwrite", *options]) == 0
    return place.read_bytes()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("talk.wav", {"rate": 16000}),
        ("talk.wav", {"rate": 44100, "channels": 2, "subtype": "PCM_24"}),
        ("talk.flac", {"rate": 8000}),
        ("talk.mp3", {"rate": 22050}),
        ("talk.aiff", {"rate": 48000}),
    ],
)
def test_what_is_saved_is_what_the_command_writes(visit: Any, tmp_path: Path, name: str, shape: dict[str, Any]) -> None:
    path, page = noisy(tmp_path / name, **shape), visit()
    give(page, path)
    saved, content = download(page)
    assert saved == f"talk.enhanced{path.suffix}"
    assert content == by_command(path)
    rate = shape["rate"]
    shown = [one.get_attribute("aria-label") for one in page.locator("#spectrograms canvas").all()]
    assert shown == [
        f"Spectrogram {side}, 0 to {rate / 2000:g} kHz over 0.8 seconds" for side in ("before", "after", "removed")
    ]


def test_another_strength_is_worked_on_at_once(visit: Any, tmp_path: Path) -> None:
    path, page = noisy(tmp_path / "talk.wav"), visit()
    give(page, path)
    before = page.inner_text("#levels")
    page.fill("#strength", "40")
    done(page, "talk.wav")
    page.select_option("#limit", "12")
    page.locator("#denoise-progress").wait_for(state="hidden")
    done(page, "talk.wav")
    assert page.inner_text("#levels") != before
    assert download(page)[1] == by_command(path, "--strength", "0.4", "--attenuation-limit", "12")


def test_a_change_while_it_plays_goes_on_at_the_same_place(visit: Any, tmp_path: Path) -> None:
    page = visit()
    give(page, noisy(tmp_path / "talk.wav", seconds=30))
    page.fill("#position", "12")
    page.click("#play")
    levels = page.inner_text("#levels")
    page.fill("#strength", "30")
    page.locator("#levels", has_text="before").filter(has_not_text=levels).wait_for()
    assert page.inner_text("#play") == "Pause"
    assert 12 < float(page.input_value("#position")) < 25


def test_switching_keeps_the_position(visit: Any, tmp_path: Path) -> None:
    page = visit()
    give(page, noisy(tmp_path / "talk.wav", seconds=20))
    page.click("#play")
    heard = []
    for side in ("before", "after", "removed", "before"):
        page.locator(f"label:has([value={side}])").click()
        page.wait_for_timeout(300)
        heard.append(float(page.input_value("#position")))
        assert page.inner_text("#play") == "Pause"
        assert page.locator(".on").get_attribute("data-side") == side
    steps = [later - earlier for earlier, later in pairwise(heard)]
    assert all(0.2 < step < 3 for step in steps), heard
    page.fill("#position", "15")
    page.click("#play")
    assert 14.9 < float(page.input_value("#position")) < 17
    assert page.inner_text("#play") == "Play"


def test_what_is_no_sound_is_said_and_the_next_one_works(visit: Any, tmp_path: Path) -> None:
    page = visit()
    for name, content, words in (
        ("letter.wav", b"Dear all", "letter.wav: cannot be read as sound"),
        ("empty.flac", b"", "empty.flac: an empty file (0 bytes)"),
        ("cut.wav", noisy(tmp_path / "a.wav").read_bytes()[:9000], "cut.wav: cut short"),
        ("large.wav", bytes(MEGABYTES * 1_000_000 + 1), f"this page takes {MEGABYTES} MB at most"),
        ("letter.doc", b"Dear all", "letter.doc: cannot be read as sound"),
    ):
        page.set_input_files("#file", {"name": name, "mimeType": "audio/wav", "buffer": content})
        trouble = page.locator("#denoise-trouble[role=alert]", has_text=words)
        trouble.wait_for()
        assert not page.locator("#result").is_visible()
        assert not page.locator("#denoise-progress").is_visible()
    give(page, noisy(tmp_path / "talk.wav"))


def test_what_the_browser_cannot_play_can_be_saved(visit: Any, tmp_path: Path) -> None:
    page, path = visit(), noisy(tmp_path / "slow.wav", rate=2000)
    page.set_input_files("#file", path)
    page.locator("#denoise-status", has_text="This browser cannot play it (2000 Hz)").wait_for()
    assert not page.locator("#play").is_visible()
    assert download(page)[1] == by_command(path)
    give(page, noisy(tmp_path / "talk.wav"))
    assert page.locator("#play").is_visible()


def test_a_sound_is_dropped(visit: Any, tmp_path: Path) -> None:
    page, path = visit(), noisy(tmp_path / "talk.wav")
    page.evaluate(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name));
            for (const kind of ["dragover", "drop"]) {
                document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
            }
        }""",
        [path.name, base64.b64encode(path.read_bytes()).decode()],
    )
    done(page, path.name)
    assert download(page)[1] == by_command(path)


def test_two_tabs_have_their_own_sounds(visit: Any, tmp_path: Path) -> None:
    paths = [noisy(tmp_path / f"{n}.wav", seconds=2 + n, seed=n) for n in range(3)]
    pages = [visit() for _ in paths]
    for page, path in zip(pages, paths, strict=True):
        page.set_input_files("#file", path)
    for page, path in zip(pages, paths, strict=True):
        done(page, path.name)
        assert download(page)[1] == by_command(path)


def test_what_only_the_browser_can_read_is_worked_on_as_wav(visit: Any) -> None:
    """WebM, as browsers record it."""
    page = visit()
    page.evaluate(
        """async () => {
            const context = new AudioContext(), tone = context.createOscillator();
            const into = context.createMediaStreamDestination(), chunks = [];
            tone.connect(into);
            tone.start();
            const recorder = new MediaRecorder(into.stream);
            recorder.ondataavailable = ({ data }) => chunks.push(data);
            recorder.start();
            await new Promise((resolve) => setTimeout(resolve, 1000));
            await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
            const transfer = new DataTransfer(), input = document.getElementById("file");
            transfer.items.add(new File(chunks, "voice note.webm"));
            input.files = transfer.files;
            input.dispatchEvent(new Event("change"));
        }"""
    )
    done(page, "voice note.wav")
    name, content = download(page)
    assert (name, content[:4]) == ("voice note.enhanced.wav", b"RIFF")


def test_the_microphone_is_recorded(visit: Any) -> None:
    page = visit(permissions=["microphone"])
    page.click("#record")
    page.locator("#record", has_text="Stop recording").wait_for()
    page.wait_for_timeout(1500)
    page.click("#record")
    done(page, "recording.wav")
    assert download(page)[0] == "recording.enhanced.wav"
    assert page.inner_text("#record") == "Record"


def test_a_microphone_that_is_not_allowed_is_said(visit: Any, address: str) -> None:
    page = visit()
    page.context.new_cdp_session(page).send(
        "Browser.setPermission",
        {"permission": {"name": "microphone"}, "setting": "denied", "origin": address.rstrip("/")},
    )
    page.click("#record")
    page.locator("#denoise-trouble", has_text="The microphone was not allowed.").wait_for()
    assert page.inner_text("#record") == "Record"
    assert page.evaluate("document.activeElement.id") == "record"


def test_a_browser_without_microphones_says_so(chromium: Any, visit: Any) -> None:
    page = visit()
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined })")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.click("#record")
    page.locator("#denoise-trouble", has_text="This browser has no way to record.").wait_for()
