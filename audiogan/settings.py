"""The base of everything a recipe may say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A group of a recipe's keys: unknown keys are errors, and every key carries its description."""

    model_config = ConfigDict(extra="forbid")
