"""Programs of eval/enhancers import their neighbours, as Python itself lets them when it runs one."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

sys.path.insert(0, str(ROOT / "eval" / "enhancers"))
