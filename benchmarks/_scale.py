"""How large a benchmark is. The default sizes finish in minutes; ``BENCH_SCALE=5`` takes five times the rows."""

from __future__ import annotations

import os


def scaled(size: int) -> int:
    """``size`` times the environment's ``BENCH_SCALE``, 1 where it is not set."""
    return max(1, round(size * float(os.environ.get("BENCH_SCALE", "1"))))
