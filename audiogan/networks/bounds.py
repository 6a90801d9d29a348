"""Bounds of the networks' options: a recipe that breaks one is refused with the key's name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator


def _one_sentence(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """Refuses a size once, and not once for each form that a size may have."""
    try:
        # What was JSON comes as a list, and here a strict check no longer knows that it may be a tuple.
        return check(tuple(value) if isinstance(value, list) else value)
    except ValidationError:
        raise ValueError("a size is one number of pixels, 1 or more, or two: [height, width]") from None


Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0, description="0 for none")]
Widths = Annotated[tuple[Count, ...], Field(min_length=1)]
Size = Annotated[Count | tuple[Count, Count], WrapValidator(_one_sentence)]
