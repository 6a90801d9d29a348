"""Samples by number, between two of them, and from sums: closed forms, on generators that give their input back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from audiogan import AudioganError, Sampler
from audiogan.bundle import Model, load_model, save_bundle
from audiogan.cli import main
from audiogan.generate import arc, straight, truncated, weights_of
from audiogan.recipe.building import build_generator, build_task
from audiogan.recipe.reading import check
from audiogan.tasks.latent import Latent
from audiogan.tasks.synthesis import Generate, Synthesis
from audiogan.tasks.task import Validation
from audiogan.training.checkpoint import load
from tests.games import LABELS, SIZE, picture_folder, pictures, points
from tests.tiny_runs import tiny_words

GAME: list[dict[str, Any]] = [{"name": "NonSaturating"}]
# Its fresh weights draw pictures that differ, which a narrow DCGAN's do not.
GENERATOR = {
    "name": "FullyConnectedGenerator", "size": SIZE, "channels": 1, "latent_size": 6, "widths": [8], "classes": LABELS,
}  # fmt: skip
COUNT = 11


class Same(nn.Module):
    """Gives the latent back, a row of numbers."""

    def forward(self, latent: Tensor, label: Tensor | None) -> Tensor:
        return latent


class Asked(nn.Module):
    """Gives the label back."""

    def forward(self, latent: Tensor, label: Tensor | None) -> Tensor:
        assert label is not None
        return label[:, None].float()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two steps of a conditional GAN on 16 × 16 pictures of three classes, with an average of its weights."""
    root = tmp_path_factory.mktemp("generate")
    words = pictures(GAME, GENERATOR, {"classes": LABELS})
    words["data"]["folder"] = str(picture_folder(root / "pictures"))
    words["training"] |= {"steps": 2, "average_decay": 0.5}
    (root / "recipe.yaml").write_text(json.dumps(words))
    assert main(["train", str(root / "recipe.yaml"), "--run", str(root / "run"), "--quiet"]) == 0
    return root / "run"


def untrained(words: dict[str, Any], step: int = 0) -> Model:
    recipe = check(words, "a test")
    return Model(build_generator(recipe), recipe, step, Path("runs/some"))


def latents_of(sampler: Sampler, *numbers: int, seed: int = 0) -> np.ndarray:
    return sampler.latents(numbers, seed).astype(np.float64)


def test_a_number_is_the_same_sample_however_many_are_asked_for_at_once(run: Path) -> None:
    samples = Sampler.load(run).sample(COUNT)
    assert samples.shape == (COUNT, 1, SIZE, SIZE) and samples.dtype == np.float32
    assert np.abs(samples).max() <= 1
    assert len({picture.tobytes() for picture in samples}) == COUNT
    for count, batch_size in [(COUNT, 1), (COUNT, 4), (5, 3), (1, 64)]:
        others = Sampler.load(run, batch_size=batch_size).sample(count)
        np.testing.assert_allclose(others, samples[:count], atol=1e-6)
    assert np.abs(Sampler.load(run).sample(COUNT, seed=1) - samples).max() > 0.05


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_the_latent_of_a_number_is_the_same_to_the_bit(distribution: Any) -> None:
    sampler = Sampler(Same(), Latent(5, distribution, (2,), 1), batch_size=2)
    latents = sampler.latents(range(COUNT), seed=4)
    np.testing.assert_array_equal(sampler.latents([7, 2, 7], seed=4), latents[[7, 2, 7]])
    np.testing.assert_array_equal(sampler.sample(3, seed=4), latents[:3])


def test_seed_0_s_samples_are_those_that_validation_shows(run: Path) -> None:
    model = load_model(run)
    task = build_task(model.recipe)
    assert isinstance(task, Synthesis)
    shown: list[np.ndarray] = []

    def scores(generate: Generate, discriminator: nn.Module) -> Validation:
        shown.append(generate(COUNT).numpy())
        return Validation()

    task.validate([scores], model.generator)
    np.testing.assert_allclose(Sampler.of(model).sample(COUNT), shown[0], atol=1e-6)


def test_run_checkpoint_and_bundle_give_the_same(run: Path, tmp_path: Path) -> None:
    save_bundle(load_model(run), tmp_path / "bundle")
    samples = Sampler.load(run).sample(2)
    checkpoint = run / "checkpoints" / "step-00000002.pt"
    assert load(checkpoint)["average"] is not None
    for place in (checkpoint, tmp_path / "bundle"):
        np.testing.assert_array_equal(Sampler.load(place).sample(2), samples)


def test_classes_come_in_turn_or_as_asked(run: Path) -> None:
    asked = Sampler(Asked(), Latent(2), classes=3, batch_size=2)
    assert asked.sample(5)[:, 0].tolist() == [0, 1, 2, 0, 1]
    assert asked.sample(3, label=2)[:, 0].tolist() == [2, 2, 2]
    assert asked.from_latent(np.zeros((3, 2)), [2, 0, 1])[:, 0].tolist() == [2, 0, 1]
    assert asked.from_latent(np.zeros((4, 2)))[:, 0].tolist() == [0, 1, 2, 0]
    assert asked.interpolate(4, 0, steps=3)[:, 0].tolist() == [1, 1, 1]
    assert asked.interpolate(4, 0, steps=3, label=2)[:, 0].tolist() == [2, 2, 2]
    assert asked.arithmetic("5 - 3")[:, 0].tolist() == [2, 2, 2]
    sampler = Sampler.load(run)
    np.testing.assert_allclose(sampler.sample(3)[1], sampler.sample(3, label=1)[1], atol=1e-6)
    assert np.abs(sampler.sample(3)[1] - sampler.sample(3, label=2)[1]).max() > 0.05


def test_what_is_no_point_is_cut_to_its_range() -> None:
    class Loud(nn.Module):
        def forward(self, latent: Tensor, label: Tensor | None) -> Tensor:
            return 3 * latent.view(-1, 1, 1, 4)

    latent = np.array([[0.1, -0.3, 1.0, -1.0]])
    np.testing.assert_allclose(Sampler(Loud(), Latent(4)).from_latent(latent)[0, 0, 0], [0.3, -0.9, 1, -1], rtol=1e-6)


VECTORS = st.lists(st.floats(-3, 3, width=32), min_size=3, max_size=3).map(np.array)


@given(VECTORS, VECTORS, st.integers(2, 9))
def test_an_arc_begins_and_ends_where_it_should_and_never_leaves_the_lengths(
    first: np.ndarray, last: np.ndarray, steps: int
) -> None:
    way = arc(first, last, steps)
    np.testing.assert_allclose(way[[0, -1]], [first, last], atol=1e-12)
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    if np.linalg.norm(np.cross(first, last)) > 1e-4 * lengths[0] * lengths[1]:
        np.testing.assert_allclose(np.linalg.norm(way, axis=1), np.linspace(*lengths, steps), rtol=1e-6, atol=1e-9)


def test_an_arc_turns_by_equal_angles() -> None:
    angles = np.linspace(0, 2.4, 7)
    circle = 1.7 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(arc(circle[0], circle[-1], 7), circle, atol=1e-12)
    quarter = arc(np.array([1.0, 0]), np.array([0, 3.0]), 3)
    np.testing.assert_allclose(quarter[1], [2**0.5, 2**0.5])
    opposite = arc(np.array([2.0, 0]), np.array([-2.0, 0]), 5)
    np.testing.assert_allclose(opposite[:, 0], [2, 1, 0, -1, -2])


def test_the_way_between_samples_bends_for_normal_noise_only() -> None:
    normal = Sampler(Same(), Latent(8, "normal", (3,), 1))
    way, ends = normal.interpolate(2, 9, steps=5, seed=3), latents_of(normal, 2, 9, seed=3)
    np.testing.assert_array_equal(way[[0, -1]], ends.astype(np.float32))
    np.testing.assert_allclose(way[:, :4], arc(ends[0, :4], ends[1, :4], 5), rtol=1e-6)
    np.testing.assert_allclose(way[2, 4:], ends[:, 4:].mean(axis=0), rtol=1e-6)
    assert np.abs(way[2, :4] - ends[:, :4].mean(axis=0)).max() > 0.01
    uniform = Sampler(Same(), Latent(8, "uniform"))
    np.testing.assert_allclose(
        uniform.interpolate(2, 9, steps=5), straight(*latents_of(uniform, 2, 9), 5), rtol=1e-6, atol=1e-7
    )


def test_sums_of_normal_latents_are_as_long_as_latents() -> None:
    sampler = Sampler(Same(), Latent(400))
    zero, three, seven = latents_of(sampler, 0, 3, 7)
    made = sampler.arithmetic("0 - 3 + 7")
    np.testing.assert_allclose(made, [zero, three, seven, (zero - three + seven) / 3**0.5], rtol=1e-4, atol=1e-6)
    assert made[-1].std() == pytest.approx(1, abs=0.1)
    np.testing.assert_allclose(sampler.arithmetic("-0+ 0 +3+3"), [zero, three, three], rtol=1e-6)
    np.testing.assert_allclose(sampler.arithmetic("0 + 0 + 7")[-1], (2 * zero + seven) / 5**0.5, rtol=1e-4, atol=1e-6)


def test_sums_of_other_columns_stay_in_their_range() -> None:
    sampler = Sampler(Same(), Latent(9, "uniform", (4,), 2))
    parts = latents_of(sampler, 1, 2, 5)
    total = parts[0] - parts[1] + parts[2]
    assert np.abs(total).max() > 1  # so that something is cut
    expected = np.concatenate([total[:3].clip(-1, 1), total[3:7].clip(0, 1), total[7:].clip(-1, 1)])
    np.testing.assert_allclose(sampler.arithmetic("1 - 2 + 5")[-1], expected, rtol=1e-5, atol=1e-7)


@given(st.lists(st.tuples(st.sampled_from("+-"), st.integers(0, 12), st.sampled_from(["", " "])), min_size=1))
def test_a_sum_is_read_as_python_reads_it(terms: list[tuple[str, int, str]]) -> None:
    expression = "".join(f"{sign}{gap}{number}{gap}" for sign, number, gap in terms)
    # Every number as a power of its own base: their sum tells how often each is in it.
    value = eval("".join(f"{sign}100**{number}" for sign, number, _ in terms))
    try:
        weights = weights_of(expression)
    except AudioganError:
        assert value == 0
        return
    assert sum(weight * 100**number for number, weight in weights.items()) == value
    assert list(weights) == list(dict.fromkeys(number for _, number, _ in terms))


@pytest.mark.parametrize(
    "expression", ["", "a - b", "0 * 3", "3 4", "0 -", "0 - - 3", "1.5", "__import__('os')", "1" * 10, "²"]
)
def test_what_is_no_sum_is_refused(expression: str) -> None:
    with pytest.raises(AudioganError, match="is no sum of samples"):
        weights_of(expression)


def test_a_code_takes_all_its_values_and_the_rest_stays() -> None:
    sampler = Sampler(Same(), Latent(8, "normal", (2, 3), 1), batch_size=5)
    latents = sampler.latents(range(2), seed=1)
    choices = sampler.vary(1, count=2, seed=1).reshape(2, 3, 8)
    np.testing.assert_array_equal(choices[:, :, 4:7], [np.eye(3)] * 2)
    others = [0, 1, 2, 3, 7]
    np.testing.assert_array_equal(choices[:, :, others], latents[:, None, others].repeat(3, axis=1))
    continuous = sampler.vary(2, count=2, steps=5).reshape(2, 5, 8)
    np.testing.assert_array_equal(continuous[:, :, 7], [[-1, -0.5, 0, 0.5, 1]] * 2)
    in_turn = Sampler(Asked(), Latent(2, continuous=1), classes=3).vary(0, count=4, steps=2)
    assert in_turn[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 0, 0]


@pytest.mark.parametrize(
    ("step", "side", "fade"), [(0, 4, 1), (4, 4, 1), (5, 8, 1 / 16), (6, 8, 9 / 16), (7, 8, 1), (900, 8, 1)]
)
def test_a_generator_is_as_grown_as_in_its_last_step(step: int, side: int, fade: float) -> None:
    # In batches of 8 the fifth step is the first that 32 pictures were seen before.
    shape = {"size": 8, "channels": 1, "width": 2}
    words = pictures(
        GAME,
        {"name": "ProGANGenerator", **shape, "latent_size": 4},
        {"name": "ProGANDiscriminator", **shape},
        growth={"fading": 16, "stable": 32},
    )
    sampler = Sampler.of(untrained(words, step))
    assert sampler.sample(2).shape == (2, 1, side, side)
    assert sampler.generator.fade == fade


def test_points_are_rows_of_two() -> None:
    samples = Sampler.of(untrained(points(GAME))).sample(COUNT)
    assert samples.shape == (COUNT, 2) and samples.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.sample(0), "The number of samples is 0, and can be 1 to"),
        (lambda s: s.sample(1, seed=-1), "The seed is -1, and can be 0 or more"),
        (lambda s: s.sample(1, label=3), "knows no label 3: they are numbered 0 to 2"),
        (lambda s: s.sample(1, label=-1), "knows no label -1"),
        (lambda s: s.interpolate(0, 1, steps=1), "The number of steps is 1, and can be 2 to"),
        (lambda s: s.interpolate(-1, 1), "The number of a sample is -1"),
        (lambda s: s.arithmetic("3 - 3"), "Everything cancels in '3 - 3'"),
        (lambda s: s.vary(0), "no latent code 0: its latent has none"),
        (lambda s: s.from_latent(np.zeros((2, 3))), r"latents \[N, 2\] are wanted, not \[2, 3\]"),
        (lambda s: s.from_latent(np.zeros((2, 2)), [0]), "1 labels for 2 latents"),
        (lambda s: s.from_latent(np.full((1, 2), np.nan)), "NaN or infinite values"),
        (lambda s: Sampler(Same(), Latent(2)).sample(1, label=0), "knows no labels: leave the label out"),
        (lambda s: Sampler(Same(), Latent(3, continuous=2)).vary(2), "no latent code 2: they are numbered from 0 to 1"),
        (lambda s: Sampler.load("nowhere"), "There is no model nowhere"),
        (lambda s: Sampler.of(untrained(points(GAME)), device="abacus"), "device 'abacus' cannot be used"),
        (lambda s: Sampler.of(untrained(tiny_words(Path()))), "runs/some is a model of enhancement and generates"),
    ],
)
def test_mistakes_are_told(call: Any, message: str) -> None:
    with pytest.raises(AudioganError, match=message):
        call(Sampler(Same(), Latent(2), classes=3))


def test_truncated_noise_is_drawn_from_the_truncated_normal() -> None:
    noise = np.random.default_rng(0).standard_normal(20_000)
    for bound in (0.3, 1.0, 2.5):
        within = truncated(noise, bound, "normal")
        assert np.abs(within).max() < bound
        assert scipy.stats.kstest(within, scipy.stats.truncnorm(-bound, bound).cdf).pvalue > 0.01
        assert (np.diff(within[np.argsort(noise)]) >= 0).all()
    np.testing.assert_allclose(truncated(noise, 30.0, "normal"), noise, atol=1e-9)
    np.testing.assert_array_equal(truncated(noise, 0.25, "uniform"), 0.25 * noise)


def test_truncation_is_of_the_noise_and_leaves_codes_alone() -> None:
    latent = Latent(9, "uniform", (4,), 2)
    all_of_it, part = (Sampler(Same(), latent, truncation=t).latents(range(50)) for t in (None, 0.5))
    np.testing.assert_allclose(part[:, :3], 0.5 * all_of_it[:, :3])
    np.testing.assert_array_equal(part[:, 3:], all_of_it[:, 3:])


@pytest.mark.parametrize("truncation", [0.0, -1.0, 1.5])
def test_a_truncation_that_would_change_nothing_is_refused(truncation: float) -> None:
    with pytest.raises(AudioganError, match="must be above 0"):
        Sampler(Same(), Latent(2, "uniform"), truncation=truncation)
