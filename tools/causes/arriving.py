"""Whether those who click arrive: sessions that analytics counts of the ads, against the clicks on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.arrivals import LEAST_SPREAD, TO_SIGMA, Arrivals, Floats, arrivals
from analytics.errors import CannotEstimate, NotEnoughData
from domain.utm_sources import platform_of
from store import performance, series
from store.performance import AccountDays, CampaignName
from tools.causes.case import Case
from tools.causes.usual import WEEK, WEEKS_BEFORE
from tools.labels import join_words, platform_label, quoted

COMPLETE_AFTER = 2  # days: GA4 takes one to two to process a day; https://support.google.com/analytics/answer/11198161
AS_USUAL = 0.75  # of the sessions due
MOST_OF_IT = 0.6  # of the clicks: of less, a source that looks as usual does not say that they arrived
UNUSUAL = 3.0  # times the usual scatter of a day


@dataclass(frozen=True, slots=True)
class Counted:
    """Clicks and sessions of the same ads over the asked days. ``rest`` are (now, usual) sessions of everything else
    that analytics counts, None where that is not known; ``scatter`` how far (log) its days usually lie from that."""

    account: AccountDays
    whose: str
    clicks: tuple[float, float]
    sessions: Arrivals
    rest: tuple[float, float] | None
    scatter: float

    @property
    def elsewhere(self) -> bool:
        """Whether about as many as are missing turned up under another source."""
        missing = self.sessions.expected - self.sessions.came
        if self.rest is None or self.rest[1] <= 0 or self.rest[0] - self.rest[1] < missing / 2:
            return False
        return float(np.log(self.rest[0] / self.rest[1])) >= UNUSUAL * self.scatter

    @property
    def everything(self) -> bool:
        """Whether the rest of the site's sessions is gone as well."""
        return self.rest is not None and self.rest[1] > 0 and self.rest[0] <= self.rest[1] / 2


def counted(case: Case) -> list[Counted]:
    """What each analytics account in scope can say of it, once a search; what cannot be told is said."""
    if case.arrived is None:
        case.arrived = _all_counted(case)
    return case.arrived


def _all_counted(case: Case) -> list[Counted]:
    found = []
    for account in performance.accounts(case.session, case.scope, ("analytics",)):
        try:
            found.append(_counted(case, account))
        except CannotEstimate as no:
            case.look(f"sessions in {quoted(account.name)}", str(no))
    return found


def _counted(case: Case, account: AccountDays) -> Counted:
    days = case.stated.days
    complete = np.array([(case.today - day).days >= COMPLETE_AFTER for day in days])
    asked = np.array([day in case.window for day in days])
    if not (asked & complete).any():
        raise NotEnoughData("these days are too young: analytics takes up to two days to count one")
    names = performance.campaigns(case.session, case.scope, (account.id,))
    mine, clicks, whose = _of_the_ads(case, names)
    ours, rest = _sessions(case, account, mine)
    known = np.array([day not in case.known for day in days])
    sessions = arrivals(clicks, ours, asked & complete, known)
    at = np.flatnonzero(asked & complete & ~np.isnan(clicks))
    if not sessions.lost and _part(case, clicks, at) < MOST_OF_IT:
        raise NotEnoughData(
            f"it tells of {whose} as a whole, where too few of the clicks are of what is asked about to be missed"
        )
    return Counted(account, whose, (float(clicks[at].sum()), _usual(clicks, at)), sessions,
                   None if np.isnan(rest[at]).any() else (float(rest[at].sum()), _usual(rest, at)),
                   _scatter(rest, int(at[0])))  # fmt: skip


def _part(case: Case, clicks: Floats, at: Any) -> float:
    """Of the clicks that the sessions are held against, how much is of what is asked about."""
    rows = [n for n, c in enumerate(case.stated.campaigns) if c is not None and c in case.campaign_ids]
    if not case.campaign_ids or not clicks[at].sum():
        return 1.0
    return float(np.nansum(case.stated.base["clicks"][rows][:, at]) / clicks[at].sum())


def _of_the_ads(case: Case, names: Iterable[CampaignName]) -> tuple[set[int], Floats, str]:
    """What analytics calls the ads that are asked about, the clicks on them by day, and whose they are in words: the
    campaigns by their names, else all of the platform by its sources.

    Raises:
        NotEnoughData: analytics names neither.
    """
    rows = {c: n for n, c in enumerate(case.stated.campaigns) if c is not None}
    asked = [c for c in rows if not case.campaign_ids or c in case.campaign_ids]
    by_name = {c.name: c.id for c in names}
    both = [c for c in asked if c in case.names and case.names[c].name in by_name]
    if both:
        clicks = case.stated.base["clicks"][[rows[c] for c in both]]
        return {by_name[case.names[c].name] for c in both}, _sum(clicks), case.named(both)
    sources = {name: i for name, i in by_name.items() if platform_of(name) == case.account.platform}
    if not sources:
        raise NotEnoughData("it names neither these campaigns nor a source of this platform")
    said = join_words([quoted(name) for name in sorted(sources)])
    return set(sources.values()), _of_platform(case), f"{said} ({platform_label(case.account.platform)})"


def _of_platform(case: Case) -> Floats:
    """Clicks by day of every account of the platform in scope: a source does not tell them apart."""
    total: Floats = case.stated.base["clicks"][-1].copy()
    for other in performance.accounts(case.session, case.scope):
        if other.id != case.account.id and other.platform == case.account.platform:
            total = total + _by_day(case, other.id, "clicks")
    return total


def _by_day(case: Case, account_id: int, base: str) -> Floats:
    """(T,) sums of an account's days; NaN on days without a row, or of which a row does not say."""
    days = case.stated.days
    total = np.full(len(days), np.nan)
    for row in series.base_days(case.session, case.scope, account_id, days[0], days[-1]):
        at, value = (row.day - days[0]).days, getattr(row, base)
        total[at] = (0.0 if np.isnan(total[at]) else total[at]) + (np.nan if value is None else value)
    return total


def _sessions(case: Case, account: AccountDays, mine: set[int]) -> tuple[Floats, Floats]:
    """(T,) sessions of ``mine`` and of the rest. On a day of which analytics tells, a name without a row had none."""
    days = case.stated.days
    ours, rest = np.full(len(days), np.nan), np.full(len(days), np.nan)
    for row in series.base_days(case.session, case.scope, account.id, days[0], days[-1]):
        at = (row.day - days[0]).days
        if np.isnan(ours[at]) and row.sessions is not None:
            ours[at] = rest[at] = 0.0
    for row in series.base_days(case.session, case.scope, account.id, days[0], days[-1]):
        at, into = (row.day - days[0]).days, ours if row.campaign_id in mine else rest
        into[at] += np.nan if row.sessions is None else row.sessions
    return ours, rest


def _scatter(values: Floats, begin: int) -> float:
    """Of log(day / same weekday a week before) of the four weeks before, robustly, as of one of the two days."""
    back = range(max(WEEK, begin - WEEKS_BEFORE * WEEK), begin)
    pairs = [(values[t], values[t - WEEK]) for t in back if values[t] > 0 and values[t - WEEK] > 0]
    logs = [abs(float(np.log(a / b))) for a, b in pairs]
    return max(float(np.median(logs)) * TO_SIGMA / 2**0.5, LEAST_SPREAD) if logs else LEAST_SPREAD


def _usual(values: Floats, at: Iterable[int]) -> float:
    """Sum over the days of the median of the same weekdays before the first of them."""
    at = list(at)
    total = 0.0
    for t in at:
        back = [t - n * WEEK for n in range(1, WEEKS_BEFORE + 6) if 0 <= t - n * WEEK < at[0]][:WEEKS_BEFORE]
        known = [values[b] for b in back if not np.isnan(values[b])]
        total += float(np.median(known)) if known else 0.0
    return total


def _sum(rows: Floats) -> Floats:
    """(T,): NaN where no campaign is known; one that began later had no clicks before."""
    return np.asarray(np.where(np.isnan(rows).all(axis=0), np.nan, np.nansum(rows, axis=0)))
