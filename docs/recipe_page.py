"""The page of a recipe's keys, made of the schema of recipes and of the docstrings of what a recipe can name."""

from __future__ import annotations

import json
from typing import Any

from docstrings import arguments_of, cell, text_of

import audiogan.audio.representation
import audiogan.audio.sound_pictures
import audiogan.networks
import audiogan.objectives
from audiogan.recipe import reading
from audiogan.training import optimisers

Schema = dict[str, Any]

# Where a recipe's names are exported, and what they are.
ROOMS = (
    ("Networks", audiogan.networks),
    ("Games and other terms", audiogan.objectives),
    ("Representations", audiogan.audio.representation),
    ("Pictures of sounds", audiogan.audio.sound_pictures),
    ("Optimisers", optimisers),
)
KINDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}
BOUNDS = {
    "minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}",
    "minItems": "{} or more", "maxItems": "{} or fewer",
}  # fmt: skip

HEAD = """# Recipe keys

Every key that a recipe can have, made of the schema by which recipes are checked. An unknown key is a mistake, and
`audiogan recipe check` names the nearest known one. `audiogan recipe show NAME` prints a shipped recipe with every
default filled in, and `audiogan recipe schema` the same as here as a JSON Schema, with which editors complete and
check recipes.

Keys without a default must be given. On the command line a key is named by its path: `training.steps=100`, and in a
list by its place: `game.0.weight=2`.
"""


def page() -> str:
    """The whole page."""
    schema = json.loads(reading.schema())
    definitions: dict[str, Schema] = schema["$defs"]
    kinds = [_name_of(part) for part in schema["oneOf"]]
    parts = [HEAD]
    for kind in kinds:
        task = definitions[kind]["properties"]["task"]["const"]
        parts.append(_section(f"A recipe for {task}", definitions[kind], definitions))
    rooms: dict[str, list[str]] = {title: [] for title, _ in ROOMS}
    groups = []
    for name in sorted(set(definitions) - set(kinds), key=lambda name: _title(definitions[name])):
        definition = definitions[name]
        if "properties" not in definition:
            continue
        home = next((title for title, room in ROOMS if _class_in(room, definition)), None)
        (rooms[home] if home else groups).append(_section(_title(definition), definition, definitions, depth=3))
    parts += ["## Groups of keys", *dict.fromkeys(groups)]
    for title, _ in ROOMS:
        parts += [f"## {title}", *dict.fromkeys(rooms[title])]
    return "\n\n".join(parts)


def _section(title: str, definition: Schema, definitions: dict[str, Schema], depth: int = 2) -> str:
    cls = next((found for _, room in ROOMS if (found := _class_in(room, definition))), None)
    said = arguments_of(cls) if cls else {}
    about = text_of(cls) if cls else definition.get("description", "")
    lines = [f"{'#' * depth} {title}", "", about.strip(), ""]
    keys = {name: key for name, key in definition.get("properties", {}).items() if not (cls and name == "name")}
    if not keys:
        return "\n".join([*lines, "It has no keys beside its name." if cls else "It has no keys."])
    lines += ["| key | what it is | value | default |", "|---|---|---|---|"]
    for name, key in keys.items():
        what = cell(key.get("description") or said.get(name, ""))
        default = "" if name in definition.get("required", []) else f"`{cell(json.dumps(key.get('default')))}`"
        if "default" not in key and default:
            default = "none" if key.get("type") == "array" else "its own defaults"
        lines.append(f"| `{name}` | {what} | {cell(_value(key, definitions))} | {default} |")
    return "\n".join(lines)


def _value(key: Schema, definitions: dict[str, Schema]) -> str:
    """The kind of value of a key, in words and links."""
    if "$ref" in key:
        definition = definitions[_name_of(key)]
        return _value(definition, definitions) if "properties" not in definition else _link(definition)
    if "const" in key:
        return f"`{key['const']}`"
    if "enum" in key:
        return ", ".join(f"`{one}`" for one in key["enum"])
    for choice in ("oneOf", "anyOf"):
        if choice in key:
            # That it may be left out, its default says.
            ones = [one for one in key[choice] if one.get("type") != "null"]
            values = list(dict.fromkeys(_value(one, definitions) for one in ones))
            return " or ".join(values) if len(values) < 4 else f"one of {', '.join(values)}"
    bounded = [] if "prefixItems" in key else [name for name in BOUNDS if name in key]
    bounds = ", ".join(BOUNDS[name].format(key[name]) for name in bounded)
    return _kind(key, definitions) + (f", {bounds}" if bounds else "")


def _kind(key: Schema, definitions: dict[str, Schema]) -> str:
    kind = key.get("type")
    if kind == "array":
        if "prefixItems" in key:
            return f"\\[{', '.join(_value(one, definitions) for one in key['prefixItems'])}\\]"
        return f"list of {_value(key.get('items', {}), definitions)}"
    if kind == "object":
        names = [f"`{name}`" for name in key.get("propertyNames", {}).get("enum", [])]
        return " and ".join(names) + f", each with {_value(key.get('additionalProperties') or {}, definitions)}"
    if kind == "string" and key.get("format") == "path":
        return "path"
    return KINDS.get(str(kind), "anything")


def _class_in(room: Any, definition: Schema) -> type | None:
    """The class that a component's definition stands for, if the room exports it."""
    name = definition.get("properties", {}).get("name", {}).get("const")
    return getattr(room, name) if name and name in room.__all__ else None


def _link(definition: Schema) -> str:
    title = _title(definition)
    return f"[{title}](#{title.lower()})"


def _title(definition: Schema) -> str:
    return str(definition.get("properties", {}).get("name", {}).get("const") or definition["title"])


def _name_of(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
