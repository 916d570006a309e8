"""Flags against injected events: what was found, how late, and how many alerts were about nothing.

Flagged days of a campaign at most ``MERGED`` days apart are one alert. An event is found by a flag from its first day
to its last; an alert is false where it touches no event, each taken with ``AFTER`` days after its end (a detector may
say that something came back). Days of ``BURN_IN`` count for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks._watch_injected import BURN_IN, KINDS, Bools, Event, Floats, Injected

MERGED, AFTER = 3, 7  # days


@dataclass(frozen=True, slots=True)
class Outcome:
    """Sums over campaigns, and over seeds when added."""

    events: int
    found: int
    alerts: int
    false: int
    delay_days: int
    campaign_weeks: float
    by_kind: tuple[tuple[int, int], ...]  # (found, events) by ``KINDS``

    def __add__(self, other: Outcome) -> Outcome:
        kinds = tuple((a + c, b + d) for (a, b), (c, d) in zip(self.by_kind, other.by_kind, strict=True))
        return Outcome(
            self.events + other.events, self.found + other.found, self.alerts + other.alerts, self.false + other.false,
            self.delay_days + other.delay_days, self.campaign_weeks + other.campaign_weeks, kinds,
        )  # fmt: skip

    @property
    def recall(self) -> float:
        return self.found / self.events

    @property
    def precision(self) -> float:
        return 1 - self.false / self.alerts if self.alerts else 0.0

    @property
    def f1(self) -> float:
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0

    @property
    def false_a_week(self) -> float:
        """False alerts a week in 100 campaigns."""
        return 100 * self.false / self.campaign_weeks

    @property
    def delay(self) -> float:
        return self.delay_days / self.found if self.found else float("nan")


def outcome(flag: Bools, market: Injected) -> Outcome:
    """What ``flag`` (S, T) is worth on ``market``."""
    of_series: dict[int, list[Event]] = {}
    for event in market.events:
        of_series.setdefault(event.series, []).append(event)
    alerts = false = 0
    for series in range(len(flag)):
        for first, last in _alerts(flag[series]):
            alerts += 1
            false += not any(first <= e.last + AFTER and last >= e.first for e in of_series.get(series, []))
    late = [(e, np.flatnonzero(flag[e.series, e.first : e.last + 1])) for e in market.events]
    found = [(e, int(days[0])) for e, days in late if len(days)]
    kinds = tuple((sum(e.kind == k for e, _ in found), sum(e.kind == k for e in market.events)) for k in KINDS)
    weeks = len(flag) * (flag.shape[1] - BURN_IN) / 7
    return Outcome(len(market.events), len(found), alerts, false, sum(d for _, d in found), weeks, kinds)


def best_threshold(scores: list[Floats], markets: list[Injected], steps: int = 60) -> float:
    """The threshold of the highest F1 over ``markets``, among quantiles of the scores from 90 % to 99.95 %."""
    pooled = np.concatenate([s[:, BURN_IN:].ravel() for s in scores])
    grid = np.unique(np.quantile(pooled[np.isfinite(pooled)], 1 - np.geomspace(0.1, 0.0005, steps)))
    return max((float(x) for x in grid), key=lambda x: total([s >= x for s in scores], markets).f1)


def total(flags: list[Bools], markets: list[Injected]) -> Outcome:
    """The outcome over several markets."""
    each = [outcome(f, m) for f, m in zip(flags, markets, strict=True)]
    whole = each[0]
    for one in each[1:]:
        whole += one
    return whole


def _alerts(flag: Bools) -> list[tuple[int, int]]:
    days = np.flatnonzero(flag[BURN_IN:]) + BURN_IN
    if not len(days):
        return []
    cuts = np.flatnonzero(np.diff(days) > MERGED)
    firsts, lasts = np.r_[days[0], days[cuts + 1]], np.r_[days[cuts], days[-1]]
    return [(int(a), int(b)) for a, b in zip(firsts, lasts, strict=True)]
