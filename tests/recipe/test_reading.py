"""Recipes are read strictly, and every mistake in one is told at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audiogan.errors import AudioganError
from audiogan.recipe import read_recipe
from audiogan.recipe.classification import ClassificationRecipe
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.recipe.reading import as_yaml, check, find_recipe, schema, shipped, shipped_recipes
from audiogan.recipe.synthesis import SynthesisRecipe
from tests.tiny_runs import tiny_words

SHIPPED = sorted(shipped_recipes().rglob("*.yaml"))


def written(folder: Path, words: Any) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(words if isinstance(words, str) else json.dumps(words))
    return path


def mistakes(folder: Path, *overrides: str, **changes: Any) -> list[str]:
    """What is said of the tiny recipe with these changes, without the file's name."""
    path = written(folder, {**tiny_words(folder), **changes})
    with pytest.raises(AudioganError) as raised:
        read_recipe(path, overrides)
    message = str(raised.value)
    assert "\n" not in message and message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ").split("; ")


def test_all_mistakes_at_once_with_paths_and_nearest_names(tmp_path: Path) -> None:
    words = tiny_words(tmp_path)
    words["training"]["batchsize"] = 3
    words["training"]["steps"] = 1.5
    words["generator"]["kernal"] = 31
    words["generator"]["stride"] = "4"
    words["reconstruction"][0]["wieght"] = 1
    words["game"][0]["name"] = "LeastSquare"
    words["representation"]["name"] = "Preemphasis"
    words["data"]["augmentation"] = {"speed": [0.9, 1.1, 1.2], "babel": 0.1}
    words["players"]["critic"] = words["players"].pop("discriminator")
    words["sample_rat"] = 8000
    path = written(tmp_path, words)
    with pytest.raises(AudioganError) as raised:
        read_recipe(path)
    told = str(raised.value).removeprefix(f"{path}: ").split("; ")
    for expected in (
        "training.batchsize: no such key, did you mean batch_size?",
        "training.steps: input should be a valid integer (it is 1.5)",
        "generator.kernal: no such key, did you mean kernel?",
        "generator.stride: input should be a valid integer (it is '4')",
        "reconstruction.0.wieght: no such key, did you mean weight?",
        "game.0: LeastSquare is not known, did you mean LeastSquares?",
        "representation: Preemphasis is not known, did you mean PreEmphasis?",
        "data.augmentation.babel: no such key, did you mean babble?",
        "players.critic: critic is not known (known: discriminator, generator)",
        "sample_rat: no such key, did you mean sample_rate?",
    ):
        assert expected in told
    assert any(line.startswith("data.augmentation.speed: ") for line in told)
    assert len(told) == 11


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.steps=true", "training.steps: input should be a valid integer (it is True)"),
        ("training.steps=no", "training.steps: input should be a valid integer (it is 'no')"),
        ("training.steps=1e3", "training.steps: input should be a valid integer (it is 1000.0)"),
        ("training.steps=010", "training.steps: input should be a valid integer (it is '010')"),
        ("training.steps=0", "training.steps: input should be greater than or equal to 1 (it is 0)"),
        ("data.held_out=true", "data.held_out: input should be a valid number (it is True)"),
        ("generator.skip_gain=no", "generator.skip_gain: input should be a valid boolean (it is 'no')"),
        ("name=my run", "name: string should match pattern '^[A-Za-z0-9_-][A-Za-z0-9._-]*$' (it is 'my run')"),
        ("name=..", "name: string should match pattern '^[A-Za-z0-9_-][A-Za-z0-9._-]*$' (it is '..')"),
        ("name=12", "name: input should be a valid string (it is 12)"),
        (
            "generator.name=VGG",
            "generator: VGG is not known (known: BandRecurrentGenerator, CMGANGenerator, "
            "MetricGANGenerator, SEGANGenerator, SEGANPlusGenerator)",
        ),
        (
            "generator.name=os.system",
            "generator: os.system is not known (known: BandRecurrentGenerator, CMGANGenerator, "
            "MetricGANGenerator, SEGANGenerator, SEGANPlusGenerator)",
        ),
        ("generator={}", "generator: is missing its name"),
        ("data.snr_db=[10, 0]", "data.snr_db: the lower bound comes first (it is [10, 0])"),
        ("data.snr_db.1=ten", "data.snr_db.1: input should be a valid number (it is 'ten')"),
        (
            "players.generator.optimiser.learning_rate=0",
            "players.generator.optimiser.learning_rate: input should be greater than 0 (it is 0)",
        ),
        ("validation.best=pesq", "validation: best is pesq, which is not among the measures; add it there"),
        ("game=[]", "recipe: a discriminator and a game go together: give both, or neither for the ablation"),
        ("zzz=1", "zzz: no such key (known: about, data, discriminator and 18 more (`audiogan recipe schema` lists "
         "them))"),
        ("validate_every=1", "validate_every: no such key, did you mean validation.every?"),
        ("training.validate_every=1", "training.validate_every: no such key, did you mean validation.every?"),
        ("data.batch_size=1", "data.batch_size: no such key, did you mean training.batch_size?"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_words(tmp_path: Path, override: str, message: str) -> None:
    assert "; ".join(mistakes(tmp_path, override)) == message


def test_groups_must_agree(tmp_path: Path) -> None:
    alone = {"generator": tiny_words(tmp_path)["players"]["generator"]}
    told = mistakes(tmp_path, discriminator=None, game=[], reconstruction=[], players=alone)
    assert told == ["recipe: nothing to learn from: give a game, reconstruction terms, or both"]
    told = mistakes(tmp_path, discriminator=None, game=[])
    assert told == ["recipe: players are discriminator and generator, and this recipe needs generator"]
    told = mistakes(tmp_path, data={"clean": "speech"})
    assert told == ["data: give clean and noise (folders to mix on the fly), or pairs (a manifest of audiogan prep)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\n  b: c", r"line 2: not YAML \(mapping values are not allowed here\)"),
        ("name: a\nname: b", r"line 1: not YAML \(the key 'name' is given twice\)"),
        ("a: !!python/name:os.system", r"line 1: not YAML \(could not determine a constructor"),
        ("a: \x00", "not YAML"),
        ("- a\n- b", "holds no recipe"),
        ("", "holds no recipe"),
    ],
)
def test_what_is_no_recipe(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AudioganError, match=message) as raised:
        read_recipe(written(tmp_path, text))
    assert "\n" not in str(raised.value)


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AudioganError, match="cannot be read"):
        read_recipe(path)


def dumped(path: Path, *overrides: str) -> dict[str, Any]:
    return read_recipe(path, overrides).model_dump(mode="json")


def test_overrides_reach_every_place(tmp_path: Path) -> None:
    path = written(tmp_path, tiny_words(tmp_path))
    plain = dumped(path)
    found = dumped(
        path,
        "training.batch_size=16",
        "data.clean=[a, b/]",
        "data.snr_db=[-5, 20]",
        "data.augmentation.babble=0.25",
        "reconstruction.0.weight=2e1",
        "generator.channels.1=16",
        "players.generator.optimiser={name: RMSprop, learning_rate: 5e-5}",
        "training.average_decay=null",
        "about=a = b: c",
        "about=it's 2e-4",
    )
    plain["training"].update(batch_size=16, average_decay=None)
    plain["data"].update(clean=["a", "b"], snr_db=[-5.0, 20.0])
    plain["data"]["augmentation"]["babble"] = 0.25
    plain["reconstruction"][0]["weight"] = 20.0
    plain["generator"]["channels"][1] = 16
    plain["players"]["generator"]["optimiser"] = {
        "name": "RMSprop", "learning_rate": 5e-5, "decay": 0.99, "epsilon": 1e-8,
    }  # fmt: skip
    plain["about"] = "it's 2e-4"
    assert found == plain


def test_one_source_of_data_replaces_the_other(tmp_path: Path) -> None:
    path = written(tmp_path, tiny_words(tmp_path))
    data = dumped(path, "data.pairs=pairs/manifest.jsonl")["data"]
    assert (data["pairs"], data["clean"], data["noise"]) == ("pairs/manifest.jsonl", None, None)
    paired = written(tmp_path, {**tiny_words(tmp_path), "data": {"pairs": "m.jsonl"}})
    data = dumped(paired, "data.clean=speech", "data.noise=noise")["data"]
    assert (data["pairs"], data["clean"], data["noise"]) == (None, ["speech"], ["noise"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.batch_size", "is no override.*key.path=value"),
        ("=3", "is no override"),
        ("training.steps=[1", "the value is not YAML"),
        ("about=a: b: c", "the value is not YAML"),
        ("training.steps.more=1", "there is nothing below training.steps to override"),
        ("reconstruction.7.weight=1", "there is nothing below reconstruction to override"),
        ("reconstruction.first.weight=1", "there is nothing below reconstruction to override"),
    ],
)
def test_overrides_that_are_none(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(AudioganError, match=message):
        read_recipe(written(tmp_path, tiny_words(tmp_path)), [override])


def test_a_recipe_is_found_as_a_file_or_by_its_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for word in ("segan", "recipes/segan.yaml", "segan.yaml", "./recipes/segan.yml"):
        assert find_recipe(word) == shipped_recipes() / "segan.yaml"
    (tmp_path / "segan").write_text("")
    assert find_recipe("segan") == Path("segan")
    with pytest.raises(AudioganError, match=r"no recipe file recipes/segna\.yaml.*Did you mean segan"):
        find_recipe("recipes/segna.yaml")
    with pytest.raises(AudioganError, match="`audiogan recipe list` lists them"):
        find_recipe("something else")


def test_shipped_recipes_are_listed_with_what_they_are() -> None:
    assert set(shipped()) == {path.relative_to(shipped_recipes()).with_suffix("").as_posix() for path in SHIPPED}
    assert all(shipped().values())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_recipe_is_right_and_shown_it_reads_the_same(path: Path, tmp_path: Path) -> None:
    recipe = read_recipe(path)
    again = read_recipe(written(tmp_path, as_yaml(recipe)))
    assert again == recipe
    assert recipe.smaller is None or recipe.smaller in shipped()


def test_awkward_words_survive_being_shown(tmp_path: Path) -> None:
    for about in ("2e-4", "no", "010", "", "a: b", "# x", "é\nü", "null", "[1]"):
        recipe = check({**tiny_words(tmp_path), "about": about, "name": "1e5"}, "here")
        assert read_recipe(written(tmp_path, as_yaml(recipe))) == recipe


def test_the_schema_says_the_same_as_the_check() -> None:
    text = schema()
    words = json.loads(text)
    assert set(words["discriminator"]["mapping"]) == {"enhancement", "synthesis", "classification"}
    for kind in (EnhancementRecipe, SynthesisRecipe, ClassificationRecipe):
        keys = words["$defs"][kind.__name__]
        assert keys["additionalProperties"] is False
        assert set(keys["required"]) <= set(keys["properties"]) == set(kind.model_fields)
    assert "SEGANGenerator" in words["$defs"]
    described = [group for name, group in words["$defs"].items() if name.endswith(("Settings", "Data", "Validation"))]
    assert described and all("description" in key for group in described for key in group["properties"].values())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_schema_accepts_what_is_shipped(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="not among the requirements")
    from audiogan.recipe.reading import parse_yaml

    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    assert [error.message for error in validator.iter_errors(parse_yaml(path))] == []
    assert not validator.is_valid({**parse_yaml(path), "zzz": 1})


@pytest.mark.parametrize("term", ["OpinionScore", "PerceptualDisturbance"])
def test_a_term_that_hears_at_another_rate_is_refused(term: str) -> None:
    changes = ["sample_rate=8000", f"reconstruction=[{{name: {term}, on: waveform}}]"]
    with pytest.raises(AudioganError, match=f"{term} hears at 16000 Hz and the recipe is of 8000"):
        read_recipe(shipped_recipes() / "segan_mini.yaml", changes)
