"""`audiogan generate` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audiogan import Sampler
from audiogan.audio.files import read
from audiogan.bundle import Model, load_model, save_bundle
from audiogan.cli import main
from audiogan.data.pictures import Pictures
from audiogan.recipe.building import build_generator
from audiogan.recipe.reading import check
from tests.games import LABELS, RATE, SIZE, picture_folder, pictures, points, sound_folder, sounds

GAME: list[dict[str, Any]] = [{"name": "NonSaturating"}]
# Its fresh weights draw pictures that differ, which a narrow DCGAN's do not.
GENERATOR = {
    "name": "FullyConnectedGenerator", "size": SIZE, "channels": 1, "latent_size": 6, "widths": [8], "classes": LABELS,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`runs/points`, two steps on points, and `runs/pictures`, two steps on pictures of three classes."""
    root = tmp_path_factory.mktemp("generate")
    of_pictures = pictures(GAME, GENERATOR, {"classes": LABELS})
    of_pictures["data"]["folder"] = str(picture_folder(root / "data"))
    for name, words in {"points": points(GAME), "pictures": of_pictures}.items():
        words["training"]["steps"] = 2
        (root / f"{name}.yaml").write_text(json.dumps({**words, "name": name}))
        run = str(root / "runs" / name)
        assert main(["train", str(root / f"{name}.yaml"), "--run", run, "--quiet"]) == 0
    return root


@pytest.fixture(autouse=True)
def here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, from which the runs are found as `runs/…`."""
    (tmp_path / "runs").mkdir()
    for name in ("points", "pictures"):
        (tmp_path / "runs" / name).symlink_to(folder / "runs" / name)
    monkeypatch.chdir(tmp_path)


def pixels_of(samples: np.ndarray) -> np.ndarray:
    """Of pictures `[N, 1, height, width]`, each pixel's grey value."""
    return np.rint((samples[:, 0] + 1) * 127.5).astype(np.uint8)


def cells_of(path: Path, rows: int, columns: int) -> np.ndarray:
    """The pictures of a grid, `[rows · columns, height, width]`, as small as they were."""
    with Image.open(path) as picture:
        grid = np.asarray(picture)
    times = grid.shape[1] // (columns * SIZE)
    assert grid.shape == (rows * SIZE * times, columns * SIZE * times)
    return grid[::times, ::times].reshape(rows, SIZE, columns, SIZE).swapaxes(1, 2).reshape(-1, SIZE, SIZE)


def test_a_grid_of_pictures_beside_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "runs/pictures"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"runs/pictures.generated.png: 64 pictures of {SIZE} × {SIZE} pixels, by pictures after 2 ")
    # Three classes in turn, so three columns.
    cells = cells_of(Path("runs/pictures.generated.png"), 22, 3)
    sampler = Sampler.load("runs/pictures")
    np.testing.assert_array_equal(cells[:64], pixels_of(sampler.sample(64)))
    assert not cells[64:].any()
    assert len({cell.tobytes() for cell in cells[:64]}) == 64

    assert main(["generate", "runs/pictures", "-n", "9", "--label", "2", "--seed", "5", "-o", "new/grid.PNG"]) == 0
    expected = pixels_of(sampler.sample(9, seed=5, label=2))
    np.testing.assert_array_equal(cells_of(Path("new/grid.PNG"), 3, 3), expected)
    assert main(["generate", "runs/pictures", "-n", "4", "--columns", "2", "-o", "new/grid.PNG"]) == 2
    assert main(["generate", "runs/pictures", "-n", "4", "--columns", "2", "-o", "new/grid.PNG", "--overwrite"]) == 0
    np.testing.assert_array_equal(cells_of(Path("new/grid.PNG"), 2, 2), pixels_of(sampler.sample(4)))


def bundle(words: dict[str, Any]) -> str:
    """A bundle of a generator that was never trained."""
    recipe = check(words, "a test")
    save_bundle(Model(build_generator(recipe), recipe, 0, Path("nowhere")), Path("bundle"))
    return "bundle"


def test_a_code_s_values_are_a_row_for_each_sample() -> None:
    words = pictures(
        [*GAME, {"name": "MutualInformation", "categories": [4], "continuous": 1}],
        {**GENERATOR, "classes": 0},
        {"codes": 5},
        latent={"categories": [4], "continuous": 1},
    )
    model = bundle(words)
    sampler = Sampler.load(model)
    assert main(["generate", model, "--vary", "0", "-n", "3", "-o", "choices.png"]) == 0
    np.testing.assert_array_equal(cells_of(Path("choices.png"), 3, 4), pixels_of(sampler.vary(0, 3)))
    assert main(["generate", model, "--vary", "1", "--steps", "6", "-o", "values.png"]) == 0
    np.testing.assert_array_equal(cells_of(Path("values.png"), 10, 6), pixels_of(sampler.vary(1, 10, 6)))


def test_walks_are_a_row() -> None:
    sampler = Sampler.load("runs/pictures")
    assert main(["generate", "runs/pictures", "--interpolate", "3", "9", "--steps", "4", "-o", "walk.png"]) == 0
    np.testing.assert_array_equal(cells_of(Path("walk.png"), 1, 4), pixels_of(sampler.interpolate(3, 9, 4)))
    assert main(["generate", "runs/pictures", "--arithmetic", "0 - 3 + 7", "--label", "1", "-o", "sum.png"]) == 0
    expected = pixels_of(sampler.arithmetic("0 - 3 + 7", label=1))
    np.testing.assert_array_equal(cells_of(Path("sum.png"), 1, 4), expected)


def test_separate_pictures_are_a_labelled_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "runs/pictures", "-n", "7", "--separate"]) == 0
    made = Pictures(Path("runs/pictures.generated"))
    assert made.labels == ("label 0", "label 1", "label 2")
    samples = pixels_of(Sampler.load("runs/pictures").sample(7))
    for path in Path("runs/pictures.generated").glob("*/*.png"):
        with Image.open(path) as picture:
            np.testing.assert_array_equal(np.asarray(picture), samples[int(path.stem)])
        assert int(path.stem) % 3 == int(path.parent.name.removeprefix("label "))
    assert len(made) == 7
    # A second time nothing is mixed with what is there.
    assert main(["generate", "runs/pictures", "-n", "1", "--separate"]) == 2
    assert "runs/pictures.generated exists already and is not empty. Give a new folder" in capsys.readouterr().err
    Path("empty").mkdir()
    assert main(["generate", "runs/pictures", "--separate", "--interpolate", "4", "0", "-o", "empty"]) == 0
    assert sorted(path.name for path in Path("empty/label 1").iterdir()) == [f"{n:06}.png" for n in range(10)]
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["empty", "runs"]


def test_points_are_drawn_or_written_by_the_suffix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "runs/points"]) == 0
    assert "runs/points.generated.png: 2000 points" in capsys.readouterr().out
    with Image.open("runs/points.generated.png") as picture:
        assert picture.format == "PNG" and picture.size == (600, 550)
    assert main(["generate", "runs/points", "-n", "5", "--seed", "1", "-o", "made/points.csv"]) == 0
    lines = Path("made/points.csv").read_text().splitlines()
    assert lines[0] == "x,y"
    written = np.array([line.split(",") for line in lines[1:]], np.float32)
    np.testing.assert_array_equal(written, Sampler.load("runs/points").sample(5, seed=1))
    assert [path.name for path in Path("made").iterdir()] == ["points.csv"]
    assert main(["generate", bundle(points(GAME, {"classes": 8}, {"classes": 8})), "-n", "10", "-o", "a.csv"]) == 0
    lines = Path("a.csv").read_text().splitlines()
    assert lines[0] == "x,y,label" and [line[-2:] for line in lines[9:]] == [",0", ",1"]


def test_scripts_are_told_what_was_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "runs/points", "-n", "5", "-o", "five.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["output"], told["samples"], told["shape"]) == ("five.csv", 5, [2])
    assert (told["labels"], told["sample_rate"]) == (None, None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pictures", "-o", "runs"], "runs exists already and is not empty. Give a new folder with -o"),
        (["pictures", "--separate", "-o", "all.png"], "--separate makes a folder, and this is the name of a file"),
        (["pictures", "-o", "grid.jpg"], "grid.jpg does not end in .png"),
        (["points", "-o", "points"], "points does not end in .png or .csv"),
        (["pictures", "-o", "taken/grid.png"], "taken/grid.png: cannot be written: "),
        (["pictures", "--separate", "-o", "taken/all"], "taken/all: cannot be written: "),
        (["pictures", "--separate", "-o", "taken"], "taken exists already"),
        (["points", "-o", "taken/a.csv"], "taken/a.csv: cannot be written: "),
        (["pictures", "-n", "0"], "The number of samples is 0, and can be 1 to"),
        (["pictures", "-n", "-4"], "The number of samples is -4, and can be 1 to"),
        (["pictures", "--label", "3"], "knows no label 3. Known: label 0, label 1, label 2"),
        (["points", "--label", "0"], "knows no labels"),
        (["pictures", "--seed", "-1"], "The seed is -1"),
        (["pictures", "--columns", "0"], "--columns is 0, and can be 1 or more"),
        (["pictures", "--steps", "3"], "--steps is for --interpolate and --vary"),
        (["pictures", "-n", "3", "--interpolate", "0", "1"], "-n has no meaning with --interpolate"),
        (["pictures", "--interpolate", "0", "1", "--steps", "1"], "The number of steps is 1"),
        (["pictures", "--arithmetic", "a - b"], "'a - b' is no sum of samples"),
        (["pictures", "--arithmetic", ""], "'' is no sum of samples"),
        (["pictures", "--vary", "0"], "no latent code 0"),
        (["pictures", "--separate", "--columns", "2"], "--separate makes none"),
        (["points", "--separate"], "are not for points, which this model makes"),
        (["points", "--columns", "2"], "are not for points, which this model makes"),
        (["nothing"], "There is no model runs/nothing"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("taken").write_text("a file")
    assert main(["generate", f"runs/{words[0]}", *words[1:]]) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1
    assert said.out == ""
    assert sorted(path.name for path in Path.cwd().rglob("*")) == ["pictures", "points", "runs", "taken"]


def test_the_last_line_of_a_training_says_how_to_use_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(folder / "points.yaml"), "--run", "a run", "--quiet", "training.steps=1"]) == 0
    assert capsys.readouterr().out == "Trained 1 steps. To use it: audiogan generate 'a run'\n"
    assert main(["generate", "a run", "-n", "1"]) == 0
    words = {
        "name": "judge",
        "task": "classification",
        "classifier": {"name": "PictureClassifier", "size": SIZE, "classes": LABELS, "width": 2, "feature_size": 4},
        "players": {"classifier": {"optimiser": {"name": "Adam", "learning_rate": 0.01}}},
        "data": {"name": "Pictures", "folder": str(folder / "data")},
        "training": {"steps": 1, "batch_size": 4, "device": "cpu", "threads": 1},
    }
    (tmp_path / "judge.yaml").write_text(json.dumps(words))
    assert main(["train", "judge.yaml", "--quiet"]) == 0
    assert capsys.readouterr().out.endswith("Trained 1 steps. It is in runs/judge.\n")
    assert main(["generate", "runs/judge"]) == 2
    assert "is a model of classification and generates nothing" in capsys.readouterr().err


def test_sounds_come_as_files_a_sheet_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = sounds(GAME, {"classes": LABELS}, {"classes": LABELS}, name="hits")
    words["data"]["folder"] = str(sound_folder(tmp_path / "data"))
    words["training"]["steps"] = 2
    (tmp_path / "hits.yaml").write_text(json.dumps(words))
    assert main(["train", "hits.yaml", "--run", "runs/hits", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["generate", "runs/hits", "-n", "5", "-o", "made"]) == 0
    assert capsys.readouterr().out.startswith(f"made: 5 sounds of 0.06 s at {RATE} Hz, by hits after 2 steps")
    made = sorted(str(path.relative_to("made")) for path in Path("made").rglob("*") if path.is_file())
    files = [f"label {label}/00000{n}.flac" for label, n in ((0, 0), (0, 3), (1, 1), (1, 4), (2, 2))]
    assert made == ["index.html", *files, "sheet.png"]
    page = Path("made/index.html").read_text()
    assert [page.count(f'src="{file}"') for file in files] == [1] * 5 and "http" not in page
    sampler = Sampler.load("runs/hits")
    heard, rate = read(Path("made/label 1/000004.flac"))
    assert rate == RATE and heard == pytest.approx(sampler.sample(5)[4], abs=1 / 2**15)
    assert (
        main(["generate", "runs/hits", "--interpolate", "1", "4", "--steps", "3", "-o", "way", "--format", "wav"]) == 0
    )
    assert main(["generate", "runs/hits", "-n", "1", "-o", "kick.wav"]) == 0
    kick, _ = read(Path("kick.wav"))
    assert Path("kick.wav").is_file() and kick == pytest.approx(sampler.sample(1)[0], abs=1 / 2**15)
    way = np.stack([read(Path(f"way/label 1/00000{n}.wav"))[0] for n in range(3)])
    assert way == pytest.approx(sampler.interpolate(1, 4, 3), abs=1 / 2**15)
    for words, said in [
        (["--separate"], "sounds always come in files of their own"),
        (["-o", "made"], "made exists already and is not empty. Give a new folder"),
        (["-n", "2", "-o", "two.wav"], "two.wav: a file holds one sound. Add -n 1"),
        (["-n", "1", "-o", "x.png"], "x.png: sounds go into a folder"),
        (["-o", "other", "--label", "3"], "The generator knows no label 3. Known: label 0, label 1, label 2."),
        (["-n", "0", "-o", "other"], "The number of samples is 0, and can be 1 or more."),
    ]:
        assert main(["generate", "runs/hits", *words]) == 2
        assert said.partition(", and can")[0] in capsys.readouterr().err
    assert main(["generate", "runs/points", "--format", "wav"]) == 2
    assert not Path("other").exists()


def test_labels_of_a_bundle_stay_in_the_folder(tmp_path: Path) -> None:
    known = load_model("runs/pictures")
    hostile = ["../../up", f"{tmp_path}/absolute", ".."]
    recipe = known.recipe.model_copy(
        update={"data": known.recipe.data.model_copy(update={"label_names": hostile})}  # type: ignore[attr-defined]
    )
    save_bundle(Model(known.generator, recipe, 1, Path("hostile")), Path("hostile"))
    before = {path for path in tmp_path.rglob("*") if "deep" not in path.parts}
    assert main(["generate", "hostile", "-n", "3", "--separate", "-o", "deep/er/made"]) == 0
    assert len(list(Path("deep/er/made").glob("*/*.png"))) == 3
    assert {path for path in tmp_path.rglob("*") if "deep" not in path.parts} == before
