"""What the discriminator of a metric game is told: the quality of output, of its noisy speech, and of past output."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor

from audiogan.audio.representation import PreEmphasis, Waveform
from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.metrics import pesq_wide, si_sdr, stoi
from audiogan.metrics.quality import quality
from audiogan.objectives import MetricGame
from audiogan.processes import process_group
from audiogan.recipe.building import build_data, build_plan, build_task
from audiogan.recipe.reading import check
from audiogan.tasks.game import Judge
from audiogan.tasks.metric_target import MetricTarget, turn_kinds
from audiogan.train import train
from audiogan.training.checkpoint import load
from audiogan.training.means import RunningMeans
from audiogan.training.progress import Progress
from audiogan.training.trainer import Trainer
from tests.tiny_runs import same, sound_folders, speech_like, tiny_words

RATE, WINDOW, BATCH = 16000, 16000, 3
WORDS: dict[str, Any] = {
    "generator": {"name": "BandRecurrentGenerator", "sample_rate": 8000, "bands": 8, "channels": 2, "hidden": 4,
                  "frame_length": 128, "hop_length": 64, "filtered_bins": 8},
    "discriminator": {"name": "MetricGANDiscriminator", "channels": [2, 3], "fft_size": 64, "hop_length": 32},
    "game": [{"name": "MetricGame"}],
    "metric": {"measures": ["si_sdr"], "replay": 3},
}  # fmt: skip


def sounds(silent: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Output, noisy and clean speech, `[B, 1, window]`; the clean one of one item silent."""
    clean = np.stack([speech_like(WINDOW, seed, RATE) for seed in range(BATCH)])
    noise = 0.03 * np.random.default_rng(0).standard_normal(clean.shape)
    if silent is not None:
        clean[silent] = 0
    output, noisy = clean + 0.3 * noise, clean + noise
    return tuple(torch.from_numpy(x.astype(np.float32))[:, None] for x in (output, noisy, clean))  # type: ignore[return-value]


class Watched:
    """A discriminator that notes what it judged beside what; the score is the mean square of their difference."""

    def __init__(self) -> None:
        self.shown: list[tuple[Tensor, Tensor]] = []

    def beside(self, clean: Tensor) -> Judge:
        def judge(candidate: Tensor, chance: Chance) -> Judgement:
            self.shown.append((candidate, clean))
            return Judgement((candidate - clean).square().mean((1, 2)))

        return judge


def target(**options: Any) -> MetricTarget:
    plain = {"measures": ["si_sdr"], "sample_rate": RATE, "window": WINDOW, "representation": Waveform(), "replay": 4}
    return MetricTarget(**{**plain, **options})


def step(number: int) -> Chance:
    return Chance(1, number, range(BATCH), "turn/")


def test_quality_lies_on_a_scale_from_0_to_1() -> None:
    output, noisy, clean = (x[0, 0].numpy() for x in sounds())
    assert quality(noisy, clean, RATE, ["pesq"]) == pytest.approx((pesq_wide(noisy, clean, RATE) - 1) / 3.5)
    assert quality(output, clean, RATE, ["si_sdr"]) == pytest.approx((si_sdr(output, clean, RATE) + 10) / 30)
    mixed = quality(output, clean, RATE, ["stoi", "si_sdr"])
    assert mixed == pytest.approx((stoi(output, clean, RATE) + (si_sdr(output, clean, RATE) + 10) / 30) / 2)
    assert quality(clean, clean, RATE, ["pesq", "stoi"]) == pytest.approx(1)


def test_output_and_noisy_speech_are_judged_beside_clean_speech_with_their_quality() -> None:
    (output, noisy, clean), judge, measured = sounds(), Watched(), target(replay=0)
    judgement = measured.judged(judge.beside, output, noisy, clean, step(0))
    assert [(a is o, c is clean) for (a, c), o in zip(judge.shown, (output, noisy), strict=True)] == [(True, True)] * 2
    assert judgement.target is not None
    for n, (made, wanted) in enumerate(zip(torch.cat([output, noisy]), torch.cat([clean, clean]), strict=True)):
        expected = (si_sdr(made[0].numpy(), wanted[0].numpy(), RATE) + 10) / 30
        assert judgement.target[n].item() == pytest.approx(min(1, max(0, expected)), abs=1e-6)
    assert measured.vitals()["metric.of_output"].item() == pytest.approx(judgement.target[:BATCH].mean().item())
    assert len(target(replay=0, noisy=False).judged(judge.beside, output, noisy, clean, step(0)).scores()[0]) == BATCH


def test_what_is_measured_is_what_is_heard() -> None:
    (output, noisy, clean), emphasis = sounds(), PreEmphasis(0.95)
    seen = [emphasis.encode(x) for x in (output, noisy, clean)]
    plain = target(replay=0).judged(Watched().beside, output, noisy, clean, step(0))
    decoded = target(replay=0, representation=emphasis).judged(Watched().beside, *seen, step(0))
    assert plain.target is not None
    torch.testing.assert_close(decoded.target, plain.target, rtol=1e-3, atol=1e-4)


def test_an_item_that_cannot_be_measured_is_left_out_and_the_others_stay() -> None:
    judgement = target(replay=0, noisy=False).judged(Watched().beside, *sounds(silent=1), step(0))
    assert judgement.target is not None and judgement.target.isnan().tolist() == [False, True, False]
    loss = MetricGame().discriminator_loss(Judgement(torch.ones(BATCH)), judgement)
    known = [0, 2]
    expected = (judgement.scores()[0][known] - judgement.target[known]).square().sum() / BATCH
    torch.testing.assert_close(loss, expected)


def test_past_output_comes_back_beside_its_own_clean_speech_with_its_own_quality() -> None:
    (output, noisy, clean), measured = sounds(), target(noisy=False)
    first = measured.judged(Watched().beside, output, noisy, clean, step(0))
    assert first.target is not None and first.target[BATCH:].isnan().all(), "nothing is past in the first step"
    judge = Watched()
    second = measured.judged(judge.beside, output.flip(0), noisy.flip(0), clean.flip(0), step(1))
    past, beside = judge.shown[1]
    torch.testing.assert_close(past, output[:1].expand_as(past), rtol=0, atol=1 / 65000)
    torch.testing.assert_close(beside, clean[:1].expand_as(past), rtol=0, atol=1 / 65000)
    assert second.target is not None and torch.equal(second.target[BATCH:], first.target[:1].expand(BATCH))
    assert measured.held == 2


def test_the_store_is_bounded_and_forgets_at_random() -> None:
    measured, (output, noisy, clean) = target(replay=4, noisy=False), sounds()
    for number in range(12):
        scale = 1 - number / 20
        measured.judged(Watched().beside, scale * output, noisy, scale * clean, step(number))
    assert measured.held == 4 and measured.made.shape == (4, WINDOW) and measured.made.dtype == torch.int16
    kept = {
        round(20 * (1 - sound.abs().max().item() / 32767 / output[0].abs().max().item())) for sound in measured.made
    }
    assert len(kept) == 4 and 11 in kept and kept != {8, 9, 10, 11}


def test_kinds_apart_are_metricgan_plus_s_three_passes() -> None:
    """Its code steps on clean, enhanced, noisy; past enhanced; clean, enhanced, noisy again: MSE to the target."""
    assert turn_kinds(True, True) == ["clean", "output", "noisy", "past", "clean", "output", "noisy"]
    output, noisy, clean = sounds()
    measured, judge = target(apart=True), Watched()
    expected = [clean, output, noisy, output[:1].expand_as(output), clean, output, noisy]
    score = [1.0, None, None, None, 1.0, None, None]
    for turn, (candidate, fixed) in enumerate(zip(expected, score, strict=True)):
        judgement = measured.judged_alone(turn, judge.beside, lambda: output, noisy, clean, step(0))
        shown, beside = judge.shown[-1]
        torch.testing.assert_close(shown, candidate, rtol=0, atol=1 / 65000)
        wanted = clean[:1].expand_as(clean) if turn == 3 else clean
        torch.testing.assert_close(beside, wanted, rtol=0, atol=1 / 65000)
        qualities = [
            fixed or quality(made[0].numpy(), reference[0].numpy(), RATE, ["si_sdr"])
            for made, reference in zip(candidate, wanted, strict=True)
        ]
        loss = MetricGame().target_loss(judgement).item()
        scores = judgement.scores()[0].tolist()
        by_hand = sum((s - q) ** 2 for s, q in zip(scores, qualities, strict=True)) / BATCH
        assert loss == pytest.approx(by_hand, rel=1e-3)
    assert measured.held == 1, "the output is kept once a step"


def test_a_quality_that_is_not_known_teaches_nothing_apart() -> None:
    judged = Judgement(torch.tensor([0.5, 0.7]), target=torch.tensor([math.nan, 0.9]))
    assert MetricGame().target_loss(judged).item() == pytest.approx(0.2**2 / 2)


def test_pesq_s_range_is_the_recipe_s() -> None:
    output, _, clean = (x[0, 0].numpy() for x in sounds())
    expected = (pesq_wide(output, clean, RATE) + 0.5) / 5
    assert quality(output, clean, RATE, ["pesq"], (-0.5, 4.5)) == pytest.approx(expected)
    measured = target(measures=["pesq"], pesq_range=(-0.5, 4.5))
    assert measured.measure(*(x[:1] for x in (sounds()[0], sounds()[2]))).item() == pytest.approx(expected, rel=1e-5)


def test_where_no_output_could_be_measured_no_quality_is_told() -> None:
    measured = target(replay=0, noisy=False)
    output, noisy, clean = sounds()
    measured.judged(Watched().beside, output, noisy, torch.zeros_like(clean), step(0))
    assert measured.vitals()["metric.of_output"].isnan() and measured.vitals()["metric.measured"] == 0
    means = RunningMeans()
    means.steps = 1
    for name, value in measured.vitals().items():
        means.note_known(name, value)
    assert means.take() == {"metric.measured": 0.0}


def test_what_cannot_be_measured_is_not_kept() -> None:
    measured = target(noisy=False)
    measured.judged(Watched().beside, *sounds(silent=0), step(0))
    assert measured.held == 0 and not measured.made.any()


def test_several_processes_measure_what_one_does() -> None:
    (output, noisy, clean), measured = sounds(silent=2), target(jobs=2, measures=["pesq"], replay=0)
    judgement = measured.judged(Watched().beside, output, noisy, clean, step(0))
    alone = target(measures=["pesq"], replay=0).judged(Watched().beside, output, noisy, clean, step(0))
    assert alone.target is not None and not math.isnan(alone.target[0])
    torch.testing.assert_close(judgement.target, alone.target, rtol=0, atol=0, equal_nan=True)
    assert measured._pool is not None
    measured._pool.shutdown()


def words(root: Path, **changes: Any) -> dict[str, Any]:
    sound_folders(root, seconds=1.0)
    every = {"steps": 6, "batch_size": 4, "log_every": 4, "checkpoint_every": 1, "keep_checkpoints": 7, "threads": 1}
    all_words = {**tiny_words(root), **WORDS, **changes}
    all_words["data"] = {**all_words["data"], "window": 4096, "hop": 1024}
    all_words["training"] = {**all_words["training"], **every}
    return all_words


@pytest.mark.parametrize("discriminator", [WORDS["discriminator"], {"name": "CMGANDiscriminator", "width": 2}])
def test_stopped_after_any_step_it_ends_as_one_that_never_stopped(discriminator: Any, tmp_path: Path) -> None:
    recipe = check(words(tmp_path, discriminator=discriminator), "here")
    train(recipe, tmp_path / "whole")
    resumed = tmp_path / "resumed" / "checkpoints"
    resumed.mkdir(parents=True)
    shutil.copy(tmp_path / "whole" / "checkpoints" / "step-00000004.pt", resumed)
    train(recipe, resumed.parent, resume=True)
    ends = [load(tmp_path / name / "checkpoints" / "step-00000006.pt") for name in ("whole", "resumed")]
    assert same(*ends)
    assert ends[0]["task"]["metric.held"] == 3 and ends[0]["task"]["metric.made"].any()


def test_kinds_apart_are_turns_on_one_batch_and_resume_exactly(tmp_path: Path) -> None:
    adam = {"optimiser": {"name": "Adam", "learning_rate": 1e-3}}
    changes = {
        "players": {"discriminator": {**adam, "turns": 7, "same_batch": True}, "generator": adam},
        "metric": {"measures": ["si_sdr"], "replay": 3, "apart": True},
    }
    recipe = check(words(tmp_path, **changes), "here")
    train(recipe, tmp_path / "whole")
    resumed = tmp_path / "resumed" / "checkpoints"
    resumed.mkdir(parents=True)
    shutil.copy(tmp_path / "whole" / "checkpoints" / "step-00000004.pt", resumed)
    train(recipe, resumed.parent, resume=True)
    ends = [load(tmp_path / name / "checkpoints" / "step-00000006.pt") for name in ("whole", "resumed")]
    assert same(*ends)
    assert ends[0]["task"]["metric.held"] == 3
    with pytest.raises(AudioganError, match=r"set players\.discriminator\.turns to 5"):
        changes["metric"] = {"measures": ["si_sdr"], "replay": 3, "apart": True, "noisy": False}
        check(words(tmp_path, **changes), "here")


def played(root: Path, folder: Path) -> dict[str, Any]:
    every = {"optimiser": {"name": "RMSprop", "learning_rate": 0.001, "epsilon": 1.0}}
    recipe = check({**words(root), "players": {"discriminator": every, "generator": every}}, "here")
    stream, _ = build_data(recipe)
    folder.mkdir()
    training = Trainer(build_task(recipe), build_plan(recipe), stream, [], folder, {}, Progress(quiet=True))
    training.run()
    return training.state()


def take_part(rank: int, root: Path) -> None:
    torch.set_num_threads(1)
    with process_group("gloo", init_method=f"file://{root}/meeting", rank=rank, world_size=2):
        # In a folder of its own, since one would read recordings that the other has begun to write.
        own = root / f"process {rank}"
        torch.save(played(own, own / "run"), root / f"{rank}.pt")


def test_two_processes_end_as_one(tmp_path: Path) -> None:
    one = played(tmp_path, tmp_path / "one")["task"]
    mp.spawn(take_part, (tmp_path,), nprocs=2)
    first, second = (torch.load(tmp_path / f"{rank}.pt")["task"] for rank in range(2))
    assert same(first, second)
    for name, value in one.items():
        torch.testing.assert_close(first[name], value, rtol=0, atol=1 if value.dtype == torch.int16 else 1e-5)
    assert first["metric.held"] == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"metric": None}, "metric and MetricGame go together"),
        ({"game": [{"name": "LeastSquares"}]}, "metric and MetricGame go together"),
        ({"game": [{"name": "LeastSquares"}], "metric": None}, "MetricGANDiscriminator does not fit the game"),
        ({"discriminator": {"name": "MultiPeriodDiscriminator"}}, "MultiPeriodDiscriminator does not fit the game"),
        ({"flipped_labels": 0.1}, "flipped_labels"),
        ({"metric": {"measures": ["pesq"]}}, "PESQ needs a sample_rate of 16000"),
        ({"metric": {"measures": []}}, "metric.measures"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(changes: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=told):
        check(words(tmp_path, **changes), "here")
