"""From a recipe's words on sounds to the sounds of a folder, and to the pictures that networks see of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import audiogan.audio.sound_pictures
from audiogan.audio.sound_pictures import SoundPicture
from audiogan.components import ComponentOptions, build
from audiogan.data.settings import SoundData
from audiogan.data.sound_store import Decoding
from audiogan.data.sounds import Sounds
from audiogan.errors import AudioganError
from audiogan.recipe.pictures_building import picture_shape


def build_sounds(
    data: SoundData, sample_rate: int, seed: int, folder: Path | None = None, labels: Sequence[str] | None = None
) -> Sounds:
    """The sounds of a folder, as a recipe's `data` describes them.

    Args:
        folder: another one than `data.folder`, such as that of held-out sounds; its table of labels and its packed
            sounds are not this one's.
        labels: as of `Sounds`; left out, what `data.label_names` says.
    """
    own = folder is None
    return Sounds(
        folder=data.folder if folder is None else folder,
        samples=data.samples,
        decoding=Decoding(sample_rate, data.channels, data.trim_db, data.level_db),
        slices=data.slices,
        hop=data.hop,
        short=data.short,
        seed=seed,
        packed_in=data.packed if own else None,
        label_table=data.labels if own else None,
        labels=data.label_names if labels is None else labels,
    )


def build_sound_picture(options: ComponentOptions | None, data: SoundData, sample_rate: int) -> SoundPicture | None:
    """What the networks see of the recipe's sounds; None where they see waveforms.

    Raises:
        AudioganError: it does not go with sounds of this length.
    """
    if options is None:
        return None
    given = {"samples": data.samples, "sample_rate": sample_rate, "channels": data.channels}
    representation: SoundPicture = build(options, audiogan.audio.sound_pictures, **given)
    return representation


def see_that_sounds_fit(
    data: SoundData, representation: SoundPicture | None, key: str, network: ComponentOptions
) -> None:
    """See that the recipe's network of this key is for what is seen of these sounds.

    Raises:
        AudioganError: it is not.
    """
    options = network.arguments()
    wanted: tuple[int, ...]
    found: tuple[int, ...]
    if representation is not None:
        wanted, found = picture_shape(options), representation.shape
        of, change = "(channels, height, width)", f"Set its size to {list(found[1:])} and its channels to {found[0]}"
    else:
        wanted, found = (options["channels"], options["samples"]), (data.channels, data.samples)
        of, change = "(channels, samples)", "Give both the same"
    if found != wanted:
        seen, asked = (" × ".join(map(str, shape)) for shape in (found, wanted))
        what = "sounds" if representation is None else "pictures"
        maker = "data" if representation is None else f"{type(representation).__name__} of data.samples"
        raise AudioganError(f"{key}: {network.name} is for {what} of {asked} {of} and {maker} gives {seen}. {change}.")
