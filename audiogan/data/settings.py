"""What a recipe says of its data: the keys under `data`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from audiogan.data.pictures import Channels
from audiogan.data.points import Shape
from audiogan.data.sounds import Short, Slices
from audiogan.settings import Settings


def _ascending(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError("the lower bound comes first")
    return bounds


def _above_zero(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] <= 0:
        raise ValueError("both bounds must be above 0")
    return bounds


Folders = Annotated[
    list[Path],
    BeforeValidator(lambda value: value if isinstance(value, list) else [value]),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Range = Annotated[tuple[float, float], AfterValidator(_ascending)]
Speeds = Annotated[Range, AfterValidator(_above_zero)]
Share = Annotated[float, Field(ge=0, le=1)]


class Augmentation(Settings):
    """How real recordings are varied while they are mixed; each value's neutral setting leaves them alone."""

    speed: Speeds = Field((1.0, 1.0), description="range of the factor by which speech is played faster")
    tilt_db: float = Field(0.0, ge=0, description="largest gain or cut of a random smooth filter on speech")
    noise_speed: Speeds = Field((1.0, 1.0), description="range of the factor by which noise is played faster")
    noise_tilt_db: float = Field(0.0, ge=0, description="largest gain or cut of a random smooth filter on noise")
    second_noise: Share = Field(0.0, description="share of items in which two noises are mixed")
    coloured_noise: Share = Field(0.0, description="share of items whose noise is synthesised: 1/f^a, a from 0 to 2")
    invented_noise: Share = Field(0.0, description="share of items whose noise is random textures, tones and strokes")
    babble: Share = Field(0.0, description="share of items whose noise is other speech: 3 to 8 excerpts summed")
    scrambled_noise: Share = Field(
        0.0, description="share of items whose noise has the spectrum of a recording or of speech, and random phases"
    )
    swelling_noise: Share = Field(0.0, description="share of noises that rise and fall by up to 30 dB")
    reversed_noise: Share = Field(0.0, description="share of recorded noises that are played backwards")
    reverberation: Share = Field(0.0, description="share of items in a room, whose echoes stay on the clean side too")
    low_passed: Share = Field(0.0, description="share of items without what lies above some 2 kHz or more")
    clean_only: Share = Field(0.0, description="share of items without noise: the network learns to leave them alone")

    @model_validator(mode="after")
    def _shares_leave_room(self) -> Augmentation:
        if self.coloured_noise + self.invented_noise + self.babble + self.scrambled_noise > 1:
            raise ValueError(
                "coloured_noise, invented_noise, babble and scrambled_noise are shares of all items: 1 together at most"
            )
        return self


CodecName = Literal["mu_law", "a_law", "gsm", "opus", "mp3", "vorbis"]
CODEC_NAMES = get_args(CodecName)


class Conditions(Settings):
    """What happens between a mouth and a file, drawn for each item that is mixed on the fly; by default nothing."""

    whisper: Share = Field(0.0, description="share of items whose speech is whispered: noise in place of the voice")
    sung: Share = Field(0.0, description="share of items whose vowels are held 4 to 80 times as long, on notes")
    shouted: Share = Field(0.0, description="share of items with the spectral tilt of shouting, at -18 to -8 dB")
    lead_in: Share = Field(
        0.0, description="share of items that begin with silence, hiss or noise alone: 0.5 s to all but 1 s"
    )
    dry_target: Share = Field(
        0.0, description="share of items in a room whose target ends 40 ms after the direct sound; others keep the room"
    )
    response: Share = Field(0.0, description="share of items through a response of `response_folders`")
    response_folders: Folders | None = Field(
        None, description="folders of impulse responses of microphones and loudspeakers; their delay is removed"
    )
    telephone: Share = Field(0.0, description="share of items whose speech and noise are limited to 300 to 3400 Hz")
    radio: Share = Field(0.0, description="share of items limited to 150-600 Hz to 2-5 kHz")
    high_passed: Share = Field(0.0, description="share of items without bass, in speech and noise")
    high_pass_hz: Range = Field((50.0, 400.0), description="range of the edge of `high_passed`, of orders 1 to 8")
    wide_level: Share = Field(0.0, description="share of items at a level of `wide_level_db` in place of `level_db`")
    wide_level_db: Range = Field(
        (-60.0, 0.0), description="range of that level in dB below full scale; less where peaks would clip"
    )
    inverted: Share = Field(0.0, description="share of items of opposite polarity, on both sides")
    clipped: Share = Field(0.0, description="share of items whose mixture is clipped 1 to 14 dB below its peak")
    coded: Share = Field(0.0, description="share of items whose mixture goes through a codec; the target does not")
    codecs: list[CodecName] = Field(
        list(CODEC_NAMES), min_length=1, description="codecs of `coded`; mu_law, a_law and gsm limit the band as well"
    )
    packet_loss: Share = Field(0.0, description="share of items with 2 to 15 % of packets lost, on both sides")

    @model_validator(mode="after")
    def _fits_together(self) -> Conditions:
        if self.whisper + self.sung + self.shouted > 1 or self.telephone + self.radio > 1:
            raise ValueError("whisper, sung and shouted are shares of all items, and telephone and radio: 1 at most")
        if self.response and not self.response_folders:
            raise ValueError("response needs response_folders: where the impulse responses are")
        if self.high_pass_hz[0] <= 0:
            raise ValueError("high_pass_hz must be above 0")
        return self

    @property
    def any_share(self) -> bool:
        """Whether any condition is drawn at all."""
        return any(isinstance(value, float) and value > 0 for value in self.model_dump().values())


class SpeechData(Settings):
    """Noisy/clean speech: either folders of clean speech and noise, mixed on the fly, or pairs that were written."""

    clean: Folders | None = Field(None, description="folders of clean speech, mixed on the fly with `noise`")
    noise: Folders | None = Field(None, description="folders of noise")
    pairs: Path | None = Field(None, description="the manifest.jsonl of `audiogan prep`, in place of clean and noise")
    window: int = Field(16384, ge=16, description="samples of an item")
    hop: int = Field(8192, ge=1, description="samples between the starts of neighbouring items of a recording")
    slices: Literal["all", "random"] = Field(
        "all", description="of each recording: all windows, `hop` apart, or in each epoch one from a random place"
    )
    short: Literal["pad", "join", "repeat"] = Field(
        "pad",
        description="what follows a recording that is shorter than the window: zeros, others of its folder, or itself",
    )
    shares: dict[Path, Share] | None = Field(
        None, description="share of the items by folder, whatever its hours; the rest is for the others of `clean`"
    )
    snr_db: Range = Field(
        (0.0, 15.0), description="range of the signal-to-noise ratio of an item as it is heard, drawn evenly"
    )
    level_db: Range | None = Field(
        None, description="range of the active speech level in dB below full scale; left out, levels stay as recorded"
    )
    augmentation: Augmentation = Field(default_factory=Augmentation, description="variation while mixing")
    conditions: Conditions = Field(default_factory=Conditions, description="between the mouth and the file")
    exchanges: int = Field(
        0,
        ge=0,
        description="how often a batch that was mixed comes again, each time with the noises of other items at the "
        "same SNR: where mixing takes longer than a step",
    )
    held_out: float = Field(
        0.02,
        ge=0,
        lt=1,
        description="share of the recordings kept out of training where `validation.pairs` is not given",
    )

    @model_validator(mode="after")
    def _one_source(self) -> SpeechData:
        if self.pairs is not None and (self.clean or self.noise):
            raise ValueError("give either pairs, or clean and noise, not both")
        if self.pairs is None and not (self.clean and self.noise):
            raise ValueError("give clean and noise (folders to mix on the fly), or pairs (a manifest of audiogan prep)")
        if self.pairs is not None and self.exchanges:
            raise ValueError("exchanges are for clean and noise that are mixed on the fly, not for pairs")
        if self.pairs is not None and (self.shares or self.conditions.any_share):
            raise ValueError("shares and conditions are for clean and noise that are mixed on the fly, not for pairs")
        if self.exchanges and self.conditions.any_share:
            raise ValueError("exchanges would mix noise of one item's channel into another's: leave out conditions")
        if self.shares and sum(self.shares.values()) > 1 + 1e-6:
            raise ValueError("shares: their sum is above 1")
        return self


class PointData(Settings):
    """Points of the plane from a distribution that is known exactly."""

    name: Literal["Points"] = Field(description="what the data is: points of the plane")
    shape: Shape = Field(description="what the points make up")
    deviation: float = Field(0.1, ge=0, description="standard deviation of the normal noise on each coordinate")
    length: int = Field(10000, ge=1, description="points of an epoch; every epoch has others")


class SoundData(Settings):
    """Sounds of a folder; the names of its subfolders are their labels."""

    name: Literal["Sounds"] = Field(description="what the data is: sounds of a folder")
    folder: Path = Field(description="searched with its subfolders")
    samples: int = Field(16384, ge=16, description="of an item, at the recipe's sample_rate")
    channels: int = Field(1, ge=1, description="1 averages those of a file, 2 doubles a file's only one")
    slices: Slices = Field("first", description="of each sound: its first samples, random ones, or all, overlapping")
    hop: int | None = Field(None, ge=1, description="samples between overlapping slices; left out, half of `samples`")
    short: Short = Field("pad", description="what becomes of a slice that is not filled: pad with zeros, or drop")
    trim_db: float | None = Field(
        None, gt=0, description="cut off both ends what is quieter than the loudest part by more than this"
    )
    level_db: float | None = Field(None, le=0, description="RMS, in dB of full scale, that each sound is brought to")
    packed: Path | None = Field(None, description="a folder to keep the decoded sounds in, where memory is too small")
    labels: Path | None = Field(None, description="a CSV file with the columns file and label, for subfolders' names")
    label_names: list[str] | None = Field(
        None, description="labels in the order of their numbers; left out, those of `folder`, sorted: a run keeps them"
    )


class PictureData(Settings):
    """Pictures of a folder; the names of its subfolders are their labels."""

    name: Literal["Pictures"] = Field(description="what the data is: pictures of a folder")
    folder: Path = Field(description="searched with its subfolders")
    size: int | None = Field(
        None, ge=1, description="pixels of a side, to which the middle square is resized; left out, as they are"
    )
    channels: Channels = Field(1, description="1 for grey, 3 for colours")
    pad: int = Field(0, ge=0, description="black pixels added on every side after resizing: 2 make 28 to 32")
    mirrored: bool = Field(False, description="whether half of the pictures, drawn anew in every epoch, are flipped")
    label_names: list[str] | None = Field(
        None, description="labels in the order of their numbers; left out, those of `folder`, sorted: a run keeps them"
    )
