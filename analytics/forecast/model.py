"""The forecast: what may be forecast at all, its scale, its effects, the blend, and how wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import NotEnoughData
from analytics.forecast.blend import blend
from analytics.forecast.conformal import spread, widths
from analytics.forecast.effects import of_regressors, of_the_year
from analytics.forecast.recipe import PACES, USUAL, Recipe
from analytics.forecast.result import Forecast
from analytics.forecast.scale import scale_of
from analytics.forecast.shifts import aligned
from analytics.forecast.smoothing import grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_VALUES = 8
MOST_ORIGINS = 24
LONGEST_HORIZON = 1_000


def forecast(
    values: NDArray[np.float64],
    horizon: int,
    *,
    period: int = 7,
    level: float = 0.9,
    regressors: NDArray[np.float64] | None = None,
    year: float | None = None,
    recipe: Recipe = USUAL,
) -> Forecast:
    """Forecast every series of ``values`` (S, T), NaN missing, for ``horizon`` steps.

    ``period`` is the season in steps (1: none); with 24 and three weeks of values the week of 168 is a second one.
    ``regressors`` (R, T + H) or (S, R, T + H) are 0 or 1: days of a holiday or promotion, known ahead. ``year`` is a
    year's length in steps, for its pattern where two years are there. ``recipe``: a version of the
    method, as ``recipe.gate`` chose it. The answer for a series does not depend on the
    order of series, and scales with its values; the tails of the errors are told by all series together.

    Raises:
        NotEnoughData: no series at all can be forecast; the message has the first reason.
    """
    series, length = values.shape
    reasons, fixed = _told_apart(values, horizon, period)
    free = np.array([reason is None for reason in reasons], dtype=bool)
    exact = np.isfinite(fixed)
    if not (free | exact).any():
        raise NotEnoughData(next((r for r in reasons if r), "there are no series"))
    marks = _marks(regressors, values.shape, horizon)
    found = _Parts.empty(series, length, horizon, 0 if marks is None else marks.shape[1])
    found.mid[exact] = found.mean[exact] = found.lo[exact] = found.hi[exact] = fixed[exact, None]
    found.fitted[exact] = fixed[exact, None]
    origins: tuple[int, ...] = ()
    coverage = None
    if free.any():
        origins = _origins(length, horizon, period, values[free])
        own = None if marks is None else marks[free]
        yearly = year if recipe.year else None
        coverage = _fill(found, values, free, horizon, period, level, own, yearly, origins, recipe)
    return Forecast(
        found.mid, found.mean, found.lo, found.hi, found.fitted, level, coverage, tuple(reasons), exact, origins,
        found.past[: len(origins)], found.came[: len(origins)], None if marks is None else found.effects,
    )  # fmt: skip


@dataclass(slots=True)
class _Parts:
    """The arrays of a forecast while they are filled."""

    mid: NDArray[np.float64]
    mean: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    fitted: NDArray[np.float64]
    past: NDArray[np.float64]
    came: NDArray[np.float64]
    effects: NDArray[np.float64]

    @classmethod
    def empty(cls, series: int, length: int, horizon: int, regressors: int) -> _Parts:
        mid, mean, lo, hi = (np.full((series, horizon), np.nan) for _ in range(4))
        past, came = (np.full((MOST_ORIGINS, series, horizon), np.nan) for _ in range(2))
        fitted, effects = np.full((series, length), np.nan), np.full((series, regressors), np.nan)
        return cls(mid, mean, lo, hi, fitted, past, came, effects)


def _fill(
    found: _Parts,
    values: NDArray[np.float64],
    free: NDArray[np.bool_],
    horizon: int,
    period: int,
    level: float,
    marks: NDArray[np.float64] | None,
    year: float | None,
    origins: tuple[int, ...],
    recipe: Recipe,
) -> float | None:
    """Forecast the series of ``free`` into ``found``; returns the coverage measured."""
    here = values[free]
    length = here.shape[1]
    size = np.nanmean(np.abs(here), axis=1)[:, None]  # so that no tolerance below depends on the unit
    here = here / size
    scale = scale_of(here)
    smoothed = scale.there(here)
    periods = _periods(period, length)
    plus = np.zeros((len(here), length + horizon))
    if marks is not None:
        effects = of_regressors(smoothed, marks[:, :, :length], periods)
        plus += np.einsum("sr,srt->st", effects, marks)
        found.effects[free] = np.where(
            scale.logs[:, None], np.exp(effects), np.where(scale.roots[:, None], np.nan, effects * size)
        )
    if year is not None:
        plus += of_the_year(smoothed - plus[:, :length], horizon, year)
    level_now = aligned(smoothed - plus[:, :length], periods) if recipe.shifts else smoothed - plus[:, :length]
    moved = smoothed - plus[:, :length] - level_now  # the shifts that were taken out, for what was forecast before them
    made = blend(level_now, horizon, periods, origins, grid(periods, PACES[recipe.pace]))
    came = np.full((len(origins), len(here), horizon), np.nan)
    extra = np.empty_like(came)
    for k, origin in enumerate(origins):
        until = min(length, origin + horizon)
        came[k, :, : until - origin] = level_now[:, origin:until]
        extra[k] = plus[:, origin : origin + horizon]
    half, measured, _sure = widths(came - made.past, origins, horizon, level)
    ahead = made.ahead + plus[:, length:]

    def back(smoothed: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(scale.back(smoothed) * size)

    found.lo[free], found.hi[free] = back(ahead - half), back(ahead + half)
    found.mid[free] = back(ahead)
    mean = scale.mean(ahead, spread(came - made.past, origins, horizon)) * size
    found.mean[free] = np.clip(mean, found.lo[free], found.hi[free])
    found.fitted[free] = back(made.one_step + plus[:, :length] + moved)
    found.past[: len(origins), free] = np.array([back(p) for p in made.past + extra]).reshape(came.shape)
    found.came[: len(origins), free] = np.array([back(c) for c in came + extra]).reshape(came.shape)
    return None if measured is None else measured[0]


def _told_apart(values: NDArray[np.float64], horizon: int, period: int) -> tuple[list[str | None], NDArray[np.float64]]:
    """Why a series is not estimated, and the value it is expected to keep where that is plain (else NaN)."""
    series, length = values.shape
    reasons: list[str | None] = [None] * series
    fixed = np.full(series, np.nan)
    known = np.isfinite(values)
    count = known.sum(axis=1)
    since = np.where(count > 0, length - 1 - (length - 1 - known[:, ::-1].argmax(axis=1)), length)
    quiet = 2 * max(period, 7)
    for n in range(series):
        if count[n] == 0:
            reasons[n] = "no value is known"
        elif since[n] > max(quiet, horizon):
            reasons[n] = f"no value is known for the last {since[n]} steps; what it would be now cannot be told"
        elif count[n] < LEAST_VALUES:
            reasons[n] = f"only {count[n]} values are known; {LEAST_VALUES} are needed"
        else:
            seen = values[n, known[n]]
            if seen.min() == seen.max():
                fixed[n], reasons[n] = seen[0], f"it was {seen[0]:g} throughout and is taken to stay so"
            elif count[n] >= 2 * quiet and not seen[-quiet:].any():
                fixed[n], reasons[n] = 0.0, f"it was 0 in its last {quiet} values and is taken to stay so"
    return reasons, fixed


def _periods(period: int, length: int) -> tuple[int, ...]:
    if period > 1 and length < 2 * period + 2:
        return (1,)
    return (24, 168) if period == 24 and length >= 3 * 168 else (period,)


def _origins(length: int, horizon: int, period: int, values: NDArray[np.float64]) -> tuple[int, ...]:
    """After how many values to look ahead: back from the end every quarter of the horizon, or further apart."""
    first = max(min(8 * period, length // 2), LEAST_VALUES // 2, int(np.isfinite(values).argmax(axis=1).min()) + 2)
    apart = max(1, horizon // 4, (length - first) // (2 * MOST_ORIGINS))
    return tuple(sorted(range(length - 1, first - 1, -apart)[:MOST_ORIGINS]))


def _marks(regressors: NDArray[np.float64] | None, shape: tuple[int, int], horizon: int) -> NDArray[np.float64] | None:
    if regressors is None or regressors.shape[-2] == 0:
        return None
    series, length = shape
    marks = np.broadcast_to(regressors, (series, *regressors.shape[-2:])).astype(float)
    if marks.shape[2] != length + horizon or not np.isfinite(marks).all():
        raise ValueError(f"regressors span {marks.shape[2]} steps; {length} + {horizon} known ones are needed")
    return marks
