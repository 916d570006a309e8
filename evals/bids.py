"""Bid recommendations on emulated markets whose truth reacts to targets: whether they pay, and their ranges hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np

from analytics.bidding import VOLUME_DAYS, Kind, Proposal
from domain.policy import Limits
from domain.window import Window
from emulators.market.bid_market import MARGIN, bid_market, profit
from emulators.market.bidding import TargetSpec
from emulators.market.campaigns import MICROS
from emulators.market.response import DayFigures
from emulators.market.world import Market
from tools.bid_levers import ROAS_UNIT, Bid, Bids, Hurdle
from tools.bids import judge
from tools.levers import HISTORY_DAYS, LAG_DAYS, UTILISATION_DAYS, Day

SEEDS = 25


def market_bids(market: Market) -> Bids:
    """What a sync of this market would show of its targets, without a store in between."""
    last = market.today - timedelta(days=1)
    end = last - timedelta(days=LAG_DAYS)
    start = end - timedelta(days=HISTORY_DAYS - 1)
    history = Window(start, end, market.timezone)
    recent = Window(last - timedelta(days=UTILISATION_DAYS - 1), last, market.timezone)
    rows = market.rows(start, last)
    found = tuple(
        _bid(market, target, [r for r in rows if r.campaign.id in target.campaigns], history, recent)
        for target in market.targets
    )
    return Bids(found, {}, history, recent, last)


def _bid(market: Market, target: TargetSpec, rows: Sequence[DayFigures], history: Window, recent: Window) -> Bid:
    kind: Kind = "roas" if target.of_roas else "cpa"
    late = [r for r in rows if history.end - timedelta(days=VOLUME_DAYS) < r.day <= history.end]
    week = [r for r in rows if r.day in recent]
    spent, conversions, revenue = (sum(of) for of in zip(*((r.spend_micros / MICROS, r.conversions, r.revenue)
                                                           for r in late), strict=True))  # fmt: skip
    spend = sum(r.spend_micros for r in week) / MICROS / recent.days
    budget = sum(market.budget_micros(c.budget_id) for c in market.campaigns if c.id in target.campaigns) / MICROS
    worth = revenue / conversions
    hurdle = 1 / MARGIN if kind == "roas" else 1 / (MARGIN * worth)
    outcome = {r.day: r.revenue if kind == "roas" else r.conversions for r in rows}
    return Bid(
        entity=target.owner, name=target.name, campaigns=(target.name,), kind=kind, target=Decimal(str(target.level)),
        unit=ROAS_UNIT, observed_at=market.now(),
        history=tuple(Day(r.day, r.spend_micros / MICROS, outcome[r.day]) for r in rows if r.day <= history.end),
        spend=spend, achieved=(revenue if kind == "roas" else conversions) / spent, mature_spend=spent / len(late),
        conversions=conversions, worth=worth, used=spend / budget,
        lost_to_budget=float(np.mean([r.lost_to_budget for r in week])),
        lost_to_rank=float(np.mean([r.lost_to_rank for r in week])), hurdle=Hurdle(hurdle, "the market's margin"),
    )  # fmt: skip


def run() -> list[str]:
    """Over many markets: share of steps that truly pay, their gain, coverage of the 90 % range."""
    gains: list[float] = []
    covered = held = 0
    for seed in range(SEEDS):
        market = bid_market(seed)
        judged = judge(market_bids(market), Limits(), np.random.default_rng(seed))
        held += len(judged.held)
        for bid, found in judged.moved:
            now, then = (market.truth.at_target(bid.entity, float(x)) for x in (bid.target, found.target))
            gains.append(profit(market, bid.entity, found.target) - profit(market, bid.entity, float(bid.target)))
            covered += _holds(found, then[2] - now[2] if bid.kind == "roas" else then[1] - now[1])
    return [
        f"{SEEDS} markets: {len(gains)} steps proposed, {held} targets held",
        f"truly better than today: {sum(g > 0 for g in gains)} of {len(gains)}, by {np.mean(gains):,.0f} EUR a day",
        f"90 % range of the outcome held the truth in {covered} of {len(gains)}",
    ]


def _holds(found: Proposal, truth: float) -> bool:
    low, high = np.quantile(found.outcome, [0.05, 0.95])
    return bool(low <= truth <= high)
