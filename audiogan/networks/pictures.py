"""Sizes of pictures that networks of halvings can take."""

from __future__ import annotations

from torch import Tensor

from audiogan.errors import AudioganError


def halvings(size: int, least: int) -> tuple[int, int]:
    """How often a picture of `size` × `size` pixels can be halved down to `least` pixels or a little more.

    Args:
        least: it is halved while its size is even and the half has this many pixels or more.

    Returns:
        how often, and the size that is left: 2 and 7 for 28 pixels and a least of 4.

    Raises:
        ValueError: it cannot be halved at all, or more than twice `least` pixels are left.
    """
    count, left = 0, size
    while left % 2 == 0 and left // 2 >= least:
        count, left = count + 1, left // 2
    if not count or left >= 2 * least:
        fitting = [base << power for power in range(1, 11) for base in range(least, 2 * least)]
        nearest = sorted(sorted(fitting, key=lambda other: abs(other - size))[:2])
        raise ValueError(f"pictures of {size} pixels do not halve evenly, take {nearest[0]} or {nearest[1]}")
    return count, left


def check_picture(candidate: Tensor, channels: int, size: int) -> None:
    """See that pictures are `[B, channels, size, size]`.

    Raises:
        AudioganError: they are not.
    """
    if candidate.shape[1:] != (channels, size, size):
        raise AudioganError(
            f"This network takes pictures of shape {[channels, size, size]} and got {list(candidate.shape[1:])}: "
            "build it with the channels and size of your pictures."
        )
