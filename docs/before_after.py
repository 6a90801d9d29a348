"""Makes what the first page shows: a noisy sentence before and after the enhancer that comes with audiogan.

`python docs/before_after.py` mixes docs/sounds/clean.flac with a noise of audiogan's own making, enhances it, writes
both beside it, draws docs/pictures/enhancer_before_after.png, and prints what the measures say of the two. Run it again
when the enhancer changes; tests/docs/test_before_after.py sees whether it was. docs/sounds/LICENCES.txt says whose
voice it is. `python docs/before_after.py runs/segan_mini` draws what another model makes of the same mixture, as
docs/pictures/segan_mini_before_after.png, and writes no sound.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

DOCS = Path(__file__).parent
CLEAN, NOISY, ENHANCED = (DOCS / "sounds" / f"{name}.flac" for name in ("clean", "noisy", "enhanced"))
PICTURES = DOCS / "pictures"

SAMPLE_RATE = 16000
SNR_DB = 5
SPEECH_LEVEL_DB = -26
SEED = 1  # of the noise: with it the sentence gains about what the pairs at 5 dB gain that the enhancer is scored on
MEASURES = ("pesq_wide", "stoi", "si_sdr")

PICTURE_WIDTH = 900  # pixels
PICTURE_COLOURS = 28  # even steps of the scale, beside greys for what is written

Waveform = NDArray[np.float32]


def mixture() -> tuple[Waveform, Waveform]:
    """The noisy sentence and its clean side, `[samples]` each."""
    from audiogan.audio.files import read_mono
    from audiogan.chance import generator
    from audiogan.data.invented_noise import invented_noise
    from audiogan.data.mixing import mix

    speech = read_mono(CLEAN, SAMPLE_RATE)
    noise = invented_noise(6 * SAMPLE_RATE, SAMPLE_RATE, generator(SEED, "before and after"))
    mixed = mix(speech, 0.1 * noise, SNR_DB, SAMPLE_RATE, speech_level_db=SPEECH_LEVEL_DB)
    return mixed.noisy, mixed.clean


def enhanced(noisy: Waveform, model: Path | None = None) -> Waveform:
    """What a model makes of it, or else the enhancer that comes with audiogan, `[samples]`."""
    from audiogan import Enhancer

    enhancer = Enhancer.load(model) if model else Enhancer.load()
    return enhancer(noisy[None], SAMPLE_RATE)[0]


def picture_of(model: Path | None) -> Path:
    """Where a model's picture lies."""
    return PICTURES / f"{model.name if model else 'enhancer'}_before_after.png"


def draw(sounds: list[tuple[str, Waveform]], place: Path) -> None:
    """Spectrograms one above the other, small enough for a first page."""
    from matplotlib import colormaps
    from PIL import Image

    from audiogan.show.spectrogram import COLOURS, spectrogram_picture
    from audiogan.writing import write_bytes

    with TemporaryDirectory() as folder:
        large = Path(folder) / "large.png"
        spectrogram_picture(large, [(title, sound, SAMPLE_RATE) for title, sound in sounds])
        with Image.open(large) as picture:
            height = round(picture.height * PICTURE_WIDTH / picture.width)
            small = picture.convert("RGB").resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
    scale, greys = colormaps[COLOURS](np.linspace(0, 1, PICTURE_COLOURS))[:, :3], np.linspace(0.5, 1, 4)[:, None]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.uint8(255 * np.concatenate([scale, greys.repeat(3, axis=1)])).tobytes())
    png = BytesIO()
    small.quantize(palette=palette, dither=Image.Dither.NONE).save(png, format="png", optimize=True)
    write_bytes(place, png.getvalue())


def main(model: Path | None) -> None:
    """Write the two sounds and the picture, and print the scores."""
    from audiogan.audio.files import write
    from audiogan.metrics.measures import score_pair

    noisy, clean = mixture()
    after = enhanced(noisy, model)
    for path, sound in () if model else ((NOISY, noisy), (ENHANCED, after)):
        write(path, sound[None], SAMPLE_RATE, subtype="PCM_16")
    draw([("noisy", noisy), ("enhanced", after)], picture_of(model))
    for title, sound in (("noisy", noisy), ("enhanced", after)):
        scores = score_pair(sound, clean, SAMPLE_RATE, MEASURES)
        print(f"{title:9}", ", ".join(f"{name} {scores[name]:.3f}" for name in MEASURES))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
