"""Tasks: what is real, what is fake, what is scored and shown. One task a file."""

from audiogan.tasks.enhancement import Enhancement
from audiogan.tasks.task import PictureSample, Player, PointSample, Sample, SoundSample, SoundsSample, Task, Validation

__all__ = [
    "Enhancement",
    "PictureSample",
    "Player",
    "PointSample",
    "Sample",
    "SoundSample",
    "SoundsSample",
    "Task",
    "Validation",
]
