"""Scores of samples of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audiogan.data.points import modes, sample
from audiogan.judgement import Judgement
from audiogan.networks import PointDiscriminator
from audiogan.tasks.synthesis import Generate
from audiogan.tasks.synthesis_scores import FIELD_SIDE, PictureScores, PointScores, field
from audiogan.tasks.task import PictureSample, PointSample, Validation

MEANS = modes("eight_gaussians")


class Plane(nn.Module):
    """Scores x + 10 y."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 10.0]))

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        return Judgement(candidate @ self.weight)


def making(samples: np.ndarray) -> Generate:
    return lambda count: torch.from_numpy(samples[:count].astype(np.float32))


def point_scores(made: np.ndarray, deviation: float = 0.1, means: np.ndarray = MEANS) -> Validation:
    real = sample("eight_gaussians", len(made), seed=1)
    with torch.no_grad():
        return PointScores(real, means, deviation)(making(made), Plane())


def test_points_on_all_modes_on_half_of_them_and_beside_them() -> None:
    all_modes = np.tile(MEANS, (100, 1))
    found = point_scores(all_modes)
    assert found.numbers.pop("diversity") == pytest.approx(1, abs=0.05)
    assert found.numbers == {"modes": 8, "good": 1, "good_within_0.02": 1} and found.quality == 1
    half = point_scores(np.tile(MEANS[:4], (200, 1)))
    assert half.numbers["modes"] == 4 and half.numbers["good"] == 1 and half.quality == 0.5
    # A tenth of a unit off is within 3 · 0.1 and not within 3 · 0.02; every other one is far away.
    off = point_scores(all_modes + np.where(np.arange(800) % 2, 50, 0.1)[:, None] * [1, 0])
    assert off.numbers["good"] == 0.5 and off.numbers["good_within_0.02"] == 0
    assert off.quality == 0.5 * off.numbers["modes"] / 8
    collapsed = point_scores(np.tile(MEANS[:1], (800, 1)))
    assert collapsed.numbers["diversity"] == 0 and collapsed.quality == 1 / 8


def test_without_modes_or_of_no_width_there_is_no_quality() -> None:
    made = np.tile(MEANS, (10, 1))
    for found in (point_scores(made, means=np.zeros((0, 2))), point_scores(made, deviation=0.0)):
        assert found.numbers.keys() == {"diversity"} and found.quality is None


def test_the_sample_shows_both_sides_and_the_field_around_them() -> None:
    (shown,) = point_scores(np.tile(MEANS, (10, 1))).samples
    assert isinstance(shown, PointSample) and shown.field is not None
    left, right, bottom, top = shown.extent
    assert left == shown.real[:, 0].min() - 1 and top == pytest.approx(shown.real[:, 1].max() + 1)
    rows, columns = np.linspace(bottom, top, FIELD_SIDE), np.linspace(left, right, FIELD_SIDE)
    np.testing.assert_allclose(shown.field, columns[None, :] + 10 * rows[:, None], atol=1e-4)


def test_there_is_no_field_where_labels_are_wanted() -> None:
    with torch.no_grad():
        assert field(PointDiscriminator(4, 1, classes=8), (-1, 1, -1, 1)) is None


def test_a_field_of_minibatch_discrimination_is_in_the_company_of_the_whole_field() -> None:
    """Ten thousand places all at once would be a hundred million pairs."""
    torch.manual_seed(0)
    discriminator = PointDiscriminator(4, 1, minibatch_discrimination=50).eval()
    extent = (-3.0, 3.0, -2.0, 2.0)
    with torch.no_grad():
        found = field(discriminator, extent)
        assert found is not None and np.isfinite(found).all()
        along = [torch.linspace(*ends, FIELD_SIDE)[4::10] for ends in (extent[2:], extent[:2])]
        places = torch.cartesian_prod(*along).flip(1)
        scores = discriminator(places).score.view(10, 10).numpy()
    np.testing.assert_allclose(found[4::10, 4::10], scores, atol=1e-6)


def pictures(count: int, size: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 1, size, size)).astype(np.float32)


def picture_scores(real: np.ndarray, made: np.ndarray, shown: int = 6) -> Validation:
    return PictureScores(real, shown, columns=3)(making(made), nn.Identity())


def test_the_same_pictures_are_at_no_distance_and_others_are() -> None:
    real = pictures(20)
    same, other = picture_scores(real, real), picture_scores(real, pictures(20, seed=1) ** 3)
    assert same.numbers["sliced_wasserstein"] == 0 == same.quality
    assert same.numbers["diversity"] == pytest.approx(1)
    assert other.numbers["sliced_wasserstein"] > 0 and other.quality == -other.numbers["sliced_wasserstein"]
    (shown,) = same.samples
    assert isinstance(shown, PictureSample) and shown.columns == 3
    np.testing.assert_array_equal(shown.pictures, real[:6])


def test_pictures_beyond_the_range_are_cut_before_they_are_shown_and_compared() -> None:
    real = np.sign(pictures(20))
    found = picture_scores(real, 5 * real)
    assert found.numbers["sliced_wasserstein"] == 0 and np.abs(found.samples[0].pictures).max() == 1


def test_what_cannot_be_measured_is_left_out() -> None:
    grown = picture_scores(pictures(20), pictures(20, size=8))
    assert grown.numbers == {} and grown.quality is None and grown.samples[0].pictures.shape == (6, 1, 8, 8)
    small = picture_scores(pictures(20, size=8), pictures(20, size=8))
    assert small.numbers.keys() == {"diversity"} and small.quality is None
    flat = picture_scores(np.zeros((20, 1, 16, 16), np.float32), pictures(20))
    assert flat.numbers.keys() == {"sliced_wasserstein"}
    single = picture_scores(pictures(1), pictures(20))
    assert single.numbers == {} and len(single.samples[0].pictures) == 6
