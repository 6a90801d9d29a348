"""From a file and command-line overrides to a recipe, with every mistake named at once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import yaml
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

import audiogan
from audiogan.errors import AudioganError
from audiogan.recipe.classification import ClassificationRecipe
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.recipe.recipe import Recipe
from audiogan.recipe.synthesis import SynthesisRecipe
from audiogan.recipe.yaml12 import Dumper, Loader
from audiogan.suggest import did_you_mean, join_or, listing, nearest

_RECIPES: TypeAdapter[Recipe] = TypeAdapter(
    Annotated[EnhancementRecipe | SynthesisRecipe | ClassificationRecipe, Field(discriminator="task")]
)
_KINDS: dict[str, type[Recipe]] = {
    "enhancement": EnhancementRecipe,
    "synthesis": SynthesisRecipe,
    "classification": ClassificationRecipe,
}

# What the recipe's reader wants last: how it is trained, after what is trained.
_LAST = ("players", "training", "validation")

# Least similarity of a suggested key of the same group, and, where there is none, of any group.
SURE, LIKELY = 0.75, 0.7

# Naming one side of these on the command line replaces the other, which the recipe may have given.
_ALTERNATIVES = ({"data.pairs"}, {"data.clean", "data.noise"})


def shipped_recipes() -> Path:
    """The folder of the recipes that come with the package: in the wheel, or beside it in a checkout."""
    package = Path(audiogan.__file__).parent
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parent / "recipes"


def find_recipe(word: str) -> Path:
    """The file that `word` means: a file there is, else the shipped recipe of that name.

    Raises:
        AudioganError: neither; the message names the nearest shipped ones.
    """
    if Path(word).is_file():
        return Path(word)
    files = {_shipped_name(path): path for path in _shipped_files()}
    name = re.sub(r"\.ya?ml$", "", re.sub(r"^(\./)?recipes/", "", word))
    if name in files:
        return files[name]
    hint = did_you_mean(name, sorted(files), "audiogan recipe list")
    raise AudioganError(f"There is no recipe file {word}, and no built-in recipe has that name. {hint}")


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe in a YAML file, with `key.path=value` overrides applied.

    Raises:
        AudioganError: not YAML, or mistakes in it: all of them, each with its key's path and the nearest known name.
    """
    words = parse_yaml(path)
    for override in overrides:
        _override(words, override)
    return check(words, str(path))


def parse_yaml(path: Path) -> dict[str, Any]:
    """The words of a YAML file.

    Raises:
        AudioganError: unreadable or not a YAML mapping; the message gives the line.
    """
    try:
        words = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except (OSError, UnicodeDecodeError) as problem:
        raise AudioganError(f"The recipe {path} cannot be read ({problem}).") from problem
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        said = " ".join(str(getattr(problem, "problem", problem)).split())
        raise AudioganError(f"{path}{where}: not YAML ({said}). Mend that line.") from problem
    if not isinstance(words, dict):
        raise AudioganError(f"{path} holds no recipe: it must be a list of `key: value` lines.")
    return words


def check(words: dict[str, Any], source: str) -> Recipe:
    """The recipe that these words are.

    Raises:
        AudioganError: all mistakes at once.
    """
    try:
        # By way of JSON, where strict means: `true` and `"16"` are no numbers, yet a list may become a tuple.
        return _RECIPES.validate_json(json.dumps(words, default=str), strict=True)
    except ValidationError as problem:
        mistakes = [_mistake(error, words) for error in problem.errors()]
        raise AudioganError(f"{source}: " + "; ".join(dict.fromkeys(mistakes))) from problem


def shipped() -> dict[str, str]:
    """The shipped recipes: name → what it is, in a line."""
    return {_shipped_name(path): str(parse_yaml(path).get("about", "")) for path in sorted(_shipped_files())}


def as_yaml(recipe: Recipe) -> str:
    """The recipe with every default filled in, as a recipe file."""
    words = recipe.model_dump(mode="json")
    words = {key: words[key] for key in [*(key for key in words if key not in _LAST), *_LAST]}
    return yaml.dump(words, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)


def schema() -> str:
    """The JSON Schema of recipes."""
    return json.dumps(_RECIPES.json_schema(), indent=2)


def _shipped_files() -> list[Path]:
    return list(shipped_recipes().rglob("*.yaml"))


def _shipped_name(path: Path) -> str:
    return path.relative_to(shipped_recipes()).with_suffix("").as_posix()


def _override(words: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    if not equals or not path:
        raise AudioganError(f"'{override}' is no override. Write key.path=value, such as training.batch_size=16.")
    try:
        value = yaml.load(text, Loader)
    except yaml.YAMLError as problem:
        raise AudioganError(f"'{override}': the value is not YAML. Quote it, or write a list as [1, 2].") from problem
    for mine, others in (_ALTERNATIVES, _ALTERNATIVES[::-1]):
        if path in mine and value is not None:
            for other in others:
                _set(words, other.split("."), None)
    _set(words, path.split("."), value)


def _set(words: Any, keys: list[str], value: Any) -> None:
    """Set a value deep in nested mappings and lists, making the mappings on the way."""
    for depth, key in enumerate(keys):
        here: Any = int(key) if isinstance(words, list) and key.isdigit() else key
        if not (isinstance(words, dict) or (isinstance(words, list) and isinstance(here, int) and here < len(words))):
            raise AudioganError(f"{'.'.join(keys)}: there is nothing below {'.'.join(keys[:depth])} to override.")
        if depth == len(keys) - 1:
            words[here] = value
        else:
            if isinstance(words, dict) and words.get(here) is None:
                words[here] = {}
            words = words[here]


def _mistake(error: Any, words: dict[str, Any]) -> str:
    """One of pydantic's errors in a sentence with the key's path as the recipe's writer knows it."""
    path = _path_in(words, error["loc"])
    where = ".".join(map(str, path)) or "recipe"
    if not error["loc"] and error["type"].startswith("union_tag"):
        given = f" {words['task']} is not known" if words.get("task") else " is missing"
        return f"task:{given} (known: {', '.join(_KINDS)})"
    if error["type"] == "extra_forbidden":
        known = _known_keys(error["loc"])
        group = where.rpartition(".")[0]
        others = [key for key in _dotted_keys(_KINDS[str(error["loc"][0])]) if key.rpartition(".")[0] != group]
        near = nearest(str(path[-1]), known, SURE) or nearest(str(path[-1]), [*known, *others], LIKELY)
        return f"{where}: no such key{_hint(near, known)}"
    if error["type"] == "missing":
        return f"{where}: is missing"
    if error["type"] in ("union_tag_invalid", "literal_error") and isinstance(error["input"], (str, dict)):
        return _unknown_name(where, error)
    if error["type"] == "union_tag_not_found":
        return f"{where}: is missing its name"
    message = error["msg"]
    # A sentence of our own may begin with a class's name.
    message = (
        message.removeprefix("Value error, ") if error["type"] == "value_error" else message[0].lower() + message[1:]
    )
    found = "" if isinstance(error["input"], dict) else f" (it is {_short(error['input'])})"
    return f"{where}: {message}{found}"


def _unknown_name(where: str, error: Any) -> str:
    context = error.get("ctx", {})
    known = re.findall(r"'([^']+)'", str(context.get("expected_tags") or context.get("expected")))
    given = str(error["input"].get("name") if isinstance(error["input"], dict) else error["input"])
    return f"{where}: {given} is not known{_hint(nearest(given, known), known)}"


def _hint(near: Sequence[str], known: Sequence[str]) -> str:
    return f", did you mean {join_or(near)}?" if near else f" (known: {listing(known, 'audiogan recipe schema')})"


def _path_in(words: Any, location: Sequence[str | int]) -> list[str | int]:
    """The location without the parts that are pydantic's own (the tag of a union, a validator's name)."""
    path: list[str | int] = []
    for depth, part in enumerate(location):
        last = depth == len(location) - 1
        key_there = isinstance(words, dict) and part in words
        item_there = isinstance(words, list) and isinstance(part, int) and part < len(words)
        is_tag = isinstance(words, dict) and part in (words.get("name"), words.get("task"))
        if key_there or item_there:
            words = words[part]
            path.append(part)
        elif last and not is_tag and part != "[key]":
            path.append(part)
    return path


def _known_keys(location: Sequence[str | int]) -> list[str]:
    """The keys that could stand where an unknown one was found."""
    models: list[type[BaseModel]] = [_KINDS[str(location[0])]]
    for part in location[1:-1]:
        fields = [model.model_fields[part].annotation for model in models if part in model.model_fields]
        named = [model for model in models if "name" in model.model_fields and _tag(model) == part]
        models = [model for field in fields for model in _models_in(field)] or named or models
    return sorted({key for model in models for key in model.model_fields})


def _dotted_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the keys of a recipe's groups in full, such as "validation.every"; not those inside lists or choices."""
    keys = []
    for name, field in model.model_fields.items():
        below = _models_in(field.annotation)
        if len(below) == 1 and get_origin(field.annotation) not in (list, tuple, dict):
            keys += _dotted_keys(below[0], f"{prefix}{name}.")
        elif prefix:
            keys.append(prefix + name)
    return keys


def _tag(model: type[BaseModel]) -> Any:
    """The name by which a recipe chooses this model among others; None for a model without a fixed one."""
    return next(iter(get_args(model.model_fields["name"].annotation)), None)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The pydantic models that an annotation names at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
