"""Recommendations on emulated markets whose truth is known.

Do they help, and do their ranges hold the truth?
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from domain.errors import CannotAnswer
from domain.money import from_micros
from domain.policy import Limits
from domain.window import Window
from emulators.market.world import Market
from tools.budget import Request, Split, best_split
from tools.levers import HISTORY_DAYS, LAG_DAYS, Day, Lever, Levers

SEEDS = 40


def market_levers(market: Market) -> Levers:
    """What a sync of this market would show of its budgets, without a store in between."""
    last = market.today - timedelta(days=1)
    end = last - timedelta(days=LAG_DAYS)
    start = max(market.first_day, end - timedelta(days=HISTORY_DAYS - 1))
    rows = market.rows(start, last)
    return Levers(
        levers=tuple(_lever(market, budget.id, rows, start, end) for budget in market.budgets),
        outcome="revenue",
        history=Window(start, end, market.timezone),
        recent=Window(last - timedelta(days=6), last, market.timezone),
        last_day=last,
    )


def _lever(market: Market, budget_id: str, rows: list, start: date, end: date) -> Lever:  # type: ignore[type-arg]
    name = next(b.name for b in market.budgets if b.id == budget_id)
    names = {c.name for c in market.spenders(budget_id)}
    spend: dict[date, float] = defaultdict(float)
    revenue: dict[date, float] = defaultdict(float)
    for row in rows:
        if row.campaign.name in names:
            spend[row.day] += row.spend_micros / 1e6
            revenue[row.day] += row.revenue
    now = from_micros(market.budget_micros(budget_id))
    recent = [spend[d] for d in sorted(spend)[-7:]]
    used = sum(recent) / 7 / float(now)
    return Lever(
        entity=budget_id,
        name=name,
        campaigns=tuple(sorted(names)),
        now=now,
        unit=Decimal("0.01"),
        used=used,
        lost_to_budget=None,
        observed_at=market.now(),
        history=tuple(Day(d, spend[d], revenue[d]) for d in sorted(spend) if start <= d <= end),
        held=None if used >= 0.9 else "its budget is not what limits it",
    )


def true_gain(market: Market, split: Split) -> float:
    """Revenue a day that the split truly adds."""
    truth = market.truth
    return sum(truth.revenue(e, float(a)) for e, a in split.amounts.items()) - sum(
        truth.revenue(m.lever.entity, float(m.lever.now)) for m in split.movable
    )


def run() -> list[str]:
    """Over many markets: share of moves that help, the gain against the best possible, coverage of the 90 % range."""
    gains, best, covered, refused, moved_untested = [], [], 0, 0, 0
    for seed in range(SEEDS):
        market = Market(seed=seed)
        try:
            split = best_split(market_levers(market), Request(), Limits(), np.random.default_rng(seed))
        except CannotAnswer:
            refused += 1
            continue
        gain = true_gain(market, split)
        low, high = np.quantile(split.gain(split.amounts), [0.05, 0.95])
        covered += int(low <= gain <= high)
        gains.append(gain)
        best.append(_best_possible(market, split))
        untested = {"Brand Search", "Competitor Search"}
        moved_untested += any(m.lever.name in untested for m in split.changed)
    worked = sum(g > 0 for g in gains)
    return [
        f"{SEEDS} markets: {len(gains)} recommendations, {refused} refusals",
        f"truly better than today: {worked} of {len(gains)}; moves of budgets that never varied: {moved_untested}",
        f"true gain a day: mean {np.mean(gains):,.0f} EUR of {np.mean(best):,.0f} possible with the same levers",
        f"90 % range held the truth in {covered} of {len(gains)}",
    ]


def _best_possible(market: Market, split: Split) -> float:
    bounds = {m.lever.entity: (float(m.low), float(m.high)) for m in split.movable}
    total = sum(float(m.lever.now) for m in split.movable)
    optimum = market.truth.best_split(total, bounds)
    return sum(market.truth.revenue(e, a) - market.truth.revenue(e, float(_now(split, e))) for e, a in optimum.items())


def _now(split: Split, entity: str) -> Decimal:
    return next(m.lever.now for m in split.movable if m.lever.entity == entity)
