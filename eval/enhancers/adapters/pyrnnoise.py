"""pyrnnoise: RNNoise with the weights in the package.

The package fails on import beside a current audiolab, so only its binding to the library is loaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

RATE = 48000


def load() -> Callable[[], Callable[[Any, int], Any]]:
    """See `adapter.py`."""
    import numpy as np

    rnnoise = _binding()

    def start() -> Callable[[Any, int], Any]:
        state = rnnoise.create()

        def enhance(sound: Any, rate: int) -> Any:
            whole = np.pad(np.clip(sound, -1, 1), (0, -len(sound) % rnnoise.FRAME_SIZE))
            frames = (whole * 32767).astype(np.int16).reshape(-1, rnnoise.FRAME_SIZE)
            made = np.concatenate([rnnoise.process_mono_frame(state, frame)[0] for frame in frames])
            rnnoise.destroy(state)
            return made[: len(sound)] / np.float32(32768)

        return enhance

    return start


def _binding() -> Any:
    package = importlib.util.find_spec("pyrnnoise")
    if package is None or package.origin is None:
        raise ImportError("pyrnnoise is not installed")
    spec = importlib.util.spec_from_file_location("rnnoise_binding", Path(package.origin).with_name("rnnoise.py"))
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.lib.rnnoise_destroy.argtypes = module.lib.rnnoise_create.argtypes  # a pointer; ctypes would cut it to an int
    module.lib.rnnoise_create.restype = module.ctypes.c_void_p
    return module
