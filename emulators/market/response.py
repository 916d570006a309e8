"""What one campaign truly does on one day: spend, clicks, conversions and when they become visible.

Every draw is seeded by (seed, campaign, day), so it depends neither on the order of calls nor on
what else was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import inf

import numpy as np
from numpy.typing import NDArray

from emulators.market.campaigns import WEEKDAY_CONVERSION, WEEKDAY_DEMAND, CampaignSpec

# Share of a day's conversions that become visible 0, 1, 2 ... days after the click.
LAG = np.array([0.58, 0.14, 0.08, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01, 0.008, 0.007, 0.005, 0.005])
OVERDELIVERY = 1.12  # on strong days the platform spends more than the daily budget, on weak ones less
DAY_NOISE = 0.06  # log standard deviation of a day's conversion rate
PACING_NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Effects:
    """What an incident does to one campaign's day: multiples of the true figures."""

    spend: float = 1.0
    cost_per_click: float = 1.0
    conversion_rate: float = 1.0
    recorded: float = 1.0  # share of conversions that tracking still sees
    demand: float = 1.0  # how many people look for what is sold
    supply: float = 1.0  # share of the catalogue that can be shown at all


@dataclass(frozen=True, slots=True)
class Mood:
    """What the world makes of one campaign's day, as multiples: season, weather, a promotion, bidding that relearns."""

    demand: float = 1.0
    conversion_rate: float = 1.0


STEADY = Mood()


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One campaign on one day as the platform would report it at some moment. Money in micros."""

    campaign: CampaignSpec
    day: date
    spend_micros: int
    impressions: int
    clicks: int
    conversions: float
    revenue: float
    lost_to_budget: float  # share of eligible impressions lost to the budget
    lost_to_rank: float = 0.0  # and to bids that the target keeps low


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A whole day as it truly was: ``arrivals`` conversions by days after the click, each worth ``values``."""

    spend: float
    impressions: int
    clicks: int
    arrivals: NDArray[np.int64]
    values: NDArray[np.float64]
    wanted: float  # what all of the demand would cost
    bid_for: float  # how much of it the target lets the bidding go for


def spend_for(
    spec: CampaignSpec, budget: float, day: date, noise: float = 1.0, demand: float = 1.0, bid_for: float = inf
) -> float:
    """Euros spent on ``day`` from a budget (of which it may use ``share``) where bidding goes for ``bid_for``."""
    season = WEEKDAY_DEMAND[day.weekday()]
    limit = budget * spec.share * min(season**1.5, OVERDELIVERY)
    return float(min(limit, spec.demand * season * demand, bid_for) * noise)


def within_target(
    spec: CampaignSpec, most_cpa: float | None, day: date, people: float = 1.0, click: float = 1.0, rate: float = 1.0
) -> float:
    """Euros at which the average conversion of ``day`` costs ``most_cpa``: as far as bidding goes. None bids for all.

    ``people``, ``click`` and ``rate`` are multiples of demand, cost per click and conversion rate.
    """
    if most_cpa is None:
        return inf
    conversions = WEEKDAY_CONVERSION[day.weekday()] * rate * spec.max_conversions
    return max(0.0, people * (most_cpa * conversions - click * spec.half_spend))


def expected_conversions(spec: CampaignSpec, spend: float, day: date, demand: float = 1.0) -> float:
    """True mean conversions of ``spend`` euros on ``day``: concave in spend, and of as many people as there are."""
    reach = demand * spec.half_spend
    return WEEKDAY_CONVERSION[day.weekday()] * demand * spec.max_conversions * spend / (spend + reach)


def figures(
    spec: CampaignSpec, day: date, budget: float, age_days: int, seed: int, effects: Effects, mood: Mood = STEADY,
    most_cpa: float | None = None,
) -> DayFigures:  # fmt: skip
    """The day as reported ``age_days`` after it: late conversions are not there yet."""
    drawn = _draw(spec, day, budget, seed, effects, mood, most_cpa)
    seen = slice(0, max(age_days, 0) + 1)
    recorded = float(drawn.arrivals[seen].sum()) * effects.recorded
    revenue = float((drawn.arrivals[seen] * drawn.values[seen]).sum()) * effects.recorded
    return DayFigures(
        campaign=spec,
        day=day,
        spend_micros=round(drawn.spend * 100) * 10_000,
        impressions=drawn.impressions,
        clicks=drawn.clicks,
        conversions=round(recorded, 2),
        revenue=round(revenue, 2),
        lost_to_budget=round(max(0.0, (drawn.bid_for - drawn.spend) / drawn.wanted) if drawn.wanted else 0.0, 4),
        lost_to_rank=round(1 - drawn.bid_for / drawn.wanted if drawn.wanted else 0.0, 4),
    )


@lru_cache(maxsize=1 << 16)  # a day is reported again and again until its last conversion has come
def _draw(
    spec: CampaignSpec, day: date, budget: float, seed: int, effects: Effects, mood: Mood, most_cpa: float | None
) -> _Drawn:
    rng = np.random.default_rng([seed, int(spec.id), day.toordinal()])
    pacing, rate = np.exp(rng.normal(0.0, [PACING_NOISE, DAY_NOISE]))
    people = effects.demand * mood.demand
    asked = people * effects.supply * effects.cost_per_click  # dearer clicks use up what a budget had left
    wanted = spec.demand * WEEKDAY_DEMAND[day.weekday()] * asked
    converting = effects.conversion_rate * mood.conversion_rate
    bid_for = min(wanted, within_target(spec, most_cpa, day, people, effects.cost_per_click, converting))
    spend = spend_for(spec, budget, day, float(pacing), asked, bid_for) * effects.spend
    mean = expected_conversions(spec, spend / effects.cost_per_click, day, people) * float(rate)
    clicks = int(rng.poisson(spend / (spec.cost_per_click * effects.cost_per_click)))
    impressions = clicks + int(rng.poisson(clicks * (1 / spec.click_rate - 1))) if clicks else 0
    conversions = int(min(rng.poisson(mean * converting), clicks))
    arrivals = rng.multinomial(conversions, LAG / LAG.sum())
    values = spec.order_value * np.exp(rng.normal(-0.02, 0.2, size=len(LAG)))
    return _Drawn(spend, impressions, clicks, arrivals, values, wanted, bid_for)


def part_of_day(whole: DayFigures, share: float) -> DayFigures:
    """A day that is still running, ``share`` of it gone."""
    return replace(
        whole,
        spend_micros=int(whole.spend_micros * share) // 10_000 * 10_000,
        impressions=int(whole.impressions * share),
        clicks=int(whole.clicks * share),
        conversions=float(int(whole.conversions * share * 0.8)),
        revenue=round(whole.revenue * share * 0.8, 2),
    )
