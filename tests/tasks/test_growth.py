"""The schedule of progressive growing, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.networks import ProGANDiscriminator, ProGANGenerator
from audiogan.tasks.growth import Grows, Growth


def test_levels_stay_fade_in_and_stay() -> None:
    found = [Growth(levels=3, fading=4, stable=2).at(pictures) for pictures in range(16)]
    assert found == [
        *[(0, 1.0)] * 2,
        (1, 0.25), (1, 0.5), (1, 0.75), (1, 1.0), *[(1, 1.0)] * 2,
        (2, 0.25), (2, 0.5), (2, 0.75), (2, 1.0), *[(2, 1.0)] * 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        (599_999, (0, 1.0)),
        (600_000, (1, 1 / 600_000)),
        (900_000, (1, 300_001 / 600_000)),
        (1_199_999, (1, 1.0)),
        (1_799_999, (1, 1.0)),
        (1_800_000, (2, 1 / 600_000)),
        (8_999_999, (7, 1.0)),
        (9_000_000, (8, 1 / 600_000)),
        (9_599_999, (8, 1.0)),
        (12_000_000, (8, 1.0)),
        (10**12, (8, 1.0)),
    ],
)
def test_the_paper_s_from_4_to_1024_pixels(pictures: int, expected: tuple[int, float]) -> None:
    """600,000 pictures of each; after the last of nine levels nothing changes."""
    level, fade = Growth(9, 600_000, 600_000).at(pictures)
    assert level == expected[0] and fade == pytest.approx(expected[1], rel=1e-12)


@given(st.integers(1, 6), st.integers(1, 50), st.integers(1, 50))
def test_it_only_ever_grows_and_reaches_every_level(levels: int, fading: int, stable: int) -> None:
    growth = Growth(levels, fading, stable)
    seen = [growth.at(pictures) for pictures in range((levels + 1) * (fading + stable))]
    assert seen == sorted(seen) and seen[-1] == (levels - 1, 1.0)
    assert {level for level, _ in seen} == set(range(levels))
    assert all(0 < fade <= 1 for _, fade in seen)
    assert [fade for level, fade in seen if level == 0] == [1.0] * (stable if levels > 1 else len(seen))


def test_progan_grows() -> None:
    assert isinstance(ProGANGenerator(8, 1, 2, 2), Grows) and isinstance(ProGANDiscriminator(8, 1, 2), Grows)


def test_optimizers_are_reset_where_a_fade_begins_and_where_it_ends() -> None:
    growth = Growth(levels=3, fading=4, stable=2, resets_optimizers=True)
    # Levels begin to fade in at 2 and 8 pictures, and are in use at 5 and 11.
    assert [n for n in range(1, 20) if growth.resets_at(n, n - 1)] == [2, 5, 8, 11]
    assert [n for n in range(3, 20, 3) if growth.resets_at(n, n - 3)] == [3, 6, 9, 12]
    assert not any(Growth(3, 4, 2).resets_at(n, n - 1) for n in range(1, 20))
