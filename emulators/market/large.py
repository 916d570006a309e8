"""A bigger market: 28 campaigns on two platforms through a year as real ones go, with seasons, sales and bad days.

The demo's market is steady, so that its figures can be read; here a watch has to tell an incident from a Tuesday in
January. What the market's people know beforehand (``sales``) they could enter in a calendar; the rest is noise: days of
one account move together, a campaign's own days scatter more than a coin would, and clicks found invalid are taken
back days later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.calendar import public_holidays
from emulators.market.campaigns import MICROS, TIMEZONE, BudgetSpec, CampaignSpec
from emulators.market.response import DayFigures, Mood
from emulators.market.world import LEARNING_DAYS, LEARNING_STEP, Market

Platform = Literal["google_ads", "meta"]
COUNTRY = "DE"
YEAR_START = datetime(2025, 3, 3, 8, 30, tzinfo=ZoneInfo(TIMEZONE))
LEARNING_LOSS = 0.9  # of the conversion rate, while bidding relearns
INVALID_SHARE, INVALID_CLICKS, INVALID_AGE = 0.04, 0.02, 3
_EPOCH, _SPAN = date(2023, 1, 1), 2400
_SIZES = {"DE": 1.0, "FR": 0.6, "NL": 0.45, "AT": 0.35}


@dataclass(frozen=True, slots=True)
class Sale:
    """A promotion that the advertiser planned, and so could enter in a calendar."""

    name: str
    start: date
    end: date
    demand: float
    conversion_rate: float


@dataclass(frozen=True, slots=True)
class BudgetEdit:
    """A colleague's hand on a budget to come: ``multiple`` of what it then is, on the morning of ``day``."""

    day: date
    budget_id: str
    multiple: float
    by: str = "colleague@acme.example"
    client: str = "GOOGLE_ADS_WEB_CLIENT"


# theme, channel, bidding, platform, category, share of budget that its demand is, then as in CampaignSpec for Germany
_THEMES: tuple[tuple[str, str, str, Platform, str, float, float, float, float, float, float, float], ...] = (
    ("Search Brand", "SEARCH", "TARGET_IMPRESSION_SHARE", "google_ads", "", 0.6, 300, 95, 380, 84, 0.45, 0.09),
    ("Search Generic", "SEARCH", "MAXIMIZE_CONVERSIONS", "google_ads", "", 1.7, 900, 120, 1900, 92, 1.0, 0.032),
    ("Shopping Shoes", "SHOPPING", "TARGET_ROAS", "google_ads", "shoes", 0.85, 820, 95, 700, 81, 0.52, 0.011),
    ("Display Retargeting", "DISPLAY", "TARGET_CPA", "google_ads", "", 1.4, 260, 42, 240, 76, 0.34, 0.005),
    ("Prospecting", "SOCIAL", "LOWEST_COST", "meta", "", 1.3, 760, 70, 1200, 83, 0.72, 0.014),
    ("Catalog Shoes", "SOCIAL", "LOWEST_COST", "meta", "shoes", 0.8, 540, 72, 520, 79, 0.48, 0.012),
    ("Retargeting", "SOCIAL", "LOWEST_COST", "meta", "", 1.5, 280, 46, 260, 80, 0.55, 0.013),
)  # fmt: skip


def portfolio() -> tuple[tuple[CampaignSpec, ...], tuple[BudgetSpec, ...]]:
    """Seven kinds of campaign in four countries, each with a budget of its own."""
    campaigns, budgets = [], []
    for c, (country, size) in enumerate(_SIZES.items()):
        for t, (theme, channel, bids, platform, category, full, daily, top, half, value, cpc, rate) in enumerate(
            _THEMES
        ):
            number = 10 * (c + 1) + t
            name, amount = f"{country} | {theme}", round(daily * size)
            budgets.append(BudgetSpec(f"60{number}", name, float(amount), False, (1.0,), 14))
            campaigns.append(
                CampaignSpec(f"80{number}", name, channel, bids, f"60{number}", amount * full, top * size, half * size,
                             value, cpc, rate, platform=platform, category=category)
            )  # fmt: skip
    return tuple(campaigns), tuple(budgets)


def sales(first: date, last: date) -> tuple[Sale, ...]:
    """The promotions planned for the days ``first`` to ``last``, oldest first."""
    found = []
    for year in range(first.year - 1, last.year + 1):
        friday = date(year, 11, 1) + timedelta(
            days=(3 - date(year, 11, 1).weekday()) % 7 + 22
        )  # after the 4th Thursday
        found += [
            Sale("Winter sale", date(year, 1, 7), date(year, 1, 16), 1.25, 1.2),
            Sale("Spring sale", date(year, 4, 8), date(year, 4, 14), 1.25, 1.2),
            Sale("Summer sale", date(year, 7, 1), date(year, 7, 12), 1.3, 1.25),
            Sale("Back to school", date(year, 9, 2), date(year, 9, 7), 1.2, 1.1),
            Sale("Black Week", friday - timedelta(days=4), friday + timedelta(days=3), 1.7, 1.5),
            Sale("Christmas", date(year, 12, 8), date(year, 12, 20), 1.35, 1.3),
        ]
    return tuple(sorted((s for s in found if s.end >= first and s.start <= last), key=lambda s: s.start))


class LargeMarket(Market):
    """A ``Market`` of two platforms with a year's moods. Draws depend on (seed, campaign, day) alone, as there."""

    def __init__(self, seed: int = 7, start: datetime = YEAR_START, history_days: int = 300) -> None:
        campaigns, budgets = portfolio()
        super().__init__(seed, start, history_days, campaigns, budgets)
        self._edits: list[BudgetEdit] = []

    # --- What people do ------------------------------------------------------------------------

    def meddle(self, edit: BudgetEdit) -> None:
        """Let a colleague change a budget on a day to come; the change history then shows it."""
        if edit.day <= self.today:
            raise ValueError(f"{edit.day} is not after today ({self.today})")
        with self.lock:
            self._edits.append(edit)

    def advance(self, days: int) -> datetime:
        """Let whole days pass, and colleagues do on each what they were to do."""
        for _ in range(days):
            super().advance(1)
            for edit in [e for e in self._edits if e.day == self.today]:
                old = self.budget_micros(edit.budget_id)
                new = round(old * edit.multiple / MICROS) * MICROS
                self.set_budget(edit.budget_id, new, by=edit.by, client=edit.client)
        return super().advance(0) if days >= 0 else super().advance(days)

    # --- What each platform shows --------------------------------------------------------------

    def exported(self, platform: str, start: date, end: date) -> list[DayFigures]:
        """What a platform's export holds when it is made now; while it stands still, nothing new."""
        with self.lock:
            still = [i for i in self._incidents if i.kind == "late_import" and i.platform in (None, platform)]
            stopped = [i.start for i in still if i.lasts(self.today)]
        last = min([end, *(s - timedelta(days=2) for s in stopped)])  # on its first day yesterday is not there yet
        return [r for r in self.rows(start, last) if r.campaign.platform == platform]

    def _reported(self, row: DayFigures, age: int) -> DayFigures:
        """Clicks that were found invalid are credited some days later."""
        rng = np.random.default_rng([self.seed, 17, int(row.campaign.id), row.day.toordinal()])
        if age < INVALID_AGE or rng.random() >= INVALID_SHARE:
            return row
        spend = round(row.spend_micros * (1 - INVALID_CLICKS) / 10_000) * 10_000
        return replace(row, clicks=round(row.clicks * (1 - INVALID_CLICKS)), spend_micros=spend)

    # --- What the world makes of a day ---------------------------------------------------------

    def mood(self, spec: CampaignSpec, day: date) -> Mood:
        """Season, trend, sale, holiday, the account's and the campaign's own luck, and bidding that relearns."""
        n = (day - _EPOCH).days
        demand, rate = (float(a[n]) for a in self._common)
        own = self._own[spec.id]
        if spec.bid_strategy != "MANUAL_CPC" and self._relearning(spec.budget_id, day):
            rate *= LEARNING_LOSS
        return Mood(demand * float(own[0, n]), rate * float(own[1, n]))

    def _relearning(self, budget_id: str, day: date) -> bool:
        return any(
            e.budget_id == budget_id
            and 0 <= (day - e.at.astimezone(ZoneInfo(self.timezone)).date()).days < LEARNING_DAYS
            and abs(e.new_micros - e.old_micros) > LEARNING_STEP * e.old_micros
            for e in self._events
        )

    @cached_property
    def _common(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Demand and conversion rate of all campaigns by day since the epoch: season, calendar, slow luck."""
        days = np.arange(_SPAN)
        season = np.cos(2 * np.pi * (days - 330) / 365.25)  # the year's peak is at the end of November
        demand, rate = 1 + 0.14 * season, 1 + 0.05 * season
        for sale in sales(_EPOCH, _EPOCH + timedelta(days=_SPAN - 1)):
            at = slice(max((sale.start - _EPOCH).days, 0), (sale.end - _EPOCH).days + 1)
            demand[at] *= sale.demand
            rate[at] *= sale.conversion_rate
        for day, _name in public_holidays(COUNTRY, _EPOCH, _EPOCH + timedelta(days=_SPAN - 1)):
            demand[(day - _EPOCH).days] *= 0.92
            rate[(day - _EPOCH).days] *= 0.85
        rng = np.random.default_rng([self.seed, 11])
        return demand * np.exp(_wandering(rng, 0.03)), rate * np.exp(_wandering(rng, 0.03))

    @cached_property
    def _own(self) -> dict[str, NDArray[np.float64]]:
        """Each campaign's own demand and conversion rate: a slow trend, a wave, and scatter beyond the counts' own."""
        own = {}
        for spec in self.campaigns:
            rng = np.random.default_rng([self.seed, 13, int(spec.id)])
            years = (np.arange(_SPAN) - _SPAN / 2) / 365.25
            trend = rng.normal(0, 0.08) * years
            demand = trend + _wandering(rng, 0.03) + rng.normal(0, 0.04, _SPAN)
            rate = _wandering(rng, 0.04) + rng.normal(0, 0.07, _SPAN)
            own[spec.id] = np.exp(np.stack([demand, rate]))
        return own


def _wandering(rng: np.random.Generator, spread: float, memory: float = 0.85) -> NDArray[np.float64]:
    """Luck that lasts: a day's is ``memory`` of the day before's."""
    steps = rng.normal(0, spread * (1 - memory**2) ** 0.5, _SPAN)
    luck = np.zeros(_SPAN)
    for n in range(1, _SPAN):
        luck[n] = memory * luck[n - 1] + steps[n]
    return luck
