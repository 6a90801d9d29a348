"""Bounds of the networks' options: a recipe that breaks one is refused with the key's name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0, description="0 for none")]
Widths = Annotated[tuple[Count, ...], Field(min_length=1)]
