"""What can go wrong in the market, each with its known cause, and what it does to the true figures and to what is seen.

An incident changes the causes of a day (price, demand, what tracking records); the figures follow from them as
always: conversions still come late, a budget still caps, noise stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from emulators.market.campaigns import CampaignSpec
from emulators.market.response import Effects

IncidentKind = Literal[
    "tracking_break",  # the tag of a campaign's landing page is gone: clicks stay, conversions are not recorded
    "tracking_outage",  # the same for everything on one platform
    "cpc_spike",  # a competitor bids: each click costs more
    "conversion_rate_drop",  # the site sells worse
    "disapproval",  # the platform shows nothing
    "pause",  # a person stopped the campaign
    "demand_shock",  # fewer people look for it
    "promotion",  # a sale that nobody entered: more people, and more of them buy
    "feed_break",  # most products of a category fell out of the catalogue
    "late_import",  # the platform's export stands still
    "landing_break",  # the landing page or its redirect is gone: clicks stay, and nobody arrives or buys
]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that goes wrong from ``start`` on: for one campaign, several (by name), a platform, a category, or all.

    ``factor`` is what is left of what is hit; a price or a demand that rises, rises by its inverse.
    """

    kind: IncidentKind
    start: date
    end: date | None = None
    campaign: str | None = None
    factor: float = 0.4
    platform: str | None = None
    category: str | None = None

    def effects(self) -> Effects:
        more = 1 / self.factor if self.factor else 1.0
        return {
            "tracking_break": Effects(recorded=self.factor),
            "tracking_outage": Effects(recorded=self.factor),
            "cpc_spike": Effects(cost_per_click=more),
            "conversion_rate_drop": Effects(conversion_rate=self.factor),
            "disapproval": Effects(spend=0.0),
            "pause": Effects(spend=0.0),
            "demand_shock": Effects(demand=self.factor),
            "promotion": Effects(demand=more, conversion_rate=more**0.5),
            "feed_break": Effects(supply=self.factor),
            "late_import": Effects(),
            "landing_break": Effects(conversion_rate=self.factor),
        }[self.kind]

    def hits(self, spec: CampaignSpec, day: date) -> bool:
        wanted = (self.campaign, self.platform, self.category)
        of = (spec.name, spec.platform, spec.category)
        return self.lasts(day) and all(w is None or w == o for w, o in zip(wanted, of, strict=True))

    def lasts(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


def arriving(incidents: Iterable[Incident], spec: CampaignSpec, day: date) -> float:
    """The part of a campaign's clicks that still reaches the site."""
    share = 1.0
    for incident in incidents:
        if incident.kind == "landing_break" and incident.hits(spec, day):
            share *= incident.factor
    return share


def combined(incidents: Iterable[Incident], spec: CampaignSpec, day: date) -> Effects:
    """What all incidents that hit a campaign's day do to it together."""
    spend = cost = rate = recorded = demand = supply = 1.0
    for incident in incidents:
        if incident.hits(spec, day):
            e = incident.effects()
            spend, cost = spend * e.spend, cost * e.cost_per_click
            rate, recorded = rate * e.conversion_rate, recorded * e.recorded
            demand, supply = demand * e.demand, supply * e.supply
    return Effects(spend, cost, rate, recorded, demand, supply)
