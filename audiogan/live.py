"""Sound enhanced while it is being made: raw samples from a pipe to a pipe, or a microphone to speakers.

Both are `Enhancer.stream` with something before and behind it. What a device calls (`Duplex`) has been tried without
one; `microphone_to_speakers` only with PortAudio on devices that ALSA makes of files.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.pcm import PcmDecoder, encode_pcm
from audiogan.enhance import Enhancer, EnhancingStream
from audiogan.errors import AudioganError

PIECE = 1 << 16  # bytes that are read at once, at most; a pipe gives what is there
WATCH_S = 0.1

Tell = Callable[[str], None]


def latency_in_words(stream: EnhancingStream) -> str:
    """`768 samples (48.0 ms)`."""
    return f"{stream.latency} samples ({1000 * stream.latency / stream.sample_rate:.1f} ms)"


def through_pipe(stream: EnhancingStream, source: BinaryIO, sink: BinaryIO, pcm: str, tell: Tell) -> int:
    """Enhance raw samples as they come, until there are no more; each piece is flushed as soon as it is ready.

    As many samples come out as went in, each in the place of the one it was made of: the latency is a time to wait, not
    a shift.

    Args:
        stream: what enhances.
        source: of bytes, with `read1`.
        sink: of bytes.
        pcm: how samples are kept; see `audiogan.audio.pcm.PCM`.
        tell: is told, at the end, of what was left out or replaced.

    Returns:
        How many samples of each channel went through.

    Raises:
        AudioganError: nothing came in, or it is a sound file.
        BrokenPipeError: the reader of the sink went away.
    """
    decoder, samples = PcmDecoder(pcm, stream.channels), 0
    while piece := source.read1(PIECE):  # type: ignore[attr-defined]
        sound = decoder.push(piece)
        samples += sound.shape[1]
        _write(sink, encode_pcm(stream.push(sound), pcm))
    if not samples:
        raise AudioganError("standard input ended before its first sample. Pipe raw samples into it.")
    _write(sink, encode_pcm(stream.finish(), pcm))
    if decoder.waiting:
        tell(
            f"the last {decoder.waiting} bytes are no whole sample of {stream.channels} channel"
            f"{'' if stream.channels == 1 else 's'} in {pcm}, and were left out"
        )
    if stream.replaced:
        tell(f"{stream.replaced} samples were NaN or out of all range and were replaced by silence")
    return samples


def _write(sink: BinaryIO, data: bytes) -> None:
    if data:
        sink.write(data)
        sink.flush()


class Duplex:
    """What a sound device calls again and again: takes what was heard and gives as much to play.

    What is played is what was heard, enhanced, exactly `stream.latency` samples later.

    Args:
        stream: what enhances.
    """

    def __init__(self, stream: EnhancingStream) -> None:
        self._stream = stream
        self._ready = np.zeros((stream.channels, stream.latency), np.float32)
        self.samples = 0  # so far
        self.gaps = 0  # calls before which the device had no sound left to play, or no room for what it heard

    def __call__(
        self, heard: NDArray[np.float32], played: NDArray[np.float32], samples: int, _: Any, flaws: Any
    ) -> None:
        """Fill `played` `[samples, channels]`; the device's clock is not read."""
        self.gaps += bool(flaws)
        self.samples += samples
        # The device takes its memory back when this returns.
        made = self._stream.push(heard.T.copy())
        self._ready = np.concatenate([self._ready, made], axis=1)
        played[:] = self._ready[:, :samples].T
        self._ready = self._ready[:, samples:]


def microphone_to_speakers(
    enhancer: Enhancer,
    *,
    input_device: str | None = None,
    output_device: str | None = None,
    sample_rate: int | None = None,
    channels: int = 1,
    tell: Tell,
) -> Duplex:
    """Play what a microphone hears, enhanced, until Ctrl-C.

    Args:
        enhancer: what to apply.
        input_device: a name, a part of it or a number; the system's own if None.
        output_device: likewise.
        sample_rate: in Hz; the microphone's own if None.
        channels: of both.
        tell: is told which devices they are, and how late it is.

    Returns:
        What was called, with its counts.

    Raises:
        AudioganError: the package or PortAudio is not installed, there is no such device (the message lists those that
            there are), or one of them refuses the rate or the channels, or goes away.
    """
    sounddevice = _sounddevice()
    heard = _device(sounddevice, input_device, "input")
    played = _device(sounddevice, output_device, "output")
    rate = sample_rate or int(heard["default_samplerate"])
    enhancer.stream(rate, channels).push(np.zeros((channels, rate // 10), np.float32))  # the first call is slow
    stream = enhancer.stream(rate, channels)
    duplex = Duplex(stream)
    try:
        with sounddevice.Stream(
            samplerate=rate, device=(heard["index"], played["index"]), channels=channels, dtype="float32",
            callback=duplex,
        ) as device:  # fmt: skip
            own = 1000 * sum(device.latency)
            tell(f"from {heard['name']} to {played['name']} at {rate} Hz; Ctrl-C ends it. Use headphones.")
            tell(f"latency {latency_in_words(stream)}, and {own:.0f} ms of the devices")
            while device.active:
                time.sleep(WATCH_S)
    except KeyboardInterrupt:
        return duplex
    except sounddevice.PortAudioError as problem:
        raise AudioganError(
            f"{heard['name']} and {played['name']} do not take {rate} Hz with {channels} channel"
            f"{'' if channels == 1 else 's'} ({_words(problem)}). Try another --sample-rate, --channels or device."
        ) from None
    raise AudioganError(f"{heard['name']} or {played['name']} went away.")


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError:
        raise AudioganError("Live sound needs a package. Run: pip install 'audiogan[live]'") from None
    except OSError as problem:
        raise AudioganError(
            f"Live sound needs PortAudio ({_words(problem)}). Install it: apt install libportaudio2, brew install "
            "portaudio."
        ) from None
    return sounddevice


def _device(sounddevice: Any, name: str | None, kind: str) -> dict[str, Any]:
    """A device by name or number, or the system's own."""
    wanted = int(name) if name is not None and name.isdecimal() else name
    side = "microphone" if kind == "input" else "loudspeaker"
    try:
        device: dict[str, Any] = sounddevice.query_devices(wanted, kind)
        return device
    except (ValueError, sounddevice.PortAudioError) as problem:
        able = [each for each in sounddevice.query_devices() if each[f"max_{kind}_channels"] > 0]
        if not able:
            raise AudioganError(
                f"This machine has no {side}. Enhance files instead, or raw samples with --stream."
            ) from None
        there = "; ".join(f"{each['index']}: {each['name']}" for each in able)
        which = f"no {side} {name}" if name is not None else f"no {side} that is the system's own"
        raise AudioganError(f"There is {which} ({_words(problem)}). Give --{kind}-device one of {there}.") from None


def _words(problem: Exception) -> str:
    return " ".join(str(problem).split())
