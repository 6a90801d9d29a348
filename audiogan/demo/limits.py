"""How much one visitor of the page may ask for, and the words for those who ask for more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audiogan.audio.files import SoundInfo, describe
from audiogan.errors import AudioganError

# Of a second of sound, all channels together: stereo at 96 kHz. A small FLAC file can hold hours of silence in many
# channels, so its size alone bounds nothing.
VALUES_A_SECOND = 2 * 96_000


class RefusedError(AudioganError):
    """What the server will not do, with the status of HTTP that says which kind of no it is.

    Args:
        message: for the visitor.
        status: 403, 404, 413, 415 or 503.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Limits:
    """Of one sound.

    Args:
        megabytes: of its file, a million bytes each.
        minutes: of its length.

    Raises:
        AudioganError: one of them is not above 0.
    """

    megabytes: float = 200.0
    minutes: float = 10.0

    def __post_init__(self) -> None:
        if not (self.megabytes > 0 and self.minutes > 0):
            raise AudioganError(
                f"limits of {self.megabytes:g} MB and {self.minutes:g} minutes: both must be above 0, or nothing fits."
            )

    @property
    def bytes(self) -> int:
        """Of a file."""
        return round(self.megabytes * 1e6)

    def see_that_size_fits(self, size: int) -> None:
        """Refuse a file of more bytes than are allowed.

        Raises:
            RefusedError: it has more.
        """
        if size > self.bytes:
            raise RefusedError(
                f"The file is larger than {self.megabytes:g} MB, the most that this page takes. Cut it into parts, or "
                "use `audiogan enhance`, which has no limit.",
                413,
            )

    def see_that_sound_fits(self, path: Path) -> SoundInfo:
        """The header of a sound that is neither too long nor of too many channels.

        Raises:
            RefusedError: it is no sound, or more than the limits allow.
        """
        try:
            info = describe(path)
        except AudioganError as problem:
            raise RefusedError(str(problem), 415) from None
        if info.seconds > 60 * self.minutes:
            raise RefusedError(
                f"The sound lasts {clock(info.seconds)}, and this page takes {clock(60 * self.minutes)} at most. Cut "
                "it into parts, or use `audiogan enhance`, which has no limit.",
                413,
            )
        if info.samples * info.channels > 60 * self.minutes * VALUES_A_SECOND:
            raise RefusedError(
                f"{info.channels} channels at {info.sample_rate} Hz for {clock(info.seconds)} are more than this page "
                "takes. Give fewer channels or a part, or use `audiogan enhance`, which has no limit.",
                413,
            )
        return info


def clock(seconds: float) -> str:
    """A length of time as minutes and seconds: 3:07."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"
