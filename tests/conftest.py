"""What every test shares: one thread, and properties that are not timed."""

from __future__ import annotations

import torch
from hypothesis import settings

torch.set_num_threads(1)  # sums come in one order, and workers do not fight over the cores

settings.register_profile("audiogan", deadline=None, derandomize=True)
settings.load_profile("audiogan")
