"""A folder of short sounds to listen to: the files, a sheet of spectrograms and one page with a player for each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import write
from audiogan.show.sheet import COLUMNS, sheet_picture
from audiogan.writing import write_text

SoundFormat = Literal["flac", "wav"]

SHEET, PAGE = "sheet.png", "index.html"
MOST_SHOWN = 256  # spectrograms on a sheet, and players on a page

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
ol { list-style: none; padding: 0; }
audio { display: block; width: 100%; }
img { max-width: 100%; height: auto; }
"""


def listening_folder(
    folder: Path,
    sounds: NDArray[np.float32],
    sample_rate: int,
    files: Sequence[str],
    names: Sequence[str],
    title: str,
    columns: int = COLUMNS,
    kind: SoundFormat = "flac",
) -> None:
    """Write each sound as a file of its own, `sheet.png` and `index.html`, which opens without a network.

    Of more than 256 sounds the sheet and the page show the first 256. Makes the folder.

    Args:
        folder: new or empty.
        sounds: `[N, channels, samples]` in [-1, 1].
        sample_rate: in Hz.
        files: a file's name for each, without its suffix, with its subfolder where it has one.
        names: what each is called on the sheet and on the page.
        title: of both.
        columns: of the sheet.
        kind: of the files, 16 bits.

    Raises:
        AudioganError: the place cannot be written, or the format does not hold so many channels.
    """
    places = [f"{file}.{kind}" for file in files]
    for place, sound in zip(places, sounds, strict=True):
        write(folder / place, sound, sample_rate, subtype="PCM_16")
    shown = slice(MOST_SHOWN)
    sheet_picture(folder / SHEET, sounds[shown], sample_rate, columns, list(names[shown]), title)
    write_text(folder / PAGE, _page(title, places[shown], list(names[shown]), len(sounds)))


def _page(title: str, places: Sequence[str], names: Sequence[str], count: int) -> str:
    players = "\n".join(
        f'<li><label>{escape(name)}<audio controls preload="none" src="{escape(place)}"></audio></label></li>'
        for place, name in zip(places, names, strict=True)
    )
    left = f"<p>The first {len(places)} of {count}; the others are files beside this page.</p>"
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<h1>{escape(title)}</h1>
{left if count > len(places) else ""}
<ol>
{players}
</ol>
<p><img src="{SHEET}" alt="Spectrograms of the sounds, in the same order"></p>
</html>
"""
