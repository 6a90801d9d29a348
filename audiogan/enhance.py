"""Cleaning sound with a trained generator: arrays, files and streams of any rate, channel count and length."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.framing import Grid
from audiogan.audio.processing import FileOptions, ProcessedFile, process_file
from audiogan.audio.rates import check_channels, check_rate
from audiogan.audio.representation import Representation, Waveform
from audiogan.audio.streams import BLOCK
from audiogan.bundle import PRETRAINED, load_graph
from audiogan.errors import AudioganError
from audiogan.streaming.at_rate import ApartStream, FilterStream, RateStream, WindowStream
from audiogan.streaming.estimators import Estimator

if TYPE_CHECKING:
    from torch import nn

    from audiogan.bundle import Model

Sound = TypeVar("Sound")
PathLike = str | os.PathLike[str]
Channels = Literal["together", "apart"]

LOUDEST = 1e6  # what is beyond is no sound, and its square no number that float32 can hold for long
MOST_ROWS = 32  # channels of an array; more are samples in the wrong place
ENHANCER = PRETRAINED / "enhancer"  # the bundle that is used where no model is named


class Enhancer:
    """A generator that cleans sound, ready for use.

    What comes out has the rate, channels, length, level and polarity of what went in, and no delay.

    A generator that is made for streams (`BandRecurrentGenerator`, or its exported graph) filters spectra as they come.
    All channels get the same filters, so the image stays, or each its own; what lies above the model's band is lowered
    as the top of the model's band is. See `audiogan.streaming`.

    Any other one takes windows on a grid that is fixed by position, with context on both sides that is thrown away, so
    the result does not depend on how the sound was read, and latents are drawn from the window's place, so it comes out
    the same again. Each channel is processed on its own, and what lies above the model's band is lost.

    Args:
        generator: `forward(noisy [rows, 1, window], **draws)` giving `[rows, 1, window]`; if it has a method
            `draw(chance, samples)`, that gives the draws. It stays on its device. Or an estimator of filters.
        representation: what the generator sees of sound.
        sample_rate: the generator's, in Hz.
        window: samples it takes at a time; one that is made for streams does not read it.
        context: samples thrown away on either side of a window; an eighth of the window if None.
        batch_size: windows in one call of the generator; memory and speed, not the result, depend on it.
        seed: of the latents.
        strength: in [0, 1], the share of what the generator makes; the rest is the sound as it was. A little of the
            noise left in hides what was done to the speech.
        attenuation_limit: nothing is lowered by more than so many dB; None: no limit. Of what was given, the share
            10^(-limit/20) stays in the sound.
        channels: "together", one filter for all channels, or "apart", one for each, as for a voice on each. Windows
            are always apart.

    Raises:
        AudioganError: the strength, the limit or `channels` has another value.
    """

    def __init__(
        self,
        generator: nn.Module | Estimator,
        representation: Representation,
        sample_rate: int,
        window: int,
        *,
        context: int | None = None,
        batch_size: int = 4,
        seed: int = 0,
        strength: float = 1.0,
        attenuation_limit: float | None = None,
        channels: Channels = "together",
    ) -> None:
        if channels not in get_args(Channels):
            raise AudioganError(f"channels is {channels!r}: it must be together or apart.")
        if not 0 <= strength <= 1:
            raise AudioganError(f"a strength of {strength}: it lies between 0, which leaves all as it is, and 1.")
        if attenuation_limit is not None and not attenuation_limit >= 0:
            raise AudioganError(f"an attenuation limit of {attenuation_limit} dB: it is 0 or more.")
        self.strength = strength
        self.attenuation_limit = attenuation_limit
        self.channels = channels
        self.generator = generator
        self.representation = representation
        self.sample_rate = sample_rate
        self.grid = Grid.for_window(window, context)
        self.batch_size = batch_size
        self.seed = seed
        self._estimator: Estimator | None = None
        if isinstance(generator, Estimator):
            self._estimator = generator
        elif isinstance(representation, Waveform):
            from audiogan.streaming.torch_estimator import TorchEstimator

            self._estimator = TorchEstimator.of(generator, sample_rate)

    @classmethod
    def load(
        cls,
        path: PathLike | None = None,
        *,
        device: str = "cpu",
        batch_size: int = 4,
        seed: int = 0,
        strength: float | None = None,
        attenuation_limit: float | None = None,
        channels: Channels = "together",
    ) -> Enhancer:
        """The enhancer in a run folder, a checkpoint or a model bundle; its recipe's strength if none is given.

        A bundle's exported graph is used on the CPU where onnxruntime is installed, without importing torch; the
        weights, which sound the same, on other devices and without onnxruntime.

        Args:
            path: of the model; the one that came with audiogan if None.
            device: where it runs: "cpu", "cuda", …
            batch_size: as of `Enhancer`, like those below.
            seed: of the latents.
            strength: in [0, 1].
            attenuation_limit: in dB.
            channels: "together" or "apart".

        Raises:
            AudioganError: there is none at `path`, it is of another kind or version, the device is not there, or the
                strength or limit is not where it should be.
        """
        if path is None and not ENHANCER.is_dir():
            raise AudioganError("no enhancer came with this audiogan. Name a run folder, checkpoint or bundle.")
        path = ENHANCER if path is None else path
        options: dict[str, Any] = {"batch_size": batch_size, "seed": seed, "channels": channels}
        options["attenuation_limit"] = attenuation_limit
        found = load_graph(path) if device == "cpu" else None
        if found is not None:
            estimator, usual = found
            frames = estimator.frames
            options["strength"] = usual if strength is None else strength
            return cls(estimator, Waveform(), frames.sample_rate, frames.frame_length, **options)
        from audiogan.bundle import load_model

        return cls.of(load_model(path), device=device, strength=strength, **options)

    @classmethod
    def of(cls, model: Model, *, device: str = "cpu", strength: float | None = None, **options: Any) -> Enhancer:
        """The enhancer of a model in memory; its recipe's strength if none is given, the other options as of `load`.

        Raises:
            AudioganError: the model is of another task, or the device is not there.
        """
        from audiogan.recipe.enhancement import EnhancementRecipe
        from audiogan.recipe.enhancement_building import build_representation

        recipe = model.recipe
        if not isinstance(recipe, EnhancementRecipe):
            raise AudioganError(
                f"{model.source} is a model of {recipe.task} and enhances nothing. Give one that was trained by a "
                "recipe whose task is enhancement."
            )
        options["strength"] = recipe.strength if strength is None else strength
        generator = model.generator_on(device)
        return cls(generator, build_representation(recipe), recipe.sample_rate, recipe.data.window, **options)

    @classmethod
    def from_pretrained(cls, name: PathLike, **options: Any) -> Enhancer:
        """The enhancer of a name or path, as `load` would give it.

        Args:
            name: of a model that came with audiogan ("enhancer") or of a run in `runs/`; hub:OWNER/NAME for one on the
                hub; or the path of a run folder, checkpoint or bundle.
            options: as of `load`.

        Raises:
            AudioganError: there is none; the message has the nearest names. Or as of `load`.
        """
        from audiogan.models import find

        return cls.load(find(os.fspath(name)), **options)

    def adjusted(
        self, strength: float | None = None, attenuation_limit: float | None = None, channels: Channels | None = None
    ) -> Enhancer:
        """The same model, shared, with other strength and channels (this one's if None) and limit (None: no limit).

        Raises:
            AudioganError: the strength or the limit is not where it should be.
        """
        return Enhancer(
            self.generator,
            self.representation,
            self.sample_rate,
            self.grid.window,
            context=self.grid.context,
            batch_size=self.batch_size,
            seed=self.seed,
            strength=self.strength if strength is None else strength,
            attenuation_limit=attenuation_limit,
            channels=channels or self.channels,
        )

    def stream(self, sample_rate: int, channels: int = 1) -> EnhancingStream:
        """A stream of sound to be enhanced as it comes; any number can be open at once, each with its own memory.

        Raises:
            AudioganError: the rate is outside of 1 to 768 kHz, or the number of channels outside of 1 to 1024.
        """
        return EnhancingStream(self, channels, sample_rate)

    def __call__(self, waveform: Sound, sample_rate: int) -> Sound:
        """Enhance a waveform in memory.

        Args:
            waveform: NumPy array or torch tensor, floating point, `[samples]` or `[channels, samples]`, in [-1, 1].
            sample_rate: its rate in Hz.

        Returns:
            The same kind, shape, type and device.

        Raises:
            AudioganError: another shape, more than 32 channels, integers, no samples, or NaN or infinite ones.
        """
        if not isinstance(waveform, np.ndarray):
            import torch

            if not isinstance(waveform, torch.Tensor):
                raise AudioganError("the waveform is neither a NumPy array nor a torch tensor.")
            result = torch.from_numpy(self._enhance_array(waveform.detach().cpu().numpy(), sample_rate))
            return result.to(waveform.device)  # type: ignore[return-value]
        return self._enhance_array(waveform, sample_rate)  # type: ignore[return-value]

    def enhance_file(
        self,
        source: PathLike | BinaryIO,
        destination: PathLike | BinaryIO,
        progress: Callable[[float], None] | None = None,
        options: FileOptions | None = None,
        format: str | None = None,
    ) -> ProcessedFile:
        """Enhance a sound file into another, in constant memory; see `audiogan.audio.processing.process_file`.

        The output has the input's format, sample format, bit rate and metadata where its suffix allows, and is written
        beside its place and renamed.

        Args:
            source: any file that libsndfile reads, or PyAV or ffmpeg where one is installed; or a binary file object.
            destination: a path or a binary file object.
            progress: called with the seconds of sound done since the last call.
            options: quality, loudness, and whether a damaged source is accepted.
            format: suffix of the output, such as "wav", where the destination is a file object.

        Returns:
            What the source's header says, and what was written.

        Raises:
            AudioganError: the source is missing, not sound, cut short or holds NaN; the destination is the source or
                cannot be written.
        """

        def open_stream(sample_rate: int, channels: int) -> EnhancingStream:
            stream = self.stream(sample_rate, channels)
            stream.warns = False  # `process_file` returns a note
            return stream

        return process_file(open_stream, source, destination, progress, options, format)

    def loses_band(self, sample_rate: int) -> bool:
        """Whether sound of this rate may hold frequencies above the model's band, which the output lacks."""
        return self._estimator is None and sample_rate > self.sample_rate

    def process(self, windows: NDArray[np.float64], indices: Sequence[int]) -> NDArray[np.float32]:
        """One call of a generator that takes windows; see `audiogan.networks.windows.apply_to_windows`."""
        from audiogan.networks.windows import apply_to_windows

        return apply_to_windows(self.generator, windows, indices, self.seed, self._share)  # type: ignore[arg-type]

    def at_rate(self, channels: int, sample_rate: int) -> RateStream:
        """What does the work of a stream."""
        if self._estimator is not None:
            if self.channels == "apart" and channels > 1:
                return ApartStream([self.at_rate(1, sample_rate) for _ in range(channels)])
            return FilterStream(self._estimator, channels, sample_rate, self._share)
        return WindowStream(
            self.process, self.grid, self.representation, self.batch_size, self.sample_rate, channels, sample_rate
        )

    @property
    def _share(self) -> float:
        """Of what the generator makes, in the output."""
        kept = 0.0 if self.attenuation_limit is None else float(10 ** (-self.attenuation_limit / 20))
        return self.strength * (1 - kept)

    def _enhance_array(self, waveform: NDArray[Any], sample_rate: int) -> NDArray[Any]:
        if waveform.ndim not in (1, 2) or not np.issubdtype(waveform.dtype, np.floating):
            raise AudioganError(
                f"a floating-point waveform [samples] or [channels, samples] is wanted, not {waveform.dtype} "
                f"of shape {list(waveform.shape)}. Scale integers to [-1, 1]."
            )
        if not waveform.size:
            raise AudioganError("the waveform holds no samples.")
        if waveform.ndim == 2 and len(waveform) > MOST_ROWS:
            raise AudioganError(
                f"a waveform of shape {list(waveform.shape)} has {len(waveform)} channels, and {MOST_ROWS} are "
                "possible. It must be [channels, samples]: transpose it."
            )
        if not np.isfinite(waveform).all():
            raise AudioganError("the waveform holds NaN or infinite samples. Replace them.")
        sound = np.atleast_2d(waveform)
        stream = self.stream(sample_rate, sound.shape[0])
        parts = [stream.push(sound[:, start : start + BLOCK]) for start in range(0, sound.shape[1], BLOCK)]
        enhanced = np.concatenate([*parts, stream.finish()], axis=1)
        return enhanced.astype(waveform.dtype).reshape(waveform.shape)


class EnhancingStream:
    """Sound enhanced as it comes, in chunks of any size.

    What comes out, joined, is what enhancing the whole gives, `latency` samples late at most: sample n of the output is
    there when sample n + latency has gone in. NaN and samples beyond ±1e6 are replaced by silence and counted, in what
    goes in and in what comes out, so that the output is always finite.

    Args:
        enhancer: what to apply; `Enhancer.stream` gives a stream.
        channels: how many.
        sample_rate: rate of the chunks in Hz.

    Raises:
        AudioganError: the rate is outside of 1 to 768 kHz, or the number of channels outside of 1 to 1024.
    """

    def __init__(self, enhancer: Enhancer, channels: int, sample_rate: int) -> None:
        check_rate(sample_rate)
        check_channels(channels)
        self.sample_rate, self.channels = sample_rate, channels
        self.replaced = 0  # samples so far that were NaN or beyond ±1e6, all channels together
        self.warns = True  # whether `finish` warns if samples were replaced
        self._stream = enhancer.at_rate(channels, sample_rate)
        self.latency = self._stream.latency
        self._flat = self._finished = False

    def push(self, chunk: NDArray[Any], sample_rate: int | None = None) -> NDArray[np.float32]:
        """Take the next samples and give what is ready.

        Args:
            chunk: floating point, `[channels, any number]`, or `[any number]` where there is one channel.
            sample_rate: the chunk's, if it could have changed.

        Returns:
            float32, of as many dimensions: `[channels, 0 or more]` or `[0 or more]`.

        Raises:
            AudioganError: integers, another number of channels or another rate; the stream goes on with a right chunk.
                Or it has been finished.
        """
        if self._finished:
            raise AudioganError("the stream has been finished. Open another one.")
        if sample_rate not in (None, self.sample_rate):
            raise AudioganError(
                f"the sample rate changes from {self.sample_rate} to {sample_rate} Hz in mid-stream. Finish this "
                "stream and open another one at the new rate."
            )
        if not np.issubdtype(chunk.dtype, np.floating):
            raise AudioganError(f"a chunk of {chunk.dtype}: floating-point samples are wanted. Scale them to [-1, 1].")
        sound = chunk[None] if chunk.ndim == 1 else chunk
        if sound.ndim != 2 or sound.shape[0] != self.channels:
            raise AudioganError(
                f"a chunk of shape {list(chunk.shape)} in a stream of {self.channels} channels: "
                f"[{self.channels}, samples] is wanted. Finish this stream and open another one if they have changed."
            )
        self._flat = chunk.ndim == 1
        return self._shaped(self._stream.push(self._bounded(sound)))

    def finish(self) -> NDArray[np.float32]:
        """The rest, so that as much has come out as went in. Warns if samples were replaced.

        Raises:
            AudioganError: the stream has been finished before.
        """
        if self._finished:
            raise AudioganError("the stream has been finished. Open another one.")
        self._finished = True
        rest = self._shaped(self._stream.finish())
        if self.replaced and self.warns:
            warnings.warn(
                f"{self.replaced} samples of a stream were NaN or out of all range and were replaced by silence",
                stacklevel=2,
            )
        return rest

    def _bounded(self, sound: NDArray[Any]) -> NDArray[np.float32]:
        bad = ~(np.abs(sound) <= LOUDEST)
        if bad.any():
            self.replaced += int(bad.sum())
            sound = np.where(bad, 0, sound)
        return sound.astype(np.float32, copy=False)

    def _shaped(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        if not np.isfinite(sound).all():
            sound = self._bounded(sound)
        return sound[0] if self._flat else sound
