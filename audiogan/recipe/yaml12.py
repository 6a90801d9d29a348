"""YAML as people mean it: the core of YAML 1.2, where PyYAML alone would read YAML 1.1.

`2e-4` is a number; `no`, `on`, `12:30`, `010` and `2024-05-01` are words; a key may stand once.
"""

from __future__ import annotations

import re
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """Reads plain data only: nothing in a file can run code."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that is given twice: the first would silently be lost."""
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


class Dumper(yaml.SafeDumper):
    """Quotes the words that `Loader` would take for something else."""


# What a plain word is taken for: kind, the words, and the characters that they begin with.
_RULES = (
    ("bool", r"true|false", "tTfF"),
    ("int", r"[-+]?(0|[1-9]\d*)", "-+0123456789"),
    ("float", r"[-+]?(\d+\.\d*(e[-+]?\d+)?|\.\d+(e[-+]?\d+)?|\d+e[-+]?\d+|\.inf)|\.nan", "-+.0123456789"),
    ("null", r"~|null|", ["~", "n", "N", ""]),
)
Loader.yaml_implicit_resolvers = {}
for _kind, _words, _first in _RULES:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^({_words})$", re.I), list(_first))
Dumper.yaml_implicit_resolvers = Loader.yaml_implicit_resolvers
