"""Sixty incidents of known cause placed in a year by seed: which kind, whom it hits, when, how hard. None is left out
because it would be hard to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from emulators.market.campaigns import CampaignSpec
from emulators.market.incidents import Incident, IncidentKind
from emulators.market.large import BudgetEdit, LargeMarket
from emulators.market.world import LEARNING_DAYS

APART = timedelta(days=12)  # between two incidents of one campaign, so that each has its own days to be found in
COUNTS: dict[str, int] = {
    "tracking_break": 9, "cpc_spike": 8, "conversion_rate_drop": 8, "disapproval": 7, "demand_shock": 5, "pause": 4,
    "budget_cut": 4, "budget_raise": 4, "tracking_outage": 3, "feed_break": 3, "late_import": 3, "promotion": 2,
}  # fmt: skip
_LEFT: dict[str, tuple[float, float]] = {  # what is left of what is hit; see Incident.factor
    "tracking_break": (0.0, 0.4), "tracking_outage": (0.0, 0.3), "cpc_spike": (0.35, 0.6),
    "conversion_rate_drop": (0.25, 0.55), "demand_shock": (0.35, 0.6), "promotion": (0.5, 0.7),
    "feed_break": (0.05, 0.3), "budget_cut": (0.3, 0.6), "budget_raise": (1.7, 2.5),
}  # fmt: skip
_WIDE = ("tracking_outage", "feed_break", "late_import", "promotion")


@dataclass(frozen=True, slots=True)
class Placed:
    """One incident of known cause: its days, and the campaigns it truly hits."""

    kind: str  # of COUNTS
    start: date
    end: date
    campaigns: frozenset[str]
    platforms: frozenset[str]
    factor: float

    @property
    def wide(self) -> bool:
        return self.kind in _WIDE

    def explains(self, day: date) -> bool:
        """Whether it still moves ``day``; a budget changed at its start and at its end makes bidding relearn."""
        echo = timedelta(days=LEARNING_DAYS if self.kind.startswith("budget") else 0)
        return self.start <= day <= self.end + echo


def place(market: LargeMarket, first: date, days: int, seed: int, counts: dict[str, int] = COUNTS) -> list[Placed]:
    """Incidents for the ``days`` from ``first`` on, the hardest to place first, in the order of their start.

    Raises:
        RuntimeError: so many do not fit into so few days.
    """
    rng = np.random.default_rng([seed, 31])
    order = sorted(counts, key=lambda kind: kind not in _WIDE)
    placed: list[Placed] = []
    for kind in order:
        for _ in range(counts[kind]):
            placed.append(_one(market, kind, first, days, placed, rng))
    return sorted(placed, key=lambda p: (p.start, p.kind))


def put_into(market: LargeMarket, placed: Sequence[Placed]) -> None:
    """Let the incidents happen when their days come."""
    for one in placed:
        if one.kind.startswith("budget"):
            (spec,) = [c for c in market.campaigns if c.name in one.campaigns]
            market.meddle(BudgetEdit(one.start, spec.budget_id, one.factor))
            market.meddle(BudgetEdit(one.end + timedelta(days=1), spec.budget_id, 1 / one.factor))
        else:
            market.inject(_as_incident(one))


def _as_incident(one: Placed) -> Incident:
    kind: IncidentKind = one.kind  # type: ignore[assignment]  # those of budgets are not the market's
    campaign = None if one.wide else next(iter(one.campaigns))
    platform = next(iter(one.platforms)) if one.kind in ("tracking_outage", "late_import") else None
    category = "shoes" if one.kind == "feed_break" else None
    return Incident(kind, one.start, one.end, campaign, one.factor, platform, category)


def _one(
    market: LargeMarket, kind: str, first: date, days: int, placed: list[Placed], rng: np.random.Generator
) -> Placed:
    for _ in range(4000):
        length = int(rng.integers(2, 5) if kind == "late_import" else rng.integers(3, 13))
        start = first + timedelta(days=int(rng.integers(2, max(days - length - 2, 3))))
        end = start + timedelta(days=length - 1)
        hit = _hit(market, kind, rng)
        low, high = _LEFT.get(kind, (0.0, 0.0))
        new = Placed(
            kind, start, end, frozenset(c.name for c in hit), frozenset(c.platform for c in hit),
            round(float(rng.uniform(low, high)), 2),
        )  # fmt: skip
        if all(_apart(new, old) for old in placed):
            return new
    raise RuntimeError(f"no room for another {kind} in {days} days")


def _hit(market: LargeMarket, kind: str, rng: np.random.Generator) -> list[CampaignSpec]:
    every = list(market.campaigns)
    if kind == "promotion":
        return every
    if kind == "feed_break":
        return [c for c in every if c.category == "shoes"]
    if kind in ("tracking_outage", "late_import"):
        platform = "meta" if kind == "late_import" or rng.random() < 0.5 else "google_ads"  # a file is what comes late
        return [c for c in every if c.platform == platform]
    return [list(_may_be_hit(every, kind))[int(rng.integers(len(list(_may_be_hit(every, kind)))))]]


def _may_be_hit(every: list[CampaignSpec], kind: str) -> Iterator[CampaignSpec]:
    """A raise moves only what its budget limits, and only the synced platform tells who changed a budget."""
    for c in every:
        limited = c.bid_strategy in ("MAXIMIZE_CONVERSIONS", "TARGET_CPA")
        if not kind.startswith("budget") or (c.platform == "google_ads" and (limited or kind == "budget_cut")):
            yield c


def _apart(one: Placed, other: Placed) -> bool:
    if not one.campaigns & other.campaigns:
        return True
    return one.start > other.end + APART or other.start > one.end + APART
