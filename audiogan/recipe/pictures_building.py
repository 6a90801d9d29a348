"""From a recipe's words on pictures to the pictures of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audiogan.components import ComponentOptions
from audiogan.data.pictures import Pictures
from audiogan.data.settings import PictureData
from audiogan.errors import AudioganError
from audiogan.networks.pictures import sides


def build_pictures(data: PictureData, seed: int, labels: Sequence[str] | None = None) -> Pictures:
    """The pictures of a folder, as a recipe's `data` describes them; `labels`, as of `Pictures`, before its own."""
    labels = data.label_names if labels is None else labels
    return Pictures(data.folder, data.size, data.channels, data.pad, data.mirrored, seed, labels)


def picture_shape(options: Mapping[str, Any]) -> tuple[int, int, int]:
    """Channels, height and width of the pictures that a network with these options is for."""
    return options["channels"], *sides(options["size"])


def see_that_pictures_fit(pictures: Pictures, folder: Path, key: str, network: ComponentOptions) -> None:
    """See that the recipe's network of this key is for pictures of this shape.

    Raises:
        AudioganError: it is not.
    """
    wanted = picture_shape(network.arguments())
    if pictures.shape != wanted:
        found, asked = (" × ".join(map(str, shape)) for shape in (pictures.shape, wanted))
        raise AudioganError(
            f"{key}: {network.name} is for pictures of {asked} (channels, height, width) and those of {folder} are "
            f"{found}. Change data.size, data.pad and data.channels, or size and channels of the network."
        )
