"""How well forecasts did: made anew at past origins from what was known then, held against what came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import NotEnoughData
from analytics.forecast.model import forecast
from analytics.forecast.recipe import USUAL, Recipe
from analytics.forecast.result import Backtest

if TYPE_CHECKING:
    from numpy.typing import NDArray


def backtest(
    values: NDArray[np.float64],
    horizon: int,
    origins: Sequence[int],
    period: int = 7,
    level: float = 0.9,
    *,
    regressors: NDArray[np.float64] | None = None,
    year: float | None = None,
    recipe: Recipe = USUAL,
) -> Backtest:
    """Forecast ``values`` (S, T) after each of ``origins`` (numbers of values) and score it.

    Raises:
        NotEnoughData: no series could be forecast at any origin.
    """
    series = values.shape[0]
    scores = np.full((4, len(origins), series), np.nan)  # mase, smape, coverage, mase of the seasonal naive
    for k, origin in enumerate(origins):
        seen, came = values[:, :origin], values[:, origin : origin + horizon]
        marks = None if regressors is None else regressors[..., : origin + horizon]
        try:
            made = forecast(seen, horizon, period=period, level=level, regressors=marks, year=year, recipe=recipe)
        except NotEnoughData:
            continue
        width = came.shape[1]
        scores[0, k] = mase(seen, came, made.mid[:, :width], period)
        scores[1, k] = smape(came, made.mid[:, :width])
        inside = (came >= made.lo[:, :width]) & (came <= made.hi[:, :width])
        known = np.isfinite(came) & np.isfinite(made.mid[:, :width])
        scores[2, k] = _mean(np.where(known, inside, np.nan))
        naive = mase(seen, came, seasonal_naive(seen, horizon, period)[:, :width], period)
        scores[3, k] = np.where(np.isfinite(scores[0, k]), naive, np.nan)
    if not np.isfinite(scores[2]).any():
        raise NotEnoughData(
            f"no series has enough values before {max(origins, default=0)} steps to be held against what came"
        )
    each = [_mean(part.T) for part in scores]
    of_all = [_overall(e) for e in each]
    return Backtest(tuple(origins), horizon, level, each[0], each[1], each[2], *of_all)


def last_origins(length: int, horizon: int, count: int = 3) -> tuple[int, ...]:
    """The origins of the last ``count`` stretches of the horizon side by side that leave half of the values before."""
    return tuple(n for n in range(length - count * horizon, length, horizon) if n >= max(length // 2, 1))


def mase(
    seen: NDArray[np.float64], came: NDArray[np.float64], mid: NDArray[np.float64], period: int
) -> NDArray[np.float64]:
    """(S,) mean absolute error over that of the seasonal naive within ``seen``; NaN where that is 0 or unknown.

    Source: Hyndman and Koehler 2006, with the seasonal scale of the M4 competition.
    """
    scale = (
        _mean(np.abs(seen[:, period:] - seen[:, :-period])) if seen.shape[1] > period else np.full(len(seen), np.nan)
    )
    return _mean(np.abs(came - mid)) / np.where(scale > 0, scale, np.nan)


def smape(came: NDArray[np.float64], mid: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) mean of 200 |f - a| / (|f| + |a|), per cent; both 0 is no error."""
    size = np.abs(came) + np.abs(mid)
    return _mean(np.where(size == 0, 0.0, 200 * np.abs(came - mid) / np.where(size == 0, 1, size)))


def seasonal_naive(seen: NDArray[np.float64], horizon: int, period: int) -> NDArray[np.float64]:
    """(S, H): what stood one season before, the last season again and again; the latest known where that is missing."""
    length = seen.shape[1]
    found = np.full((len(seen), horizon), np.nan)
    for h in range(horizon):
        at = length - period + h % period
        while at >= 0 and np.isnan(found[:, h]).any():
            found[:, h] = np.where(np.isnan(found[:, h]), seen[:, at], found[:, h])
            at -= period
    return found


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _overall(each: NDArray[np.float64]) -> float | None:
    return float(np.nanmean(each)) if np.isfinite(each).any() else None
