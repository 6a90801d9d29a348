"""Windows over sound of any length: their places, what is kept of them, and no trace of blocks or batches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.audio.framing import Grid, WindowedStream, process_windows
from audiogan.errors import AudioganError

GRIDS = [Grid.for_window(64), Grid(64, 0, 0), Grid(17, 3, 2), Grid(16, 2, 5), Grid(8, 1, 0)]


def noise(channels: int, samples: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((channels, samples))


def same(windows: np.ndarray, indices: Sequence[int]) -> np.ndarray:
    return windows


@given(st.sampled_from(GRIDS), st.integers(1, 3), st.lists(st.integers(0, 90), max_size=8), st.integers(1, 7))
def test_windows_that_come_back_as_they_are_join_to_the_sound(
    grid: Grid, channels: int, sizes: list[int], batch_size: int
) -> None:
    sound = noise(channels, sum(sizes))
    stream = WindowedStream(grid, channels, same, batch_size)
    cuts = np.cumsum([0, *sizes])
    found = [stream.push(sound[:, a:b]) for a, b in pairwise(cuts)]
    joined = np.concatenate([*found, stream.finish()], axis=1)
    assert joined.shape == sound.shape
    np.testing.assert_allclose(joined, sound, atol=1e-12)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_every_window_holds_what_lies_at_its_place(grid: Grid) -> None:
    sound = noise(2, 203)
    seen: list[tuple[int, np.ndarray]] = []

    def look(windows: np.ndarray, indices: Sequence[int]) -> np.ndarray:
        seen.extend(zip(indices, windows, strict=True))
        return windows

    process_windows(sound, grid, look, batch_size=3)
    assert [index for index, _ in seen] == [n // 2 for n in range(2 * grid.count(203))]
    for place, (index, window) in enumerate(seen):
        positions = grid.start(index) + np.arange(grid.window)
        inside = (positions >= 0) & (positions < 203)
        expected = np.where(inside, sound[place % 2, positions.clip(0, 202)], 0)
        np.testing.assert_array_equal(window, expected)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_context_is_thrown_away(grid: Grid) -> None:
    sound = noise(1, 500)

    def spoil_context(windows: np.ndarray, indices: Sequence[int]) -> np.ndarray:
        spoiled = np.full_like(windows, 1e9)
        kept = slice(grid.context, grid.window - grid.context)
        spoiled[:, kept] = windows[:, kept]
        return spoiled

    np.testing.assert_allclose(process_windows(sound, grid, spoil_context, 4), sound, atol=1e-9)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_neighbours_fade_into_each_other(grid: Grid) -> None:
    def index_of(windows: np.ndarray, indices: Sequence[int]) -> np.ndarray:
        return np.repeat(np.array(indices, float)[:, None], grid.window, axis=1)

    found = process_windows(np.zeros((1, 10 * grid.hop)), grid, index_of, 4)[0]
    for index in range(1, 10):
        join = slice(index * grid.hop - grid.fade, index * grid.hop)
        rise = np.sin(np.pi / 2 * (np.arange(grid.fade) + 0.5) / max(1, grid.fade)) ** 2
        np.testing.assert_allclose(found[join], index - 1 + rise, atol=1e-12)
        np.testing.assert_allclose(found[join.stop : join.stop + grid.hop - grid.fade], index, atol=1e-12)


def test_the_usual_grid() -> None:
    grid = Grid.for_window(16384)
    assert (grid.context, grid.fade, grid.hop) == (2048, 1024, 11264)
    assert Grid.for_window(16384, context=0).hop == 16384


@pytest.mark.parametrize(("window", "context", "fade"), [(16, 8, 0), (16, 7, 2), (16, 0, 8), (16, -1, 0), (0, 0, 0)])
def test_a_grid_that_keeps_nothing(window: int, context: int, fade: int) -> None:
    with pytest.raises(AudioganError, match="keeps nothing"):
        Grid(window, context, fade)
