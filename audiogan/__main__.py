"""`python -m audiogan` is `audiogan`."""

from __future__ import annotations

import sys

from audiogan.cli import main

if __name__ == "__main__":
    sys.exit(main())
