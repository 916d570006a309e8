"""Sums and ratios of forecasts, with ranges from how such sums and ratios of past forecasts were off.

A ratio is divided from the forecasts of its parts; its range is that of both parts' errors together, on the same days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.forecast.conformal import widths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.forecast.result import Forecast


@dataclass(frozen=True, slots=True)
class Range:
    """``mid`` with ``lo`` to ``hi`` at ``level`` for each series (S,), NaN where not known.

    ``coverage``: the share of ``stretches`` (overlapping, of all series, later than those the width was told by) that
    such ranges held; None where there are too few to measure it.
    """

    mid: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    level: float
    coverage: float | None
    stretches: int


def total(made: Forecast, first: int = 0, last: int | None = None) -> Range:
    """The sum of the steps ``first`` to ``last`` ahead (0-based, ``last`` excluded; None: all) of each series."""
    until = made.mid.shape[1] if last is None else last
    mid = made.mean[:, first:until].sum(axis=1)
    past, came = (part[:, :, first:until].sum(axis=2) for part in (made.past * _factor(made), made.came))
    plain = made.exact | (mid == 0)
    lowest = 0.0 if np.nanmin(made.lo, initial=0.0) >= 0 else -np.inf
    known = np.abs(past) > 0
    off = np.where(known, (came - past) / np.where(known, np.abs(past), 1), np.nan)
    half, held, of = _half(off, made, until)
    lo, hi = np.maximum(mid - half * np.abs(mid), np.minimum(lowest, mid)), mid + half * np.abs(mid)
    return Range(mid, np.where(plain, made.lo[:, first:until].sum(axis=1), lo),
                 np.where(plain, made.hi[:, first:until].sum(axis=1), hi), made.level, held, of)  # fmt: skip


def ratio(over: Forecast, under: Forecast, first: int = 0, last: int | None = None) -> Range:
    """Sum over sum of the steps ``first`` to ``last`` ahead, such as CPA from cost and conversions.

    Both forecasts are of the same series and times. NaN where the denominator is expected to be 0.
    """
    until = over.mid.shape[1] if last is None else last
    shared = sorted(set(over.origins) & set(under.origins))
    picked = [[made.origins.index(o) for o in shared] for made in (over, under)]
    top, bottom = over.mean[:, first:until].sum(axis=1), under.mean[:, first:until].sum(axis=1)
    mid = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), np.nan)
    past, came = (
        _quotient(a[picked[0], :, first:until].sum(axis=2), b[picked[1], :, first:until].sum(axis=2))
        for a, b in ((over.past * _factor(over), under.past * _factor(under)), (over.came, under.came))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.log(came / past)
    half, held, of = _half(np.where(np.isfinite(off), off, np.nan), over, until, tuple(shared))
    return Range(mid, mid * np.exp(-half), mid * np.exp(half), over.level, held, of)


def _factor(made: Forecast) -> NDArray[np.float64]:
    """(S, H): the expectation over the middle, taken to have been the same at past origins."""
    return np.where(made.mid > 0, made.mean / np.where(made.mid > 0, made.mid, 1), 1.0)


def _quotient(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), np.nan)


def _half(
    off: NDArray[np.float64], made: Forecast, steps: int, origins: tuple[int, ...] | None = None
) -> tuple[NDArray[np.float64], float | None, int]:
    """(S,) half widths of relative errors ``off`` (K, S), NaN where they are too few; the share held, of how many."""
    at = made.origins if origins is None else origins
    if off.shape[0] == 0 or not np.isfinite(off).any():
        return np.full(off.shape[1], np.nan), None, 0
    with np.errstate(invalid="ignore"):
        half, measured, sure = widths(off[:, :, None], at, steps, made.level)
    held, of = measured or (None, 0)
    return (half[:, 0] if sure else np.full(off.shape[1], np.nan)), held, of
