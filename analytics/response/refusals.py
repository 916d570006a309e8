"""When a campaign's days say nothing of its response: too few, spend that hardly varied, another cause."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Confounded, NotEnoughData
from analytics.response.control import controlled_slope, controls
from analytics.response.curves import LEVEL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_DAYS = 56
MIN_ACTIVE_DAYS = 28
MIN_VARIATION = 0.10
SHIFT_SIZE = 0.35
SHIFT_T = 5.0


def require_data(spend: Floats, outcome: Floats) -> None:
    """Refuse too few days with spend, or with an outcome."""
    active = int(np.sum(outcome > 0))
    spending = int(np.sum(spend > 0))
    if spending < MIN_DAYS:
        raise NotEnoughData(f"it spent on {spending} days with mature figures; {MIN_DAYS} are needed")
    if active < MIN_ACTIVE_DAYS:
        raise NotEnoughData(f"only {active} days brought any conversion or revenue; {MIN_ACTIVE_DAYS} are needed")


def variation_of(spend: Floats, control: Floats) -> float:
    """The spread of spend that ``control`` does not explain, over its mean."""
    left = spend - control @ np.linalg.lstsq(control, spend, rcond=None)[0]
    return float(left.std() / spend.mean())


def require_no_shift(outcome: Floats, design: Floats) -> None:
    """Refuse where the level of the outcome jumped on one day and stayed, while spend does not explain it."""
    left = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    n = len(left)
    after = np.cumsum(left[::-1])[::-1]  # after[s] sums days s..n-1
    splits = np.arange(14, n - 6)
    tail = (n - splits).astype(np.float64)
    jump = after[splits] / tail - (left.sum() - after[splits]) / splits
    error = np.sqrt(1 / splits + 1 / tail)
    worst = int(np.argmax(np.abs(jump) / error))
    step = np.where(np.arange(n) >= splits[worst], 1.0, 0.0)
    slope = controlled_slope(step, outcome, design)
    clean = np.column_stack([design, step])
    noise = outcome - clean @ np.linalg.lstsq(clean, outcome, rcond=None)[0]
    t = abs(slope.value) / max(slope.standard_error * np.sqrt(_inflation(noise)), 1e-300)
    size = slope.value / float(outcome.mean())
    if t > SHIFT_T and abs(size) > SHIFT_SIZE:
        raise Confounded(
            f"its results {'rose' if size > 0 else 'fell'} by {abs(size) * 100:.0f} % of their mean "
            f"{n - int(splits[worst])} mature days ago and stayed there, and neither spend, weekday nor trend "
            "explains it"
        )


def _inflation(noise: Floats, lags: int = 14) -> float:
    """Long-run over plain variance (Bartlett weights): what autocorrelation takes from the days' evidence."""
    total = float(noise @ noise)
    if total == 0:
        return 1.0
    rho = [float(noise[k:] @ noise[:-k]) / total for k in range(1, lags + 1)]
    return max(1.0, 1 + 2 * sum((1 - k / (lags + 1)) * r for k, r in enumerate(rho, start=1)))


def require_effect(linear: Floats, spend: Floats, outcome: Floats, day: Ints, beside: Floats) -> None:
    """Refuse where no effect is seen, or where it hangs on how slow drift is controlled."""
    low, high = (float(q) for q in np.quantile(linear, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    plain = controlled_slope(spend, outcome, np.column_stack([controls(day), beside])).value
    if low <= 0:
        raise Confounded(
            "its results did not follow its spend once weekday and trend are controlled "
            f"(return per unit between {low:.2f} and {high:.2f}), so they moved for another reason"
        )
    bending = controlled_slope(spend, outcome, np.column_stack([controls(day, knots=True), beside])).value
    if not low <= bending <= high:
        raise Confounded(
            f"its return per unit is {plain:.2f} with a straight trend and {bending:.2f} with one that may bend: "
            "slow drift and spend cannot be told apart"
        )


def require_variation(variation: float) -> None:
    """Refuse spend that hardly moved."""
    if variation < MIN_VARIATION:
        raise NotEnoughData(
            f"spend hardly varied: beyond weekday and trend it moved by {variation * 100:.0f} % of its mean, "
            f"and {MIN_VARIATION * 100:.0f} % are needed to see what more or less of it would do"
        )
