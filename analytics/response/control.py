"""What a campaign's days share besides spend, and the slope of the outcome with it held fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
KNOT_DAYS = 56


@dataclass(frozen=True, slots=True)
class Slope:
    """Outcome gained per unit of spend with the controls in the same regression, by least squares."""

    value: float
    standard_error: float


def controls(day: Ints, *, trend: bool = True, knots: bool = False) -> Floats:
    """A level for each weekday, a linear trend, and with ``knots`` a trend that may bend every eight weeks."""
    columns = [np.eye(7)[(day + 6) % 7]]  # ordinal 1 was a Monday
    since = (day - day[0]).astype(np.float64)
    if trend:
        columns.append(since[:, None] / max(since[-1], 1.0))
    if knots:
        at = np.arange(KNOT_DAYS, since[-1] - KNOT_DAYS / 2, KNOT_DAYS)
        columns.append(np.maximum(0.0, since[:, None] - at) / KNOT_DAYS)
    return np.column_stack(columns)


def controlled_slope(spend: Floats, outcome: Floats, control: Floats) -> Slope:
    """The slope of ``outcome`` on ``spend`` beside ``control`` (from ``controls``, or a column of ones)."""
    design = np.column_stack([spend, control])
    used = design[:, np.any(design != 0, axis=0)]
    beta, _, rank, _ = np.linalg.lstsq(used, outcome, rcond=None)
    left = outcome - used @ beta
    variance = float(left @ left) / max(len(outcome) - int(rank), 1)
    spread = np.linalg.pinv(used.T @ used)[0, 0]
    return Slope(float(beta[0]), float(np.sqrt(variance * spread)))
