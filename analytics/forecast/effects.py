"""What is known beforehand: days of a holiday or promotion, and the year's pattern where two years are there.

Both are taken off before smoothing and put back for the days to come. Effects add on the scale of the series, so that
they multiply where that is the logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analytics.forecast.smoothing import Settings, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHRINK_DAYS = 1.0  # an effect seen on n days keeps n / (n + 1) of itself
WAVES = 2
YEARS = 2.0
_STEADY = Settings(*(np.array([v]) for v in (0.2, 0.0, 0.0, 0.0, 0.05, 0.05)))


def of_regressors(
    values: NDArray[np.float64], regressors: NDArray[np.float64], periods: Sequence[int]
) -> NDArray[np.float64]:
    """The effect (S, R) of regressors (S, R, T) of 0 and 1, by ridge regression of what they leave unexplained.

    A smoothing that learns nothing on the days of a regressor says what those days would have been without it.
    """
    marked = (regressors != 0).any(axis=1)
    plain = np.where(marked, np.nan, values)
    usual = smooth(plain, 1, periods, (), _STEADY).one_step[:, 0, :]
    left = np.where(np.isfinite(values), values - usual, 0.0) * marked
    used = regressors * np.isfinite(values)[:, None, :]
    gram = np.einsum("srt,sqt->srq", used, used) + SHRINK_DAYS * np.eye(regressors.shape[1])
    return np.asarray(np.linalg.solve(gram, np.einsum("srt,st->sr", used, left)[..., None])[..., 0])


def of_the_year(values: NDArray[np.float64], horizon: int, year: float) -> NDArray[np.float64]:
    """The year's pattern (S, T + horizon), or zeros with less than two years.

    Waves of a year and of half a year, kept by the share of the pattern of the earlier time that came again in the last
    year.
    """
    series, length = values.shape
    pattern = np.zeros((series, length + horizon))
    if length < YEARS * year:
        return pattern
    at = np.arange(length + horizon)
    design = _waves(at, year)
    cut = length - round(year)
    whole = _fit(values, design[:length], at[:length])
    earlier, later = (
        _fit(values[:, :cut], design[:cut], at[:cut]),
        _fit(values[:, cut:], design[cut:length], at[cut:length]),
    )
    power = np.maximum((earlier**2).sum(axis=1), (later**2).sum(axis=1))
    again = np.clip((earlier * later).sum(axis=1) / np.where(power > 0, power, 1), 0, 1)
    return np.asarray((again[:, None] * whole) @ design.T)


def _waves(at: NDArray[np.int64], year: float) -> NDArray[np.float64]:
    turns = 2 * np.pi * at[:, None] / year * np.arange(1, WAVES + 1)
    return np.concatenate([np.sin(turns), np.cos(turns)], axis=1)


def _fit(values: NDArray[np.float64], design: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """The waves' coefficients (S, 2 WAVES) beside a level and a slope, by least squares over the known values."""
    line = np.stack([np.ones(len(at)), (at - at.mean()) / len(at)], axis=1)
    full = np.concatenate([line, design], axis=1)
    known = np.isfinite(values)
    gram = np.einsum("st,ta,tb->sab", known, full, full, optimize=True) + 1e-6 * np.eye(full.shape[1])
    right = np.where(known, values, 0.0) @ full
    return np.asarray(np.linalg.solve(gram, right[..., None])[:, 2:, 0])
