"""Exponential smoothing of many series by many settings at once, with what each would have forecast at past origins.

Level, damped trend and one or two seasons, additive on the scale given (multiplicative where that is the logarithm). A
missing value changes no state. The equations are those of ETS(A,Ad,A) in error-correction form (Hyndman, Koehler, Ord
and Snyder 2008, ch. 3.4); a second season as in Taylor (2003); drift is half the slope of a line through the past, as
in Theta (Assimakopoulos and Nikolopoulos 2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMORY = 0.98  # how fast old one-step errors stop counting when settings are weighed
LARGEST = 4.0  # times the usual error: a larger surprise moves the state no further
LIMIT_EVERY = 4  # steps: what counts as a surprise changes slowly
SWING = 0.2  # of a series' own deviation: a surprise within it is never cut, however exact the past was
FIRST_CYCLES = 8  # seasons start from this many of the first cycles known
LEVELS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.6)
SEASONS = (0.01, 0.05, 0.15)
LEVELS_OF_TWO = (0.02, 0.1, 0.35, 0.6)
PAIRS = ((0.02, 0.02), (0.1, 0.05), (0.3, 0.15), (0.1, np.nan), (0.4, np.nan), (0.9, np.nan))
TRENDS = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.5), (0.1, 0.9, 0.0), (0.1, 0.97, 0.0))  # (of the level's gain, damping, drift)
TRENDS_OF_TWO = ((0.0, 0.0, 0.0), (0.1, 0.9, 0.0))


@dataclass(frozen=True, slots=True)
class Settings:
    """G settings: gains of level, trend and seasons, damping, and the share of the past's slope that goes on.

    ``second`` is the gain of the second season, NaN where that season is left out.
    """

    level: NDArray[np.float64]
    trend: NDArray[np.float64]
    damping: NDArray[np.float64]
    drift: NDArray[np.float64]
    season: NDArray[np.float64]
    second: NDArray[np.float64]

    @property
    def count(self) -> int:
        """G."""
        return len(self.level)


@dataclass(frozen=True, slots=True)
class Smoothed:
    """What all settings say, for S series.

    ``ahead`` (H, S, G) after the last value; ``past`` (K, H, S, G) at each origin; ``usual`` (S, G) the recent one-step
    error, ``usual_then`` (K, S, G) the same at each origin; ``one_step`` (S, G, T).
    """

    ahead: NDArray[np.float64]
    past: NDArray[np.float64]
    usual: NDArray[np.float64]
    usual_then: NDArray[np.float64]
    one_step: NDArray[np.float64]


def grid(periods: Sequence[int], gains: tuple[float, float] = (0.0, 1.0)) -> Settings:
    """The settings tried: every level's gain with every season's and every trend; of two seasons, pairs of gains.

    ``gains``: only levels' gains from and to these.
    """
    levels, levels_of_two = ([g for g in of if gains[0] <= g <= gains[1]] for of in (LEVELS, LEVELS_OF_TWO))
    if len(periods) > 1:
        tried = [(lv, tr, *pair) for lv in levels_of_two for pair in PAIRS for tr in TRENDS_OF_TWO]
    else:
        seasons = SEASONS if periods[0] > 1 else (0.0,)
        tried = [(lv, tr, season, np.nan) for lv in levels for season in seasons for tr in TRENDS]
    rows = [
        (level, level * trend[0], trend[1], trend[2], season * (1 - level), second * (1 - level))
        for level, trend, season, second in tried
    ]
    return Settings(*(np.array(column) for column in zip(*rows, strict=True)))


def smooth(
    values: NDArray[np.float64],
    horizon: int,
    periods: Sequence[int],
    origins: Sequence[int],
    settings: Settings,
) -> Smoothed:
    """Run every setting over ``values`` (S, T), NaN missing; ``origins`` say after how many values to look ahead."""
    series, length = values.shape
    state = _State.first(values, periods, settings)
    slopes = dict(zip([*origins, length], _slopes(values, [*origins, length]), strict=True))
    known: NDArray[np.bool_] = np.asarray(np.isfinite(values))
    filled = np.where(known, values, 0.0)
    one_step = np.empty((length, series, settings.count))
    errors = np.zeros((series, settings.count))
    weight = np.zeros((series, 1))
    usual_swing = SWING * _deviation(values)[:, None]
    limit = np.full_like(errors, np.inf)
    whole: NDArray[np.bool_] = np.asarray(known.all(axis=0))
    wanted, past, usual_then = set(origins), [], []
    for t in range(length):
        if t in wanted:
            past.append(state.ahead(t, horizon, slopes[t]))
            usual_then.append(errors / np.maximum(weight, 1e-12))
        expected = state.expected(t)
        one_step[t] = expected
        error = filled[:, t, None] - expected
        gone = slice(0, 0) if whole[t] else ~known[:, t]
        error[gone] = 0.0
        if t >= 2 * periods[0]:
            if t % LIMIT_EVERY == 0 or t == 2 * periods[0]:
                limit = np.maximum(LARGEST * errors / np.maximum(weight, 1e-12), usual_swing)
                limit = np.where(weight > 7, limit, np.inf)
            kept = errors[gone], weight[gone]
            errors *= MEMORY
            errors += np.minimum(np.abs(error), 2 * limit)
            weight = weight * MEMORY + 1
            errors[gone], weight[gone] = kept
            np.clip(error, -limit, limit, out=error)
        state.learn(t, error)
    return Smoothed(
        state.ahead(length, horizon, slopes[length]),
        np.array(past).reshape((len(origins), horizon, series, settings.count)),
        errors / np.maximum(weight, 1e-12),
        np.array(usual_then).reshape((len(origins), series, settings.count)),
        one_step.transpose(1, 2, 0),
    )


class _State:
    """Level, trend (S, G) and each season (period, S, G) of every setting; changed by ``learn``."""

    def __init__(
        self,
        level: NDArray[np.float64],
        seasons: list[NDArray[np.float64]],
        settings: Settings,
    ) -> None:
        self.level, self.trend, self.seasons, self.settings = level, np.zeros_like(level), seasons, settings
        self.gains = (settings.season, np.nan_to_num(settings.second))[: len(seasons)]

    @classmethod
    def first(cls, values: NDArray[np.float64], periods: Sequence[int], settings: Settings) -> _State:
        rest = values
        seasons: list[NDArray[np.float64]] = []
        for period in periods:
            season = first_season(rest, period)
            rest = rest - np.take_along_axis(season, np.arange(values.shape[1])[None] % period, axis=1)
            counts = 1.0 if not seasons else np.isfinite(settings.second)
            seasons.append(season.T[:, :, None] * np.broadcast_to(counts, settings.count))
        early = np.isfinite(rest) & (np.cumsum(np.isfinite(rest), axis=1) <= 2 * periods[0])
        level = np.where(early, rest, 0).sum(axis=1) / np.maximum(early.sum(axis=1), 1)
        return cls(np.repeat(level[:, None], settings.count, axis=1), seasons, settings)

    def expected(self, t: int) -> NDArray[np.float64]:
        found = self.level + self.settings.damping * self.trend
        for season in self.seasons:
            found += season[t % len(season)]
        return found

    def learn(self, t: int, error: NDArray[np.float64]) -> None:
        carried = self.settings.damping * self.trend
        self.level += carried + self.settings.level * error
        self.trend = carried + self.settings.trend * error
        for season, gain in zip(self.seasons, self.gains, strict=True):
            season[t % len(season)] += gain * error

    def ahead(self, t: int, horizon: int, slope: NDArray[np.float64]) -> NDArray[np.float64]:
        steps = np.arange(1, horizon + 1)
        trends = np.cumsum(self.settings.damping ** steps[:, None], axis=0)  # damping + damping^2 + ...
        found = np.asarray((self.settings.drift * slope[:, None]) * steps[:, None, None])
        found += self.level
        for step, damped in zip(found, trends, strict=True):
            step += self.trend * damped
        for season in self.seasons:
            found += season[(t + steps - 1) % len(season)]
        return found


def first_season(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """(S, period): how far each place in the season lies from its cycle's mean, over the first cycles known."""
    series, length = values.shape
    if period < 2 or length < 2 * period:
        return np.zeros((series, max(period, 1)))
    whole = length // period * period
    cycles = values[:, :whole].reshape(series, -1, period)
    full = np.isfinite(cycles).sum(axis=2, keepdims=True)
    mean = np.nansum(cycles, axis=2, keepdims=True) / np.maximum(full, 1)
    apart = np.where(full > period // 2, cycles - mean, np.nan)
    early = np.isfinite(apart) & (np.cumsum(np.isfinite(apart), axis=1) <= FIRST_CYCLES)
    if not early.any():
        return np.zeros((series, period))
    found = median(np.where(early, apart, np.nan), axis=1)
    return np.asarray(found - found.mean(axis=1, keepdims=True))


def median(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The median without the missing values; 0 where all are missing."""
    ordered = np.sort(values, axis=axis)  # NaN last
    count = np.isfinite(values).sum(axis=axis, keepdims=True)
    last = values.shape[axis] - 1
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), axis=axis)
    high = np.take_along_axis(ordered, np.minimum(count // 2, last), axis=axis)
    return np.asarray(np.where(count > 0, (low + high) / 2, 0.0).squeeze(axis))


def _deviation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) standard deviation by the median distance from the median, so that a few wild values do not tell it."""
    return 1.4826 * median(np.abs(values - median(values, axis=1)[:, None]), axis=1)


def _slopes(values: NDArray[np.float64], lengths: Sequence[int]) -> Iterator[NDArray[np.float64]]:
    """(S,) for each length: the slope of the least-squares line through the values known by then."""
    at = np.arange(values.shape[1], dtype=float)
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    sums = [np.cumsum(part, axis=1) for part in (known, known * at, known * at * at, filled, filled * at)]
    for length in lengths:
        n, x, xx, y, xy = (part[:, length - 1].astype(float) for part in sums)
        spread = n * xx - x * x
        yield np.where(spread > 0, (n * xy - x * y) / np.where(spread > 0, spread, 1), 0.0)
