"""From words to objects: a class's signature is its schema."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from audiogan.components import ComponentOptions, TermOptions, build, choice, classes
from audiogan.errors import AudioganError

Positive = Annotated[float, Field(gt=0)]


class Animal:
    """What derives from it can be named."""


class Dog(Animal):
    """Barks.

    And more.
    """

    def __init__(self, weight: Positive, legs: tuple[int, ...] = (1, 2), loud: bool = False) -> None:
        if len(legs) > 4:
            raise ValueError("a dog has four legs at most")
        self.told = (weight, legs, loud)


class CatAnimal(Animal):
    """Says nothing, and takes nothing."""

    def __init__(self) -> None:
        pass


@pytest.fixture
def room() -> ModuleType:
    module = ModuleType("zoo")
    module.__all__ = ["Animal", "Dog", "CatAnimal", "helper"]  # type: ignore[attr-defined]
    for name, thing in (("Animal", Animal), ("Dog", Dog), ("CatAnimal", CatAnimal), ("helper", lambda: 0)):
        setattr(module, name, thing)
    return module


def test_a_room_s_classes_by_base_and_ending(room: ModuleType) -> None:
    assert classes(room, base=Animal) == {"Dog": Dog, "CatAnimal": CatAnimal}
    assert classes(room, "Animal", Animal) == {"CatAnimal": CatAnimal}


def test_words_become_the_object(room: ModuleType) -> None:
    words = {"name": "Dog", "weight": 3, "legs": [7, 8]}
    options = TypeAdapter(choice(room, base=Animal)).validate_python(words)
    assert isinstance(options, ComponentOptions)
    assert build(options, room).told == (3.0, (7, 8), False)
    quiet = TypeAdapter(choice(room, "Animal", Animal)).validate_python({"name": "CatAnimal"})
    assert isinstance(build(quiet, room), CatAnimal)


@pytest.mark.parametrize(
    "words",
    [
        {"name": "Dog"},
        {"name": "Dog", "weight": 0},
        {"name": "Dog", "weight": 1, "leg": [1]},
        {"name": "Dog", "weight": 1, "legs": 3},
        {"name": "CatAnimal", "loud": True},
        {"name": "Animal"},
        {"name": "helper"},
        {"name": "os.system"},
        {"weight": 1},
    ],
)
def test_what_the_signature_does_not_say_is_refused(room: ModuleType, words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(choice(room, base=Animal)).validate_python(words)


def test_common_keys_are_no_arguments(room: ModuleType) -> None:
    adapter = TypeAdapter(choice(room, "Animal", Animal, common=TermOptions))
    options = adapter.validate_python({"name": "CatAnimal", "weight": 5})
    assert options.weight == 5 and options.arguments() == {}
    assert isinstance(build(options, room), CatAnimal)
    with pytest.raises(ValidationError):
        adapter.validate_python({"name": "CatAnimal", "weight": -1})


def test_an_object_that_refuses_its_arguments_is_named(room: ModuleType) -> None:
    options = TypeAdapter(choice(room, base=Animal)).validate_python({"name": "Dog", "weight": 1, "legs": [1] * 5})
    with pytest.raises(AudioganError, match=r"^Dog: a dog has four legs at most\."):
        build(options, room)


def test_the_schema_tells_what_a_class_is(room: ModuleType) -> None:
    schema = TypeAdapter(choice(room, base=Animal)).json_schema()
    assert schema["$defs"]["Dog"]["description"] == "Barks."
    assert schema["$defs"]["Dog"]["required"] == ["name", "weight"]
