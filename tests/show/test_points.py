"""The picture of points, looked at as pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from audiogan.show.points import points_picture

EXTENT = (-2.0, 2.0, -2.0, 2.0)
NONE = np.full((1, 2), 9, np.float32)  # outside of what is shown


def cluster(x: float, y: float) -> np.ndarray:
    return np.random.default_rng(0).normal((x, y), 0.1, (300, 2)).astype(np.float32)


def places(picture: np.ndarray, colour: str) -> tuple[float, float]:
    """Mean place of a colour, rightwards and downwards in pixels, where no colour bar and no legend is."""
    part = picture[: int(0.9 * len(picture)), : int(0.75 * picture.shape[1])]
    red, blue = part[..., 0], part[..., 2]
    blue_field = (blue - red > 0.3) & (blue > 0.4)
    orange = (red > 0.9) & (red - blue > 0.3)
    rows, columns = np.nonzero({"blue": blue_field, "orange": orange}[colour])
    return float(columns.mean()), float(rows.mean())


def drawn(path: Path, real: np.ndarray = NONE, made: np.ndarray = NONE, field: np.ndarray | None = None) -> np.ndarray:
    points_picture(path, real, made, EXTENT, field, "step 10")
    assert [file.name for file in path.parent.iterdir() if ".audiogan-" in file.name] == []
    return imread(path)


def test_generated_points_are_where_they_are(tmp_path: Path) -> None:
    left_above = places(drawn(tmp_path / "a.png", made=cluster(-1, 1)), "orange")
    right_above = places(drawn(tmp_path / "b.png", made=cluster(1, 1)), "orange")
    left_below = places(drawn(tmp_path / "c.png", made=cluster(-1, -1)), "orange")
    across, down = right_above[0] - left_above[0], left_below[1] - left_above[1]
    assert across > 100
    assert down == pytest.approx(across, abs=3)  # a unit is as long in both directions
    assert left_above[1] == pytest.approx(right_above[1], abs=2)
    assert left_above[0] == pytest.approx(left_below[0], abs=2)


def test_the_field_lies_under_the_points_first_row_at_the_bottom(tmp_path: Path) -> None:
    field = np.zeros((40, 40), np.float32)
    field[5:15, 25:35] = 1  # around (1, -1)
    picture = drawn(tmp_path / "a.png", field=field)
    both = drawn(tmp_path / "b.png", made=cluster(1, -1), field=field)
    np.testing.assert_allclose(places(picture, "blue"), places(both, "orange"), atol=4)


def test_points_beyond_the_edge_are_counted_in_the_legend(tmp_path: Path) -> None:
    seen = drawn(tmp_path / "a.png", made=cluster(0, 0))
    lost = drawn(tmp_path / "b.png", made=np.concatenate([cluster(0, 0), cluster(9, 9)]))
    legend = slice(int(0.93 * len(seen)), None)
    assert (lost[legend, :, :3] < 0.5).sum() > 1.5 * (seen[legend, :, :3] < 0.5).sum()
