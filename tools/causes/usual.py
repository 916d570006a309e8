"""The unusual days against what is usual: the same weekdays of the four weeks before, campaign by campaign."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from domain.metrics import METRICS
from tools.watch.series import AccountSeries

WEEKS_BEFORE, WEEK = 4, 7
FACTORS: dict[str, tuple[str, str | None]] = {
    "impressions": ("impressions", None), "ctr": ("clicks", "impressions"), "cpc": ("spend", "clicks"),
    "cvr": ("conversions", "clicks"), "aov": ("revenue", "conversions"),
}  # fmt: skip
"""What every other figure is a product of."""
POWERS: dict[str, dict[str, int]] = {
    "impressions": {"impressions": 1}, "clicks": {"impressions": 1, "ctr": 1},
    "spend": {"impressions": 1, "ctr": 1, "cpc": 1}, "conversions": {"impressions": 1, "ctr": 1, "cvr": 1},
    "revenue": {"impressions": 1, "ctr": 1, "cvr": 1, "aov": 1}, "ctr": {"ctr": 1}, "cpc": {"cpc": 1},
    "cpm": {"ctr": 1, "cpc": 1}, "cvr": {"cvr": 1}, "cpa": {"cpc": 1, "cvr": -1},
    "roas": {"cvr": 1, "aov": 1, "cpc": -1}, "aov": {"aov": 1},
}  # fmt: skip
"""Each metric as a product of powers of the factors, so that log changes add up exactly."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Move:
    """A metric over the unusual days and over as many usual ones, both per day for a sum.

    ``log`` is log(now / before), where nothing at all counts as half an event; ``noise`` the standard error that the
    counts behind it alone would give ``log``.
    """

    metric: str
    now: float
    before: float
    log: float
    noise: float

    @property
    def ratio(self) -> float:
        return float(np.exp(self.log))

    def clear(self, least: float) -> bool:
        """Whether it is at least ``least`` (of log) and more than chance."""
        return abs(self.log) >= least and abs(self.log) >= 2 * self.noise


@dataclass(frozen=True)
class Sides:
    """``rows`` of the series over ``window`` against the usual level. Days of ``known`` are no usual days."""

    series: AccountSeries
    rows: tuple[int, ...]
    window: tuple[date, ...]
    known: frozenset[date]

    def of(self, rows: Sequence[int]) -> Sides:
        """The same days for other campaigns."""
        return Sides(self.series, tuple(rows), self.window, self.known)

    def on(self, days: Sequence[date]) -> Sides:
        """The same campaigns on other days, against the level before the first unusual day all the same."""
        return _On(self.series, self.rows, tuple(days), self.known, self.window[0])

    @property
    def onset(self) -> date:
        return self.window[0]

    @cached_property
    def _earlier(self) -> tuple[NDArray[np.int64], ...]:
        """For each day of the window the columns of its usual days."""
        return tuple(np.array(self._usual(day), dtype=np.int64) for day in self.window)

    def _usual(self, day: date) -> list[int]:
        first = self.series.days[0]
        found: list[int] = []
        marked: list[int] = []
        back = day
        while len(found) < WEEKS_BEFORE:
            back -= timedelta(days=WEEK)
            if back < max(first, self.onset - timedelta(days=WEEK * (WEEKS_BEFORE + 2))):
                break
            if back < self.onset:
                (marked if back in self.known else found).append((back - first).days)
        return found or marked  # where every week was out of the ordinary, that is what there is

    def cells(self, base: str) -> tuple[Floats, Floats]:
        """(rows, days) each: now, and the median of the usual days; NaN where not known."""
        values = self.series.base[base][list(self.rows)]
        at = [(day - self.series.days[0]).days for day in self.window]
        now = np.array([[row[t] if 0 <= t < len(row) else np.nan for t in at] for row in values])
        before = np.full(now.shape, np.nan)
        for n, columns in enumerate(self._earlier):
            if len(columns):
                usual = values[:, columns]
                some = ~np.isnan(usual).all(axis=1)
                before[some, n] = np.nanmedian(usual[some], axis=1)
        return now, before

    def move(self, metric: str) -> Move | None:
        """How a metric moved, from sums over the same campaign days; None where it cannot be told."""
        m = METRICS[metric]
        bases = [m.numerator] if m.denominator is None else [m.numerator, m.denominator]
        both = {b: self.cells(b) for b in bases}
        usable = np.logical_and.reduce([~np.isnan(side) for b in bases for side in both[b]])
        if not usable.any():
            return None
        now = {b: float(both[b][0][usable].sum()) for b in bases}
        before = {b: float(both[b][1][usable].sum()) for b in bases}
        days = int(usable.any(axis=0).sum())
        if m.denominator is None:
            if before[m.numerator] <= 0:
                return None
            change = _log(now[m.numerator], before[m.numerator])
            return Move(metric, now[m.numerator] / days, before[m.numerator] / days, change, self._noise(m.numerator))
        if min(before[m.numerator], before[m.denominator], now[m.denominator]) <= 0:
            return None
        change = _log(now[m.numerator], before[m.numerator]) - log(now[m.denominator] / before[m.denominator])
        level, usual = (m.scale * s[m.numerator] / s[m.denominator] for s in (now, before))
        noise = float(np.hypot(self._noise(m.numerator), self._noise(m.denominator)))
        return Move(metric, level, usual, change, noise)

    def total(self, base: str) -> tuple[float, float] | None:
        """Sums of the window, now and usual, over the campaign days known on both sides."""
        now, before = self.cells(base)
        usable = ~np.isnan(now) & ~np.isnan(before)
        return (float(now[usable].sum()), float(before[usable].sum())) if usable.any() else None

    def _noise(self, base: str) -> float:
        """Of log(now / before), by the counts alone; money and impressions have next to none."""
        counted = {"revenue": "conversions", "spend": "clicks"}.get(base, base)
        found = self.total(counted)
        if found is None or min(found) < 0:
            return 0.0
        return float((1 / max(found[0], 0.5) + 1 / (WEEKS_BEFORE * max(found[1], 0.5))) ** 0.5)


@dataclass(frozen=True)
class _On(Sides):
    began: date

    @property
    def onset(self) -> date:
        return self.began


def sides(
    series: AccountSeries, campaign_ids: Collection[int], first: date, last: date, known: Collection[date]
) -> Sides:
    """The unusual days ``first`` to ``last`` of the campaigns, or of the account as a whole where none is named."""
    rows = [n for n, c in enumerate(series.campaigns) if c is not None and c in campaign_ids]
    window = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    return Sides(series, tuple(rows) or (len(series.campaigns) - 1,), window, frozenset(known))


def _log(now: float, before: float) -> float:
    """log(now / before), where nothing counts as half an event or half a unit."""
    return log(max(now, min(0.5, before / 2)) / before)
