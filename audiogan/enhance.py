"""Cleaning sound with a trained generator: arrays, files and streams of any rate, channel count and length."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import check, keeps_subtype
from audiogan.audio.framing import Grid, WindowedStream
from audiogan.audio.representation import Representation
from audiogan.audio.resample import StreamResampler
from audiogan.audio.streams import BLOCK, FORMATS, SoundInfo, SoundReader, SoundWriter
from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from torch import nn

Sound = TypeVar("Sound")
PathLike = str | os.PathLike[str]


class Enhancer:
    """A generator that cleans sound, ready for use.

    What comes out has the rate, channels, length and level of what went in. Each channel is processed on its own. The
    sound is cut into windows on a grid that is fixed by position, with context on both sides that is thrown away, so
    the result does not depend on how it was read, and latents are drawn from the window's place, so it comes out the
    same again. What lies above the model's band is lost.

    Args:
        generator: `forward(noisy [rows, 1, window], **draws)` giving `[rows, 1, window]`; if it has a method
            `draw(chance, samples)`, that gives the draws. It stays on its device.
        representation: what the generator sees of sound.
        sample_rate: the generator's, in Hz.
        window: samples it takes at a time.
        context: samples thrown away on either side of a window; an eighth of the window if None.
        batch_size: windows in one call of the generator; memory and speed, not the result, depend on it.
        seed: of the latents.
        strength: in [0, 1], the share of what the generator makes; the rest is the sound as it was. A little of the
            noise left in hides what was done to the speech.

    Raises:
        AudioganError: the strength lies elsewhere.
    """

    def __init__(
        self,
        generator: nn.Module,
        representation: Representation,
        sample_rate: int,
        window: int,
        *,
        context: int | None = None,
        batch_size: int = 4,
        seed: int = 0,
        strength: float = 1.0,
    ) -> None:
        if not 0 <= strength <= 1:
            raise AudioganError(f"a strength of {strength}: it lies between 0, which leaves all as it is, and 1.")
        self.strength = strength
        self.generator = generator
        self.representation = representation
        self.sample_rate = sample_rate
        self.grid = Grid.for_window(window, context)
        self.batch_size = batch_size
        self.seed = seed

    @classmethod
    def load(
        cls,
        path: PathLike,
        *,
        device: str = "cpu",
        batch_size: int = 4,
        seed: int = 0,
        strength: float | None = None,
    ) -> Enhancer:
        """The enhancer in a run folder, a checkpoint or a model bundle; its recipe's strength if none is given.

        Raises:
            AudioganError: there is none at `path`, it is of another kind or version, the device is not there, or the
                strength is not between 0 and 1.
        """
        from audiogan.bundle import load_model
        from audiogan.recipe.enhancement import EnhancementRecipe
        from audiogan.recipe.enhancement_building import build_representation

        model = load_model(path)
        recipe = model.recipe
        if not isinstance(recipe, EnhancementRecipe):
            raise AudioganError(
                f"{path} is a model of {recipe.task} and enhances nothing. Give one that was trained by a recipe whose "
                "task is enhancement."
            )
        return cls(
            model.generator_on(device),
            build_representation(recipe),
            recipe.sample_rate,
            recipe.data.window,
            batch_size=batch_size,
            seed=seed,
            strength=recipe.strength if strength is None else strength,
        )

    def __call__(self, waveform: Sound, sample_rate: int) -> Sound:
        """Enhance a waveform in memory.

        Args:
            waveform: NumPy array or torch tensor, floating point, `[samples]` or `[channels, samples]`, in [-1, 1].
            sample_rate: its rate in Hz.

        Returns:
            The same kind, shape, type and device.

        Raises:
            AudioganError: another shape, integers, no samples, or NaN or infinite ones.
        """
        if not isinstance(waveform, np.ndarray):
            import torch

            if not isinstance(waveform, torch.Tensor):
                raise AudioganError("the waveform is neither a NumPy array nor a torch tensor.")
            result = torch.from_numpy(self._enhance_array(waveform.detach().cpu().numpy(), sample_rate))
            return result.to(waveform.device)  # type: ignore[return-value]
        return self._enhance_array(waveform, sample_rate)  # type: ignore[return-value]

    def enhance_file(
        self, source: PathLike, destination: PathLike, progress: Callable[[float], None] | None = None
    ) -> SoundInfo:
        """Enhance a sound file into another, in constant memory.

        The output has the input's format and subtype if its suffix allows, and is written beside its place and renamed.

        Args:
            source: any file that libsndfile reads.
            destination: where to write.
            progress: called with the seconds of sound done since the last call.

        Returns:
            What the source's header says.

        Raises:
            AudioganError: the source is missing, not sound, cut short, silent or holds NaN; the destination is the
                source or cannot be written.
        """
        source, destination = Path(source), Path(destination)
        if destination.exists() and source.exists() and os.path.samefile(source, destination):
            raise AudioganError(f"{destination}: output and input are the same file. Choose another output.")
        info = check(source)
        stream = EnhancingStream(self, info.channels, info.sample_rate)
        with SoundReader(source) as reader, _writer_like(info, destination) as writer:
            # Ten seconds at most: at the model's rate a block of a file of very low rate would be enormous.
            for block in reader.blocks(size=min(BLOCK, 10 * info.sample_rate)):
                writer.write(stream.push(block))
                if progress:
                    progress(block.shape[1] / info.sample_rate)
            writer.write(stream.finish())
        return info

    def loses_band(self, sample_rate: int) -> bool:
        """Whether sound of this rate may hold frequencies above the model's band, which the output lacks."""
        return sample_rate > self.sample_rate

    def process(self, windows: NDArray[np.float64], indices: Sequence[int]) -> NDArray[np.float32]:
        """One call of the generator; see `audiogan.networks.windows.apply_to_windows`."""
        from audiogan.networks.windows import apply_to_windows

        return apply_to_windows(self.generator, windows, indices, self.seed, self.strength)

    def _enhance_array(self, waveform: NDArray[Any], sample_rate: int) -> NDArray[Any]:
        if waveform.ndim not in (1, 2) or not np.issubdtype(waveform.dtype, np.floating):
            raise AudioganError(
                f"a floating-point waveform [samples] or [channels, samples] is wanted, not {waveform.dtype} "
                f"of shape {list(waveform.shape)}. Scale integers to [-1, 1]."
            )
        if not waveform.size:
            raise AudioganError("the waveform holds no samples.")
        if not np.isfinite(waveform).all():
            raise AudioganError("the waveform holds NaN or infinite samples. Replace them.")
        sound = np.atleast_2d(waveform)
        stream = EnhancingStream(self, sound.shape[0], sample_rate)
        enhanced = np.concatenate([stream.push(sound), stream.finish()], axis=1)
        return enhanced.astype(waveform.dtype).reshape(waveform.shape)


class EnhancingStream:
    """Enhancement of consecutive blocks: to the model's rate, through its windows, and back.

    Args:
        enhancer: what to apply.
        channels: how many.
        sample_rate: rate of the blocks in Hz, above 0.

    Raises:
        AudioganError: the rate is 0 or below.
    """

    def __init__(self, enhancer: Enhancer, channels: int, sample_rate: int) -> None:
        if sample_rate <= 0:
            raise AudioganError(f"a sample rate of {sample_rate} Hz. Give the true one.")
        self._channels = channels
        self._taken = self._given = 0
        self._rates = sample_rate, enhancer.sample_rate
        self._encode = enhancer.representation.stream_encode()
        self._decode = enhancer.representation.stream_decode()
        self._windows = WindowedStream(enhancer.grid, channels, enhancer.process, enhancer.batch_size)
        self._there = self._back = None
        if sample_rate != enhancer.sample_rate:
            self._there = StreamResampler(sample_rate, enhancer.sample_rate, channels)
            self._back = StreamResampler(enhancer.sample_rate, sample_rate, channels)

    def push(self, block: NDArray[Any]) -> NDArray[Any]:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""
        self._taken += block.shape[1]
        return self._count(self._enhance(block if self._there is None else self._there.push(block)))

    def finish(self) -> NDArray[Any]:
        """The rest, so that as much has come out as went in. Nothing may be pushed after it."""
        parts = []
        if self._there is not None:
            # A sample of the model's rate more than there is, so that nothing is short after both conversions.
            silence = np.zeros((self._channels, -(-self._rates[0] // self._rates[1])), np.float32)
            parts += [self._enhance(self._there.push(silence)), self._enhance(self._there.finish())]
        last = self._decode(self._windows.finish())
        parts += [last] if self._back is None else [self._back.push(last), self._back.finish()]
        rest = np.concatenate(parts, axis=1)
        return self._count(rest[:, : self._taken - self._given])

    def _enhance(self, block: NDArray[Any]) -> NDArray[Any]:
        enhanced = self._decode(self._windows.push(self._encode(block)))
        return enhanced if self._back is None else self._back.push(enhanced)

    def _count(self, block: NDArray[Any]) -> NDArray[Any]:
        self._given += block.shape[1]
        return block


def _writer_like(info: SoundInfo, destination: Path) -> SoundWriter:
    suffix = destination.suffix.lower()
    if suffix == info.path.suffix.lower() or FORMATS.get(suffix) == info.format:
        return SoundWriter(destination, info.sample_rate, info.channels, info.format, info.subtype, info.endian)
    subtype = info.subtype if keeps_subtype(destination, info.subtype) else None
    return SoundWriter(destination, info.sample_rate, info.channels, subtype=subtype)
