"""Beginning a run, going on with it, and what may be in the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from audiogan.bundle import load_model, save_bundle
from audiogan.errors import AudioganError
from audiogan.recipe.building import build_data
from audiogan.recipe.enhancement_building import build_representation
from audiogan.recipe.reading import read_recipe
from audiogan.train import Outcome, train
from audiogan.training.checkpoint import load
from audiogan.training.journal import read_journal
from audiogan.training.progress import Progress
from tests.tiny_runs import same, tiny_recipe


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"steps": 2, "checkpoint_every": 1}
    return tiny_recipe(tmp_path_factory.mktemp("train"), training=options, validation={"every": 2, "samples": 1})


@pytest.fixture(scope="module")
def run(recipe: Path) -> Path:
    folder = recipe.parent / "runs" / "first"
    assert train(read_recipe(recipe), folder) == Outcome(2, True)
    return folder


def test_a_run_leaves_what_is_promised(recipe: Path, run: Path) -> None:
    assert {path.name for path in run.iterdir()} - {"tensorboard"} == {
        "checkpoints", "data_files.json", "journal.jsonl", "recipe.yaml", "report.html", "run.json", "samples",
    }  # fmt: skip
    assert read_recipe(run / "recipe.yaml") == read_recipe(recipe)
    assert load(run / "checkpoints" / "best.pt")["recipe"] == read_recipe(recipe).model_dump(mode="json")
    names = sorted(path.relative_to(run / "samples").as_posix() for path in (run / "samples").rglob("*.*"))
    assert names == [
        "00-s3.clean.flac", "00-s3.noisy.flac", "step-00000002/00-s3.enhanced.flac", "step-00000002/00-s3.png",
    ]  # fmt: skip


def test_the_seed_decides_the_weights(recipe: Path, run: Path, tmp_path: Path) -> None:
    train(read_recipe(recipe), tmp_path / "again")
    train(read_recipe(recipe, ["seed=1"]), tmp_path / "other")
    first, again, other = (
        load(folder / "checkpoints" / "step-00000002.pt") for folder in (run, tmp_path / "again", tmp_path / "other")
    )
    assert same(first, again)
    assert not same(first["task"], other["task"])


def test_a_run_is_not_overwritten_and_none_is_not_resumed(recipe: Path, run: Path, tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=r"holds a run already \(step-00000002\.pt\)\. Go on with --resume"):
        train(read_recipe(recipe), run)
    with pytest.raises(AudioganError, match="holds no checkpoint to go on from"):
        train(read_recipe(recipe), tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.batch_size=4", r"training\.batch_size was 3 and is 4"),
        ("seed=5", "seed was 0 and is 5"),
        ("generator.channels=[4, 9]", r"generator\.channels was \[4, 8\] and is \[4, 9\]"),
        ("reconstruction.0.weight=1", "reconstruction was"),
        ("validation.pairs=m.jsonl", r"validation\.pairs was None and is m\.jsonl"),
        ("validation.measures=[si_sdr, pesq]", r"validation\.measures"),
        ("training.log_every=1", r"training\.log_every was 7"),
    ],
)
def test_another_recipe_does_not_go_on(recipe: Path, run: Path, override: str, message: str) -> None:
    before = (run / "recipe.yaml").read_bytes()
    with pytest.raises(AudioganError, match=f"begun with another recipe.*{message}.*new run with --run"):
        train(read_recipe(recipe, [override]), run, resume=True)
    assert (run / "recipe.yaml").read_bytes() == before


def test_a_longer_run_goes_on_from_the_end(recipe: Path, run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / "recipe.yaml").write_text("cut by a kil")  # the checkpoint knows the recipe
    overrides = ["training.steps=3", "training.keep_checkpoints=5", "about=longer", "validation.every=9"]
    assert train(read_recipe(recipe, overrides), folder, resume=True) == Outcome(3, True)
    assert yaml.safe_load((folder / "recipe.yaml").read_text())["training"]["steps"] == 3


def test_another_version_or_machine_is_said(
    recipe: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    path = folder / "checkpoints" / "step-00000002.pt"
    state = load(path)
    state["machine"].update(threads=99, torch="1.0")
    del state["recipe"]["training"]["schedule"]["floor"]  # as if a later version had added the key
    torch.save(state, path)
    train(read_recipe(recipe), folder, resume=True)
    said = capsys.readouterr().err
    assert "not bit for bit" in said and "threads 99 → 1" in said and "torch 1.0 →" in said
    train(read_recipe(recipe), run, resume=True)
    assert capsys.readouterr().err == ""


def sayings(recipe: Path, folder: Path, capsys: pytest.CaptureFixture[str], *overrides: str) -> str:
    train(read_recipe(recipe, ["training.steps=1", *overrides]), folder, progress=Progress())
    return capsys.readouterr().err


def test_the_data_and_what_is_trained_are_said_first(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = "tiny: discriminator 0.00 M parameters, generator 0.00 M parameters; 1 steps of 3 on cpu."
    first, second = sayings(recipe, tmp_path / "a", capsys).splitlines()[:2]
    assert first.startswith("Held-out speech is validated with noises of training") and second == trained
    # Where nothing is held out no noise is shared.
    assert sayings(recipe, tmp_path / "b", capsys, "data.held_out=0").splitlines()[0] == trained


def test_a_recipe_for_a_gpu_names_the_small_one_on_a_cpu(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = sayings(recipe, tmp_path / "a", capsys, "smaller=segan_mini")
    assert "takes days" in said and "recipes/segan_mini.yaml" in said
    assert "days" not in sayings(recipe, tmp_path / "b", capsys)


def test_too_few_recordings_to_hold_one_out_is_said(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Nothing is validated" in sayings(recipe, tmp_path / "a", capsys, "data.held_out=0.001")
    assert "Nothing is validated" not in sayings(recipe, tmp_path / "b", capsys)
    assert "Nothing is validated" not in sayings(recipe, tmp_path / "c", capsys, "validation.items=0")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.clean=nowhere", "^data.clean: nowhere: there is no such folder"),
        ("data.noise={empty}", "^data.noise: .*empty: no sound file in this folder"),
        ("data.pairs=nowhere/manifest.jsonl", "^data.pairs: .*there is no such manifest"),
        ("validation.pairs=nowhere/manifest.jsonl", "^validation.pairs: .*there is no such manifest"),
        ("data.held_out=0.9999", "all recordings are held out"),
        ("training.device=warp", r"training\.device: 'warp' is not a device"),
        ("training.precision=fp16", r"training\.precision: fp16 needs a GPU"),
        ("generator.stride=1", "SEGANGenerator: stride 1 must be at least 2"),
    ],
)
def test_what_is_in_the_way_is_a_sentence_before_anything_is_trained(
    recipe: Path, tmp_path: Path, override: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(AudioganError, match=message) as raised:
        train(read_recipe(recipe, [override.format(empty=tmp_path / "empty")]), tmp_path / "run")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_window_that_does_not_fit_the_networks_is_a_sentence(recipe: Path, tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match="take a multiple of 16 samples"):
        train(read_recipe(recipe, ["data.window=250"]), tmp_path / "a")
    with pytest.raises(AudioganError, match="judges 256 samples at a time and got 512"):
        train(read_recipe(recipe, ["data.window=512"]), tmp_path / "b")


def test_a_run_folder_that_cannot_be_is_a_sentence(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(AudioganError, match=r"file.* cannot be written.*--run"):
            train(read_recipe(recipe), place)


def names_of(words: Any) -> set[str]:
    return {recording.path.name for recording in words}


def test_what_is_held_out_is_never_trained_on(recipe: Path) -> None:
    batches, validation = build_data(read_recipe(recipe, ["data.held_out=0.5", "validation.items=9"]))
    trained = names_of(batches.items.speech)
    held_out = {pair.name.split("-", 1)[1] + ".wav" for pair in validation}
    assert trained and held_out and not trained & held_out
    assert trained | held_out == {f"s{number}.wav" for number in range(8)}
    # With pairs of its own to validate on, all are trained on.
    manifest = recipe.parent / "manifest.jsonl"
    paths = '"clean": "{0}/speech/s{1}.wav", "noisy": "{0}/speech/s1.wav"'
    sides = [paths.format(recipe.parent, n % 8) for n in range(9)]
    rows = [f'"id": "p{n}", {side}, "sample_rate": 8000, "samples": 4800' for n, side in enumerate(sides)]
    manifest.write_text("".join(f"{{{row}}}\n" for row in rows))
    batches, validation = build_data(read_recipe(recipe, [f"validation.pairs={manifest}", "validation.items=2"]))
    assert len(names_of(batches.items.speech)) == 8
    assert [pair.name < "p4" for pair in validation] == [True, False]  # one of each half
    batches, validation = build_data(
        read_recipe(recipe, [f"data.pairs={manifest}", "data.held_out=0.4", "validation.items=9"])
    )
    trained, held_out = {row.id for row in batches.items.rows}, {pair.name for pair in validation}
    assert trained and held_out and not trained & held_out and len(trained | held_out) == 9
    assert ("p0" in trained) == ("p8" in trained)  # of one recording


def weights_after(folder: Path, step: int) -> dict[str, Any]:
    state = load(folder / "checkpoints" / f"step-{step:08d}.pt")
    return {name: value for name, value in state["task"].items() if name.startswith("generator.")}


@pytest.mark.parametrize("kind", ["run", "checkpoint", "bundle"])
def test_a_generator_begins_with_the_weights_that_start_names(
    kind: str, recipe: Path, run: Path, tmp_path: Path
) -> None:
    trained = load_model(run)
    save_bundle(trained, tmp_path / "bundle")
    start = {"run": run, "checkpoint": run / "checkpoints" / "best.pt", "bundle": tmp_path / "bundle"}[kind]
    still = "players.generator.optimiser.learning_rate=1e-20"
    own_game = ["game=[{name: Hinge}]", "reconstruction=[{name: MultiResolutionSTFT, fft_sizes: [64], hop_lengths: "
                "[16], window_lengths: [64]}]"]  # fmt: skip
    train(read_recipe(recipe, [f"start={start}", "seed=5", still, *own_game]), tmp_path / "tuned")
    found = weights_after(tmp_path / "tuned", 2)
    for name, value in trained.generator.state_dict().items():
        assert found[f"generator.{name}"].equal(value), name


def test_copies_of_weights_are_of_the_loaded_ones(recipe: Path, run: Path, tmp_path: Path) -> None:
    """The weight average, the mean of historical averaging and the reference batch begin after loading."""
    still = [f"players.{name}.optimiser.learning_rate=1e-20" for name in ("generator", "discriminator")]
    copies = ["historical_averaging=1.0", "training.average_decay=0.9", "training.log_every=1"]
    tuned = read_recipe(recipe, [f"start={run}", "seed=5", *still, *copies])
    train(tuned, tmp_path / "tuned")
    state = load(tmp_path / "tuned" / "checkpoints" / "step-00000002.pt")
    trained = load_model(run).generator
    for number, (name, value) in enumerate(trained.named_parameters()):
        assert state["task"][f"history.generator_{number}"].equal(value), name
        assert state["average"][name].equal(value), name
    lost = [row["generator.HistoricalAveraging"] for row in read_journal(tmp_path / "tuned" / "journal.jsonl")
            if row["kind"] == "training"]  # fmt: skip
    assert lost == [0.0, 0.0]
    first = next(build_data(tuned)[0](0))
    seen = [build_representation(tuned).encode(first[side]) for side in ("clean", "noisy")]
    torch.testing.assert_close(state["task"]["discriminator.reference.batch"], torch.cat(seen, 1), rtol=0, atol=0)


def test_a_run_that_goes_on_does_not_read_its_start_again(recipe: Path, run: Path, tmp_path: Path) -> None:
    begun = shutil.copytree(run, tmp_path / "begun")
    tuned = read_recipe(recipe, [f"start={begun}", "training.steps=4"])
    train(tuned, tmp_path / "whole")
    resumed = tmp_path / "resumed" / "checkpoints"
    resumed.mkdir(parents=True)
    shutil.copy(tmp_path / "whole" / "checkpoints" / "step-00000003.pt", resumed)
    shutil.rmtree(begun)
    train(tuned, resumed.parent, resume=True)
    assert same(*(load(tmp_path / name / "checkpoints" / "step-00000004.pt") for name in ("whole", "resumed")))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["generator.channels=[4, 6]"], r"start: .*generator.channels is \[4, 8\] there and \[4, 6\] here"),
        (["representation.coefficient=0.5"], "representation.coefficient is 0.95 there and 0.5 here"),
        (["start=nowhere"], "start: There is no model nowhere"),
    ],
)
def test_a_start_that_does_not_fit_is_refused_before_anything_is_written(
    words: list[str], told: str, recipe: Path, run: Path, tmp_path: Path
) -> None:
    with pytest.raises(AudioganError, match=told):
        train(read_recipe(recipe, [f"start={run}", *words]), tmp_path / "tuned")
    assert not (tmp_path / "tuned").exists()
