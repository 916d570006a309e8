"""An account's days as arrays: base figures of every campaign and of the whole account, and the metrics from them.

The last row is the whole account. NaN is "not known". A campaign without a row on a day on which its account has some
delivered nothing there, from its first row on; but where the account's data state days of nothing as well, a campaign
that delivered and then has no row is missing from them, and what it did is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.metrics import METRICS
from store.series import BaseDay
from tools.maturity import Maturity

Floats = NDArray[np.float64]
BASES = ("spend", "impressions", "clicks", "conversions", "revenue")
WATCHED = ("spend", "clicks", "conversions", "revenue", "cpc", "ctr", "cvr", "cpa", "roas")
LATE = frozenset({"conversions", "revenue"})  # figures that keep arriving
TRAIL = 28  # days behind a usual volume
FLOOR = 0.25  # of a day's conversions are in by the next morning, in accounts slower than most
ABSENT = 14  # days without a row after which a campaign is taken to have ended
NONE = 6.0  # conversions due though so late: none of so many is chance once in 400 times
MICROS = 1e6
GATES: Mapping[str, tuple[str, float]] = {
    "cpc": ("clicks", 30.0), "ctr": ("clicks", 30.0), "cvr": ("conversions", 5.0), "cpa": ("conversions", 5.0),
    "roas": ("conversions", 5.0),
}  # fmt: skip
"""What a ratio rests on, and how much of it a usual day must have: with fewer, chance moves it by half."""


@dataclass(frozen=True, slots=True)
class AccountSeries:
    """``base``: (S, T) by base metric, late figures matured or NaN. ``through``: last judged day by metric.

    ``campaigns``: store ids in the order of the rows, of which the last row (None) is the whole account.
    """

    campaigns: tuple[int | None, ...]
    days: tuple[date, ...]
    base: Mapping[str, Floats]
    through: Mapping[str, date]
    in_by_now: Floats  # (T,): the share of a day's conversions that young days were judged from; 1 for all others
    missing: Mapping[int, date] = field(default_factory=dict)  # campaigns without rows on the last day: since when

    def metric(self, slug: str) -> Floats:
        """(S, T), sum over sum. A ratio whose denominator is 0 or unknown is NaN."""
        metric = METRICS[slug]
        top = self.base[metric.numerator]
        if metric.denominator is None:
            return top
        bottom = self.base[metric.denominator]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(bottom > 0, metric.scale * top / bottom, np.nan)

    def volume(self, slug: str) -> Floats | None:
        """(S, T): what a value rests on, by which the detector knows how much chance is in it.

        Of a young day only the conversions that are in by now have been counted, and a day's revenue is the sum of as
        few orders.
        """
        clicks, impressions = self.base["clicks"], self.base["impressions"]
        counted = trailing_mean(self.base["conversions"]) * self.in_by_now
        match slug:
            case "clicks":
                return impressions
            case "conversions":
                return np.where((clicks > 0) & (self.in_by_now < 1), counted, clicks)
            case "revenue":
                return np.where(clicks > 0, counted, clicks)
            case "cpc" | "ctr":
                return trailing_mean(clicks)
            case "cvr" | "cpa" | "roas":
                return counted
            case _:
                return None


def build(rows: Sequence[BaseDay], first: date, last: date, maturity: Mapping[str, Maturity]) -> AccountSeries | None:
    """Arrays of the days ``first`` to ``last``, the last complete one; None without a row.

    Conversions and revenue of young days are divided by the share that is in by now, or unknown.
    """
    rows = [r for r in rows if first <= r.day <= last]
    if not rows:
        return None
    campaigns = sorted({r.campaign_id for r in rows})
    start = min(r.day for r in rows)
    days = tuple(start + timedelta(days=n) for n in range((last - start).days + 1))
    base, absent = _filled(rows, campaigns, start, len(days))
    through = dict.fromkeys(("spend", "impressions", "clicks"), max(r.day for r in rows))
    stated = {name: base[name] for name in LATE}
    for name in sorted(LATE):
        shares = [maturity[name].share((last - day).days) for day in days]
        base[name] = base[name] / np.array([np.nan if s is None else s for s in shares])
        through[name] = _last_known(base[name], days, through["spend"])
    none = _none_at_all(stated["conversions"], base["conversions"], base["clicks"])
    for name in LATE:
        base[name] = np.where(none & (stated[name] == 0), 0.0, base[name])
    by_metric = {m: min(through[b] for b in _bases(m)) for m in WATCHED}
    young = [maturity["conversions"].share((last - day).days) for day in days]
    in_by_now = np.array([1.0 if s is None else s for s in young])
    gone = {c: days[t] for c, run in zip(campaigns, absent, strict=True) if (t := _since(run, through["spend"], days))}
    return AccountSeries((*campaigns, None), days, base, by_metric, in_by_now, gone)


def _since(absent: NDArray[np.bool_], last: date, days: Sequence[date]) -> int | None:
    """The first step of the run of absent days that holds the last day with data; None where that is none."""
    t = days.index(last)
    if not absent[t]:
        return None
    there = np.flatnonzero(~absent[: t + 1])
    return int(there[-1]) + 1 if len(there) else None


def _none_at_all(stated: Floats, judged: Floats, clicks: Floats) -> NDArray[np.bool_]:
    """(S, T): days too young to be judged that have no conversion, where lateness cannot be why.

    That many clicks usually bring at least ``NONE`` conversions by then, though only ``FLOOR`` of them were in, and no
    row of days without any had nearly as many clicks before.
    """
    silent = np.zeros(stated.shape, dtype=bool)
    young = np.isnan(judged) & (stated == 0) & (clicks > 0)
    for i in np.flatnonzero(young.any(axis=1)):
        known = np.flatnonzero(~np.isnan(judged[i]) & (clicks[i] > 0))
        past = known[-TRAIL:]
        if len(past) < TRAIL // 2 or judged[i, past].sum() <= 0:
            continue
        due = clicks[i] * judged[i, past].sum() / clicks[i, past].sum()
        before = max((due[run].sum() for run in _stretches(judged[i] == 0)), default=0.0)
        for run in _stretches(young[i]):
            if FLOOR * due[run].sum() >= max(NONE, before):
                silent[i, run] = True
    return silent


def _stretches(marked: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    at = np.flatnonzero(marked)
    return np.split(at, np.flatnonzero(np.diff(at) > 1) + 1) if len(at) else []


def _bases(slug: str) -> list[str]:
    metric = METRICS[slug]
    return [b for b in (metric.numerator, metric.denominator) if b is not None]


def _filled(
    rows: Sequence[BaseDay], campaigns: list[int], start: date, length: int
) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    """The base figures by campaign and of the account; and (campaigns, T) the days on which a campaign is missing."""
    at = {campaign: i for i, campaign in enumerate(campaigns)}
    base = {name: np.full((len(campaigns) + 1, length), np.nan) for name in BASES}
    first = np.full(len(campaigns), length)
    seen = np.zeros((len(campaigns), length), dtype=bool)
    for r in rows:
        i, t = at[r.campaign_id], (r.day - start).days
        first[i] = min(first[i], t)
        seen[i, t] = True
        said = (None if r.spend_micros is None else r.spend_micros / MICROS, r.impressions, r.clicks, r.conversions,
                r.revenue)  # fmt: skip
        for name, value in zip(BASES, said, strict=True):
            base[name][i, t] = np.nan if value is None else value
    without = ~seen & seen.any(axis=0) & (np.arange(length) >= first[:, None])
    absent = _absent(base, seen, without)
    idle = without & ~absent
    stated = {name: (~np.isnan(base[name][:-1])).any() for name in BASES}
    for name in BASES:
        if stated[name]:
            base[name][:-1][idle] = 0.0
        have = seen & ~np.isnan(base[name][:-1])
        whole = seen.any(axis=0) & (have.sum(axis=0) == seen.sum(axis=0)) & ~absent.any(axis=0)
        base[name][-1] = np.where(whole, np.nansum(base[name][:-1], axis=0), np.nan)  # a sum of some is no sum of all
    return base, absent


def _absent(base: Mapping[str, Floats], seen: NDArray[np.bool_], without: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(campaigns, T): days without a row of a campaign that delivered on its last day with one, in data that state days
    of nothing as well; for ``ABSENT`` days, then it has ended."""
    delivered = np.zeros(seen.shape, dtype=bool)
    for name in ("spend", "impressions", "clicks"):
        delivered |= np.nan_to_num(base[name][:-1]) > 0
    if not (seen & ~delivered).any():
        return np.zeros(seen.shape, dtype=bool)
    steps = np.arange(seen.shape[1])
    last = np.maximum.accumulate(np.where(seen, steps, -1), axis=1)
    ran = np.take_along_axis(delivered, np.maximum(last, 0), axis=1) & (last >= 0)
    return np.asarray(without & ran & (steps - last <= ABSENT))


def _last_known(values: Floats, days: Sequence[date], otherwise: date) -> date:
    known = np.flatnonzero(~np.isnan(values).all(axis=0))
    return days[int(known[-1])] if len(known) else min(otherwise, days[0])


def trailing_mean(values: Floats, days: int = TRAIL) -> Floats:
    """(S, T): the mean of the known values among the ``days`` before each day; NaN where there is none."""
    known = ~np.isnan(values)
    sums = np.cumsum(np.where(known, values, 0.0), axis=1)
    counts = np.cumsum(known, axis=1)

    def before(total: NDArray[np.generic]) -> Floats:
        shifted = np.zeros(total.shape)
        shifted[:, 1:] = total[:, :-1]
        older = np.zeros(total.shape)
        older[:, days + 1 :] = total[:, : -(days + 1)]
        return shifted - older

    n = before(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, before(sums) / n, np.nan)
