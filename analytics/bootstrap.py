"""Moving-block bootstrap: days are resampled in blocks, so that what lasts for days stays together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NotEnoughData

BLOCK_DAYS = 14
"""Two whole weeks: every draw holds each weekday equally often, and shocks of some days stay whole."""


def block_counts(
    n_days: int, draws: int, rng: np.random.Generator, block_days: int = BLOCK_DAYS
) -> NDArray[np.float64]:
    """How often each day is drawn, ``(draws, n_days)``; each row sums to ``n_days``.

    Use one set of counts for every campaign of an account: a good week is good for all of them.

    Raises:
        NotEnoughData: fewer days than two blocks.

    Source: Künsch (1989), The jackknife and the bootstrap for general stationary observations.
    """
    if n_days < 2 * block_days:
        raise NotEnoughData(f"only {n_days} mature days; {2 * block_days} are needed")
    blocks = -(-n_days // block_days)
    starts = rng.integers(0, n_days - block_days + 1, size=(draws, blocks))
    days = (starts[:, :, None] + np.arange(block_days)).reshape(draws, -1)[:, :n_days]
    rows = np.repeat(np.arange(draws), n_days)
    counts = np.bincount(rows * n_days + days.ravel(), minlength=draws * n_days)
    return counts.reshape(draws, n_days).astype(np.float64)
