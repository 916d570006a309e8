"""Daily series like those of ad accounts, for the forecasters' benchmark: made here, published here, seeded."""

from __future__ import annotations

import numpy as np

DAYS = 400


def daily(seed: int, count: int = 100, days: int = DAYS) -> np.ndarray:
    """(count, days) values >= 0: spend, revenue and conversions of campaigns.

    Each has its own weekday pattern, a level that wanders and may trend, a mild yearly wave, noise of its own size that
    lasts a little from day to day, in a third a change of budget (a lasting shift), in half some days of promotion. A
    third are counts (conversions), down to a few a day.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(days)
    made = np.empty((count, days))
    for n in range(count):
        weekday = rng.normal(0, rng.uniform(0.05, 0.3), 7)
        wander = np.cumsum(rng.normal(0, rng.uniform(0.003, 0.03), days))
        trend = rng.normal(0, 0.3) * (t / days)
        yearly = rng.uniform(0, 0.2) * np.sin(2 * np.pi * (t / 365.25 + rng.uniform()))
        log_level = rng.normal(6, 1.2) + weekday[t % 7] - weekday.mean() + wander + trend + yearly
        if rng.uniform() < 1 / 3:
            log_level += np.where(t >= rng.integers(60, days), rng.normal(0, 0.5), 0.0)
        for _ in range(rng.integers(0, 4) if rng.uniform() < 0.5 else 0):
            start = rng.integers(0, days)
            log_level[start : start + rng.integers(2, 8)] += rng.uniform(0.2, 0.8)
        noise = _lasting(rng, rng.uniform(0.05, 0.25), rng.uniform(0, 0.5), days)
        if n % 3 == 2:
            made[n] = rng.poisson(np.exp(log_level - 6 + rng.uniform(1, 4.5) + noise))
        else:
            made[n] = np.round(np.exp(log_level + noise), 2)
    return made


def _lasting(rng: np.random.Generator, size: float, kept: float, days: int) -> np.ndarray:
    """Noise of standard deviation ``size`` of which ``kept`` lasts to the next day."""
    found = np.empty(days)
    found[0] = rng.normal(0, size)
    for n in range(1, days):
        found[n] = kept * found[n - 1] + rng.normal(0, size * np.sqrt(1 - kept**2))
    return found
