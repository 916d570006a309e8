"""How wide: from the errors of forecasts made at past origins, by horizon, with the tails of many series together.

Each past error is measured in the usual error of its own series over the stretches that do not touch it, so that how
badly a few stretches tell that usual error is in the tails already. Source: split conformal prediction by horizon
(Stankeviciute, Alaa and van der Schaar 2021), normalised residuals (Lei et al. 2018, ch. 5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANY_STRETCHES = 20.0  # side by side, over all series: below it their quantile is little more than the worst of them
LEAST_OTHERS = 0.1  # of the usual error: how little that of the other stretches may be taken to be
NOTHING = 1e-9  # of a series' own size: errors below it are those of arithmetic
NORMAL = 1.2533  # standard deviation over mean absolute error of a normal distribution
TOGETHER = 20  # series from which the profile over the horizon is told by all


def widths(
    errors: NDArray[np.float64], origins: Sequence[int], horizon: int, level: float
) -> tuple[NDArray[np.float64], tuple[float, int] | None, bool]:
    """Half widths (S, H) that hold an error with probability ``level``; the share that such widths held, of how many.

    ``errors`` (K, S, H), NaN where not known. The share is measured on the later half of the origins with widths from
    stretches that had ended before; None where there are too few. Last, whether the widths come from
    stretches side by side; where all overlap, they are the largest error seen.
    """
    half, _spread, sure = _widths(errors, origins, horizon, level)
    return half, _measured(errors, origins, horizon, level), sure


def spread(errors: NDArray[np.float64], origins: Sequence[int], horizon: int) -> NDArray[np.float64]:
    """(S, H): the standard deviation of the errors as their mean size tells it, so that a few wild days do not."""
    return _widths(errors, origins, horizon, 0.5)[1]


def _measured(
    errors: NDArray[np.float64], origins: Sequence[int], horizon: int, level: float
) -> tuple[float, int] | None:
    later = len(origins) // 2
    before = [k for k in range(later) if origins[k] + horizon <= origins[later]] if origins else []
    if not before:
        return None
    half, _spread, sure = _widths(errors[before], origins[: len(before)], horizon, level)
    came = errors[later:]
    known = np.isfinite(came)
    return (float((np.abs(came) <= half)[known].mean()), int(known.sum())) if sure and known.any() else None


def _widths(
    errors: NDArray[np.float64], origins: Sequence[int], horizon: int, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """The half widths, the standard deviation, and whether the widths come from stretches side by side."""
    size = np.abs(errors)
    profile = _profile(size)
    normal = size / profile
    seen = np.isfinite(normal)
    usual = np.where(seen, normal, 0).sum(axis=(0, 2)) / np.maximum(seen.sum(axis=(0, 2)), 1)
    deviation = NORMAL * usual[:, None] * profile
    others = np.maximum(_of_others(normal, origins, horizon), np.maximum(LEAST_OTHERS * usual, NOTHING)[None, :, None])
    scores = normal / others
    known = np.isfinite(scores)
    if known.sum() < 2:
        return np.nanmax(np.where(np.isfinite(size), size, 0.0), axis=0, initial=0.0), deviation, False
    stretches = _side_by_side(known, origins, horizon)
    if stretches * int(known.any(axis=(0, 2)).sum()) < MANY_STRETCHES:
        return _few(size, profile, stretches, level), deviation, True
    tail = _quantile(scores[known], np.broadcast_to(_share(known), scores.shape)[known], level, origins, horizon)
    return tail * usual[:, None] * profile, deviation, True


def _profile(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S, H) or (1, H): how errors grow over the horizon, 1 on average.

    One series' own is a straight line through its mean errors by horizon, never falling.
    """
    count = np.isfinite(size)
    mean = np.where(count, size, 0).sum(axis=0) / np.maximum(count.sum(axis=0), 1)  # (S, H)
    own = mean / np.maximum(mean.mean(axis=1, keepdims=True), 1e-300)
    together = own[own.sum(axis=1) > 0]
    if len(together) == 0:
        return np.ones((1, size.shape[2]))
    steps = np.arange(size.shape[2]) - (size.shape[2] - 1) / 2
    shape = together.mean(axis=0)
    if len(together) < TOGETHER:
        slope = max(0.0, float(steps @ shape) / max(float(steps @ steps), 1e-12))
        shape = np.maximum(1 + slope * steps, 0.2)
    return np.asarray(np.maximum(shape / shape.mean(), 1e-3)[None, :])


def _of_others(normal: NDArray[np.float64], origins: Sequence[int], horizon: int) -> NDArray[np.float64]:
    """(K, S, 1): the mean error at the origins whose stretch does not touch this one's."""
    known = np.isfinite(normal)
    total, count = np.where(known, normal, 0).sum(axis=2), known.sum(axis=2)
    at = np.array(origins)
    apart = (np.abs(at[:, None] - at[None]) >= horizon).astype(float)
    n = apart @ count
    found = np.where(n > 0, (apart @ total) / np.maximum(n, 1), np.nan)
    return np.where(found > 0, found, np.nan)[..., None]


def _side_by_side(known: NDArray[np.bool_], origins: Sequence[int], horizon: int) -> float:
    """How many stretches of the horizon the origins with known errors hold side by side."""
    at = np.array(origins)[known.any(axis=(1, 2))]
    return 1 + float(at.max() - at.min()) / horizon


def _few(
    size: NDArray[np.float64], profile: NDArray[np.float64], stretches: float, level: float
) -> NDArray[np.float64]:
    """Half widths by Student's t, with as many degrees of freedom as stretches lie side by side."""
    from scipy.special import stdtrit

    known = np.isfinite(size)
    count = np.maximum(known.sum(axis=(0, 2)), 1)
    root = np.sqrt(np.where(known, (size / profile) ** 2, 0).sum(axis=(0, 2)) / count)
    reach = float(stdtrit(stretches, (1 + level) / 2))
    return np.asarray(reach * root[:, None] * profile)


def _share(known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(1, S, 1): every series counts the same."""
    return np.asarray(1 / np.maximum(known.sum(axis=(0, 2)), 1)[None, :, None])


def _quantile(
    scores: NDArray[np.float64], shares: NDArray[np.float64], level: float, origins: Sequence[int], horizon: int
) -> float:
    """The weighted quantile, at the level raised for how few stretches lie side by side."""
    order = np.argsort(scores)
    reached = np.cumsum(shares[order]) / shares.sum()
    stretches = max(1.0, (max(origins) - min(origins)) / horizon) * max(1.0, float(shares.sum()))
    wanted = min(1.0, level * (1 + 1 / stretches))
    return float(scores[order][min(int(np.searchsorted(reached, wanted)), len(scores) - 1)])
