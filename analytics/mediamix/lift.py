"""What an experiment found, as one more observation of a fit: its size, and how far it may be trusted.

A result of low 80, mid 100 and high 130 at 90 % is a pseudo-observation whose spread comes from that interval. In every
bootstrap draw its value is drawn from its own (two-piece normal) distribution, so its doubt stays in the interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries
from analytics.mediamix.adstock import lagged
from analytics.mediamix.series import Series

Floats = NDArray[np.float64]
LARGEST_SHARE = 1.05  # of the channels' spend in the window that a test's spend may be


@dataclass(frozen=True, slots=True)
class Lift:
    """Outcome that ``spend`` in the days ``first_day`` to ``last_day`` (ordinals, inclusive) brought beyond what would
    have come anyway. ``low`` and ``high`` bound it with probability ``level``. ``channels`` took part together."""

    name: str
    channels: tuple[str, ...]
    first_day: int
    last_day: int
    spend: float
    incremental: float
    low: float
    high: float
    level: float = 0.9

    def __post_init__(self) -> None:
        if not self.low < self.high or not self.low <= self.incremental <= self.high:
            raise BadSeries(
                f"{self.name}: {self.incremental:g} must lie in its interval {self.low:g} to {self.high:g}, which must "
                "have a width"
            )
        if not 0 < self.level < 1 or not self.spend > 0 or self.last_day < self.first_day or not self.channels:
            raise BadSeries(
                f"{self.name}: level {self.level:g}, spend {self.spend:g}, {self.last_day - self.first_day + 1} days, "
                f"{len(self.channels)} channels; give a level inside 0 to 1, a spend above 0, a day and a channel"
            )

    def spreads(self) -> tuple[float, float]:
        """Standard deviations below and above, from the interval."""
        reach = NormalDist().inv_cdf(0.5 + self.level / 2)
        least = 1e-3 * (self.high - self.low)
        below, above = max(self.incremental - self.low, least), max(self.high - self.incremental, least)
        return below / reach, above / reach

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Values it may truly have had, ``(draws,)``: each side of its own spread, continuous in between."""
        below, above = self.spreads()
        side = rng.random(draws) < below / (below + above)
        size = np.abs(rng.standard_normal(draws))
        return self.incremental + np.where(side, -below, above) * size


@dataclass(frozen=True, slots=True)
class LiftRows:
    """A result as a row of a fit: the channels' lags in its window, with its spend and without. In units of the fit."""

    lift: Lift
    lags: Mapping[int, tuple[Floats, Floats]]
    unit: float

    @property
    def spread(self) -> float:
        return float(np.sqrt(np.mean(np.square(self.lift.spreads())))) / self.unit

    @property
    def incremental(self) -> float:
        return self.lift.incremental / self.unit

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        return self.lift.draw(draws, rng) / self.unit


def rows_of(lift: Lift, series: Series, largest: Floats, unit: float) -> LiftRows:
    """``lift`` against ``series``; ``largest`` scales each channel's spend and ``unit`` the outcome.

    Raises:
        BadSeries: a channel that is not in the fit, a window outside the figures, or more spend than was spent.
    """
    unknown = [c for c in lift.channels if c not in series.channels]
    if unknown:
        raise BadSeries(f"{lift.name}: {unknown[0]} is none of the channels {', '.join(series.channels)}")
    picked = _periods(lift, series)
    first = series.carryover - 1
    if not picked.any() or np.flatnonzero(picked)[0] < first:
        raise BadSeries(
            f"{lift.name}: its window must cover a whole period of the figures, from their period {first + 1} on"
        )
    at = [series.channels.index(c) for c in lift.channels]
    spent = float(series.spend[picked][:, at].sum())
    if spent <= 0 or lift.spend > LARGEST_SHARE * spent:
        raise BadSeries(
            f"{lift.name}: its spend is {lift.spend:,.2f}, and the figures have {spent:,.2f} for "
            f"{', '.join(lift.channels)} in its window"
        )
    kept = 1 - min(lift.spend / spent, 1.0)
    lags: dict[int, tuple[Floats, Floats]] = {}
    for channel in at:
        own = series.spend[:, channel] / largest[channel]
        without = np.where(picked, own * kept, own)
        inside = picked[first:]
        lags[channel] = (lagged(own, series.carryover)[inside], lagged(without, series.carryover)[inside])
    return LiftRows(lift, lags, unit)


def _periods(lift: Lift, series: Series) -> NDArray[np.bool_]:
    """The periods of which more than half lies in the test's days."""
    if series.grain == "period":
        raise BadSeries(f"{lift.name}: the figures have no dates, so a test's days cannot be found in them")
    start = series.day
    end = np.append(start[1:], start[-1] + (start[-1] - start[-2])) - 1
    inside = np.minimum(end, lift.last_day) - np.maximum(start, lift.first_day) + 1
    return np.asarray(inside * 2 > end - start + 1)
