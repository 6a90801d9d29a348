"""No sentence, speaker or noise recording is on both sides of a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.data.held_out import FEWEST, split_noises, split_pairs, split_recordings
from audiogan.data.manifest import Ingredient, PairRow
from audiogan.data.recordings import Recording


def row(
    number: int, sentence: int, noises: list[int], speaker: int | None = None, joined: int | None = None
) -> PairRow:
    def part(kind: str, of: int) -> Ingredient:
        name = None if speaker is None else f"speaker {speaker}"
        return Ingredient(source=f"{kind}{of}.wav", sha256=f"{kind}{of}", speaker=name)

    return PairRow(
        id=f"p{number}", clean=Path(f"c{number}.wav"), noisy=Path(f"n{number}.wav"), sample_rate=16000, samples=1,
        speech=part("speech", sentence), joined=None if joined is None else [part("speech", joined)],
        noise=[part("noise", each) for each in noises],
    )  # fmt: skip


def sources(rows: list[PairRow], kind: str) -> set[str]:
    parts = [p for r in rows for p in ([r.speech, *(r.joined or [])] if kind == "speech" else r.noise)]
    return {part.source for part in parts if part}


def mixtures(noises: int, speakers: int | None = None) -> list[PairRow]:
    """Every sentence at four SNRs, each time with another noise, as `prep --every-snr` writes."""
    rng = np.random.default_rng(0)
    return [
        row(4 * s + k, s, [int(rng.integers(noises))], speaker=None if speakers is None else s % speakers)
        for s in range(200)
        for k in range(4)
    ]


@pytest.mark.parametrize("noises", [1, 5, 50, 200])
def test_pairs_share_neither_sentence_nor_noise(noises: int) -> None:
    rows = mixtures(noises)
    split = split_pairs(rows, 0.02)
    assert split.held_out and len(split.training) > 0.85 * len(rows)
    assert not sources(split.training, "speech") & sources(split.held_out, "speech")
    if noises >= FEWEST:
        assert not sources(split.training, "noise") & sources(split.held_out, "noise")
    everything = sorted(r.id for part in (split.training, split.held_out, split.dropped) for r in part)
    assert everything == sorted(r.id for r in rows)
    assert (split.remark is None) == (not split.dropped)


def test_pairs_of_few_noises_are_divided_by_speaker() -> None:
    split = split_pairs(mixtures(3, speakers=40), 0.1)
    speakers = [{r.speech.speaker for r in part if r.speech} for part in (split.training, split.held_out)]
    assert all(speakers) and not speakers[0] & speakers[1]


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.lists(st.integers(0, 40), max_size=3), st.none() | st.integers(0, 30)),
        min_size=1, max_size=120,
    ),
    st.floats(0, 0.9),
)  # fmt: skip
def test_any_manifest_is_divided_without_leaks(pairs: list[tuple[int, list[int], int | None]], share: float) -> None:
    rows = [row(number, sentence, noises, joined=other) for number, (sentence, noises, other) in enumerate(pairs)]
    split = split_pairs(rows, share)
    assert not sources(split.training, "speech") & sources(split.held_out, "speech")
    if len(sources(rows, "noise")) >= FEWEST:
        assert not sources(split.training, "noise") & sources(split.held_out, "noise")
    assert len(split.training) + len(split.held_out) + len(split.dropped) == len(rows)
    if share == 0:
        assert split.training == rows


def recording(name: str, speaker: str | None = None) -> Recording:
    return Recording(Path(name), 1, speaker=speaker)


def test_recordings_are_divided_by_speaker_where_many_are_known() -> None:
    many = [recording(f"{n}.wav", f"speaker {n % 50}") for n in range(500)]
    training, held_out = split_recordings(many, 0.1)
    assert held_out and len(training) + len(held_out) == 500
    assert not {r.speaker for r in training} & {r.speaker for r in held_out}
    few = [recording(f"{n}.wav", f"speaker {n % 3}") for n in range(500)]
    training, held_out = split_recordings(few, 0.1)
    assert 20 < len(held_out) < 80 and not {r.path for r in training} & {r.path for r in held_out}


def test_noises_are_divided_where_there_are_many() -> None:
    many = [recording(f"noise{n}.wav") for n in range(30)]
    training, held_out = split_noises(many, 0.02)
    assert held_out and not set(training) & set(held_out) and len(training) + len(held_out) == 30
    assert split_noises(many, 0.0) == (many, many)
    assert split_noises(many[:5], 0.02) == (many[:5], many[:5])
