"""From a name and options in a recipe to the object they mean.

Each room exports its classes by name (`audiogan.networks`, `audiogan.objectives`, `audiogan.audio.representation`).
A recipe names a class and gives its constructor's arguments beside it: `{name: SEGANGenerator, kernel: 31}`. The
signature of the constructor is the schema, bounds included where it is annotated with them, so a new network or game
needs no line here.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import reduce
from operator import or_
from types import ModuleType
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from audiogan.errors import AudioganError


class ComponentOptions(BaseModel):
    """A named component of a recipe; its other fields are the arguments of the class it names."""

    model_config = ConfigDict(extra="forbid")

    name: str

    def arguments(self) -> dict[str, Any]:
        """What the constructor is called with: all but the keys that a group of components has in common."""
        common = type(self).__mro__[1].model_fields  # type: ignore[attr-defined]
        return {key: value for key, value in self if key not in common}


class TermOptions(ComponentOptions):
    """A term of a loss, with its weight."""

    weight: float = Field(1.0, ge=0, description="what this term is multiplied with")


def classes(room: ModuleType, ending: str = "", base: type = object, takes: tuple[str, ...] = ()) -> dict[str, type]:
    """The classes that a room exports, by name.

    Args:
        room: the package.
        ending: of the class's name.
        base: what it derives from.
        takes: arguments of which its `forward` has one: a network that takes `noisy` or `clean` is for enhancement, one
            of `latent` for synthesis; none where that does not matter.
    """
    found = {name: getattr(room, name) for name in room.__all__ if name.endswith(ending)}
    found = {name: c for name, c in found.items() if inspect.isclass(c) and issubclass(c, base) and c is not base}
    return {name: c for name, c in found.items() if not takes or {*takes} & {*inspect.signature(c.forward).parameters}}


def options_model(cls: type, common: type[ComponentOptions], given: Sequence[str] = ()) -> type[ComponentOptions]:
    """The pydantic model of a class's constructor arguments, with the class's own defaults, beside the common keys.

    `given` are arguments that no recipe says, because the builder knows them.
    """
    hints = get_type_hints(cls.__init__, include_extras=True)  # type: ignore[misc]
    fields: dict[str, Any] = {"name": (Literal[cls.__name__], ...)}
    for parameter in list(inspect.signature(cls).parameters.values()):
        if parameter.name in given:
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    documentation = inspect.cleandoc(cls.__doc__ or "").split("\n")[0]
    return create_model(cls.__name__, __base__=common, __doc__=documentation, **fields)


def choice(
    room: ModuleType,
    ending: str = "",
    base: type = object,
    takes: tuple[str, ...] = (),
    common: type[ComponentOptions] = ComponentOptions,
    given: Sequence[str] = (),
) -> Any:
    """The annotation of a recipe's field that takes one of a room's `classes`, with `common` keys beside its own.

    `given` as of `options_model`.
    """
    models = [options_model(cls, common, given) for cls in classes(room, ending, base, takes).values()]
    if len(models) == 1:
        return models[0]
    return Annotated[reduce(or_, models), Field(discriminator="name")]


def build(options: ComponentOptions, room: ModuleType, **given: Any) -> Any:
    """The object that a recipe's component means; `given` are arguments that no recipe says.

    Raises:
        AudioganError: the class refuses its arguments; the message names the class.
    """
    try:
        return getattr(room, options.name)(**given, **options.arguments())
    except (ValueError, TypeError) as problem:
        raise AudioganError(f"{options.name}: {problem}. Mend its options in the recipe.") from problem
