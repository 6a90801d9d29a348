"""Sound in containers by the programs ffmpeg and ffprobe: decoding, and writing beside copied pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.media import SMALLEST_GAP_S, Track
from audiogan.errors import AudioganError

_PIECE = 65536  # samples
COPIED = frozenset({"video", "audio", "subtitle", "attachment"})


class FfmpegBackend:
    """Decoding by ffmpeg."""

    @staticmethod
    def find() -> FfmpegBackend | None:
        """The programs on the path; None where one of them is missing."""
        return FfmpegBackend() if shutil.which("ffmpeg") and shutil.which("ffprobe") else None

    def probe(self, path: Path) -> Track:
        """The sound track of a file; see `audiogan.audio.media.Backend`."""
        told = describe(path)
        sounds = [stream for stream in told["streams"] if stream["codec_type"] == "audio"]
        if not sounds:
            raise AudioganError(f"{path}: there is no sound track in it. Give a file with sound.")
        stream = next((s for s in sounds if s["disposition"]["default"]), sounds[0])
        container = told["format"]["format_name"]
        seconds = float(stream.get("duration") or 0.0)
        if not seconds and len(told["streams"]) == 1:
            seconds = float(told["format"].get("duration") or 0.0)
        if container in ("aac", "amr"):
            seconds = 0.0  # estimated from the bit rate
        bit_rate = int(stream.get("bit_rate") or 0) or _packet_bits(path, stream["index"])
        bits = int(stream.get("bits_per_raw_sample") or stream.get("bits_per_sample") or 0)
        return Track(
            stream["index"], stream["codec_name"], int(stream["sample_rate"]), int(stream["channels"]), bits,
            bit_rate, max(0.0, float(stream.get("start_time") or 0.0)), seconds, container,
        )  # fmt: skip

    def decode(self, path: Path, track: Track, skip_damage: bool) -> Iterator[NDArray[np.float32]]:
        """The sound of a track in pieces; see `audiogan.audio.media.Backend`."""
        from audiogan.audio.streams import DamageError

        command = [
            "ffmpeg", "-v", "error", "-nostdin", *([] if skip_damage else ["-xerror"]), "-i", str(path),
            "-map", f"0:{track.index}", "-af", f"aresample=async=1:min_hard_comp={SMALLEST_GAP_S}",
            "-ac", str(track.channels), "-ar", str(track.sample_rate), "-f", "f32le", "-",
        ]  # fmt: skip
        frame = 4 * track.channels
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
            assert process.stdout is not None
            try:
                while data := process.stdout.read(_PIECE * frame):
                    whole = len(data) - len(data) % frame
                    yield np.frombuffer(data[:whole], "<f4").reshape(-1, track.channels).T
                if process.wait() and not skip_damage:
                    raise DamageError(last_line(errors))
            finally:
                process.stdout.close()
                process.kill()
                process.wait()

    def metadata(self, path: Path) -> dict[str, str]:
        """The container's tags."""
        return dict(describe(path)["format"].get("tags", {}))


def _packet_bits(path: Path, index: int) -> int:
    """The mean bit rate of a stream in bit/s, of its packets; 0 where their times are not known."""
    command = ["ffprobe", "-v", "error", "-select_streams", str(index), "-show_entries", "packet=pts_time,size"]
    program = subprocess.Popen([*command, "-of", "csv=p=0", str(path)], stdout=subprocess.PIPE, text=True)
    total, first, last = 0, None, 0.0
    with program, suppress(ValueError):
        assert program.stdout is not None
        for line in program.stdout:
            time, size = line.strip().split(",")[:2]
            last, total = float(time), total + int(size)
            first = last if first is None else first
    return round(total * 8 / (last - first)) if first is not None and last > first else 0


def describe(path: Path) -> dict[str, Any]:
    """What ffprobe says of a file.

    Raises:
        AudioganError: it is damaged, cut short or of an unknown kind.
    """
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise AudioganError(
            f"{path}: damaged or cut short: its index or header cannot be read "
            f"({''.join(why).replace(f'{path}: ', '').rstrip('.')}). Get a whole copy."
        )
    return dict(json.loads(done.stdout))


def last_line(errors: IO[bytes]) -> str:
    """The last line that a program wrote."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1].rstrip(".") if lines else "no reason given"


class FfmpegOutput:
    """A container being written by ffmpeg: the arguments as of `audiogan.audio.media_av.AvOutput`."""

    def __init__(
        self, path: Path, container: str, codec: str, sample_rate: int, channels: int, bit_rate: int | None,
        start: float, bits: int, source: Path | None, track: Track | None, pictures: bool, tags: dict[str, str],
    ) -> None:  # fmt: skip
        self.dropped: list[str] = []
        sound = ["-f", "f32le", "-ar", str(sample_rate), "-ac", str(channels)]
        inputs, maps = ["-itsoffset", repr(start), *sound, "-i", "pipe:0"], ["-map", "0:0", "-c:0", codec]
        place = sound_place = 0
        if source is not None and track is not None:
            inputs += ["-i", str(source)]
            maps = ["-map_metadata", "1", "-map_chapters", "1"]
            for stream in describe(source)["streams"]:
                cover = bool(stream["disposition"].get("attached_pic"))
                kind = stream["codec_type"]
                if stream["index"] == track.index:
                    maps += ["-map", "0:0", f"-c:{place}", codec, f"-map_metadata:s:{place}", f"1:s:{track.index}"]
                    sound_place = place
                elif kind in COPIED and (pictures or cover):
                    maps += ["-map", f"1:{stream['index']}", f"-c:{place}", "copy"]
                    if cover:
                        maps += [f"-disposition:{place}", "attached_pic"]
                else:
                    if kind in COPIED or "codec_name" in stream:
                        self.dropped.append(kind)
                    continue
                place += 1
            place = sound_place
        quality = [f"-b:{place}", str(bit_rate)] if bit_rate else []
        if bits > 16 and codec in ("alac", "flac"):
            quality += [f"-sample_fmt:{place}", "s32p" if codec == "alac" else "s32"]
        words = [word for key, value in tags.items() for word in ("-metadata", f"{key}={value}")]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the program)
        self._process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, *maps, *quality, *words, "-f", container, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors,
        )  # fmt: skip

    def write(self, sound: NDArray[np.float32]) -> None:
        """Append `[channels, samples]`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(sound.T, "<f4").tobytes())
        except BrokenPipeError:
            self._process.wait()
            raise ValueError(last_line(self._errors)) from None

    def close(self) -> None:
        """Write what is left, and the container's end."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        failed, why = self._process.wait(), last_line(self._errors)
        self._errors.close()
        if failed:
            raise ValueError(why)

    def abort(self) -> None:
        """End ffmpeg as it is."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._errors.close()


@lru_cache(maxsize=1)
def _encoders() -> frozenset[str]:
    done = subprocess.run(
        ["ffmpeg", "-hide_banner", "-encoders"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return frozenset(line.split()[1] for line in done.stdout.splitlines() if len(line.split()) > 1)


def encoder_for(names: tuple[str, ...]) -> str | None:
    """The first of some encoders that this ffmpeg has."""
    return next((name for name in names if name in _encoders()), None)
