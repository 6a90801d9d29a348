"""Settings of all tests: one thread, properties without a time limit, and signals as Python begins with."""

from __future__ import annotations

import signal

import torch
from hypothesis import settings

torch.set_num_threads(1)  # sums come in one order, and workers do not fight over the cores

# A background job of a script begins with SIGINT ignored, one under nohup with SIGHUP, and programs started by a test
# would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

settings.register_profile("audiogan", deadline=None, derandomize=True)
settings.load_profile("audiogan")
