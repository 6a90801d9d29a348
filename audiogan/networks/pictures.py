"""Sizes of pictures that networks of halvings can take."""

from __future__ import annotations

from torch import Tensor

from audiogan.errors import AudioganError
from audiogan.networks.bounds import Size


def sides(size: Size) -> tuple[int, int]:
    """Height and width of a picture in pixels; a single number is a square's.

    Raises:
        ValueError: it is neither a number nor two.
    """
    if isinstance(size, int):
        return size, size
    if len(size) != 2:
        raise ValueError(f"a size is one number of pixels or [height, width], and not {list(size)}")
    return size[0], size[1]


def halvings(size: Size, least: int) -> tuple[int, tuple[int, int]]:
    """How often a picture can be halved until its shorter side has `least` pixels or a little more.

    Args:
        size: one number for a square, or height and width; the longer side is halved as often as the shorter one.
        least: the shorter side is halved while it is even and the half has this many pixels or more.

    Returns:
        how often, and the height and width that are left: 2 and (7, 7) for 28 pixels and a least of 4.

    Raises:
        ValueError: it cannot be halved at all, more than twice `least` pixels are left, or the longer side does not
            halve as often.
    """
    height, width = sides(size)
    shorter, longer = sorted((height, width))
    count, left = 0, shorter
    while left % 2 == 0 and left // 2 >= least:
        count, left = count + 1, left // 2
    of_side = "" if shorter == longer else " for the shorter side"
    if not count or left >= 2 * least:
        fitting = [base << power for power in range(1, 11) for base in range(least, 2 * least)]
        nearest = sorted(sorted(fitting, key=lambda other: abs(other - shorter))[:2])
        raise ValueError(
            f"pictures of {in_words(size)} pixels do not halve evenly, take {nearest[0]} or {nearest[1]}{of_side}"
        )
    below = longer >> count << count
    if below != longer:
        raise ValueError(
            f"pictures of {in_words(size)} pixels do not halve evenly {count} times, take {below} or "
            f"{below + (1 << count)} for the longer side"
        )
    return count, (height >> count, width >> count)


def check_picture(candidate: Tensor, channels: int, size: Size) -> None:
    """See that pictures are `[B, channels, height, width]`.

    Raises:
        AudioganError: they are not.
    """
    shape = (channels, *sides(size))
    if candidate.shape[1:] != shape:
        raise AudioganError(
            f"This network takes pictures of shape {list(shape)} and got {list(candidate.shape[1:])}: "
            "build it with the channels and size of your pictures."
        )


def in_words(size: Size) -> str:
    """A size as a message tells it: `28`, or `128 × 64` (height, width)."""
    height, width = sides(size)
    return str(height) if height == width else f"{height} × {width}"
