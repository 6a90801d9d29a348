"""YAML is read as people mean it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from audiogan.recipe.yaml12 import Dumper, Loader


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-4", 2e-4), ("2E-4", 2e-4), ("1e3", 1000.0), ("1.5e3", 1500.0), (".5", 0.5), ("-.5", -0.5), ("1.", 1.0),
        ("2.0e-4", 2e-4), ("+3.5", 3.5), (".inf", math.inf), ("-.inf", -math.inf),
        ("16", 16), ("-5", -5), ("+5", 5), ("0", 0),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("y", "y"), ("off", "off"),
        ("12:30", "12:30"), ("1:30.5", "1:30.5"), ("010", "010"), ("0x1F", "0x1F"), ("1_000", "1_000"),
        ("2024-05-01", "2024-05-01"), ("1e", "1e"), ("e5", "e5"), ("1.2.3", "1.2.3"), ("'16'", "16"), ("=", "="),
    ],
)  # fmt: skip
def test_plain_words(text: str, value: Any) -> None:
    (found,) = yaml.load(f"[{text or '~'}]", Loader)
    assert found == value and type(found) is type(value)


def test_nothing_after_the_colon_is_null() -> None:
    assert yaml.load("a:\nb: 1", Loader) == {"a": None, "b": 1}


@pytest.mark.parametrize("text", ["a: 1\na: 2", "x:\n  b: 1\n  c: 2\n  b: 1", "{a: 1, b: 2, a: 1}"])
def test_a_key_stands_once(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="given twice"):
        yaml.load(text, Loader)


@pytest.mark.parametrize("text", ["!!python/object/apply:os.getcwd []", "!!python/name:os.system", "!thing {a: 1}"])
def test_code_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.load(text, Loader)


WORDS = st.sampled_from(["no", "2e-4", "010", "12:30", "1e5", "true", "", "~", "2024-05-01", ".5", "=", "<<", "a: b"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    found = yaml.load(yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True), Loader)
    assert found == value and repr(found) == repr(value)
