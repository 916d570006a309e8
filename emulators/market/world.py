"""One stateful market behind the emulated platforms: a clock, budgets, and what follows from both."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from emulators.market.bidding import TARGETS, BidEvent, TargetSpec
from emulators.market.campaigns import (
    ACCOUNT_ID,
    ACCOUNT_NAME,
    BILLABLE_UNIT_MICROS,
    BUDGETS,
    CAMPAIGNS,
    CURRENCY,
    MANAGER_ID,
    MICROS,
    TIMEZONE,
    BudgetSpec,
    CampaignSpec,
)
from emulators.market.incidents import Incident, arriving, combined
from emulators.market.response import LAG, STEADY, DayFigures, Mood, figures, part_of_day
from emulators.market.truth import Truth

START = datetime(2026, 3, 16, 8, 30, tzinfo=ZoneInfo(TIMEZONE))
HISTORY_DAYS = 200
LEARNING_DAYS = 7
LEARNING_STEP = 0.2
COLLEAGUE, BY_HAND = "colleague@acme.example", "GOOGLE_ADS_WEB_CLIENT"


@dataclass(frozen=True, slots=True)
class BudgetEvent:
    """A change of one budget as the platform's change history keeps it."""

    at: datetime
    budget_id: str
    old_micros: int
    new_micros: int
    by: str
    client: str  # a name of the platform's ChangeClientType


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A campaign stopped or started by a person, as the platform's change history keeps it."""

    at: datetime
    campaign_id: str
    old: str
    new: str
    by: str
    client: str


class Market:
    """Known truth, thread-safe. ``truth`` is for tests; the emulators show only what a platform would.

    Days before today never change, except that their late conversions arrive. A budget set today
    counts from today on.
    """

    account_id, account_name, manager_id = ACCOUNT_ID, ACCOUNT_NAME, MANAGER_ID
    currency, timezone, billable_unit_micros = CURRENCY, TIMEZONE, BILLABLE_UNIT_MICROS

    def __init__(
        self,
        seed: int = 7,
        start: datetime = START,
        history_days: int = HISTORY_DAYS,
        campaigns: tuple[CampaignSpec, ...] = CAMPAIGNS,
        budgets: tuple[BudgetSpec, ...] = BUDGETS,
        targets: tuple[TargetSpec, ...] = TARGETS,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError(f"{start!r} has no time zone")
        self.seed = seed
        self.campaigns = campaigns
        self.budgets = budgets
        here = {c.id for c in campaigns}
        self.targets = tuple(t for t in targets if here.issuperset(t.campaigns))
        self.removed: set[str] = set()
        self.lock = threading.RLock()
        self._now = start.astimezone(ZoneInfo(TIMEZONE))
        self.first_day = self._now.date() - timedelta(days=history_days)
        self._levels = {b.id: self._tested_levels(b.daily, b.tested, b.block_days) for b in self.budgets}
        self._aims = {t.owner: self._tested_levels(t.level, t.tested, t.block_days, whole=False) for t in self.targets}
        self._bid_events: list[BidEvent] = []
        self._incidents: list[Incident] = []
        self._events: list[BudgetEvent] = []

    # --- The clock -----------------------------------------------------------------------------

    def now(self) -> datetime:
        """Business time, in UTC."""
        with self.lock:
            return self._now.astimezone(UTC)

    @property
    def today(self) -> date:
        with self.lock:
            return self._now.date()

    def advance(self, days: int) -> datetime:
        """Let whole days pass: to the same local time, whatever the length of the days between."""
        if days < 0:
            raise ValueError(f"the clock cannot go back ({days} days)")
        with self.lock:
            self._now = datetime.combine(
                self._now.date() + timedelta(days=days), self._now.timetz().replace(tzinfo=None), self._now.tzinfo
            )
            return self.now()

    # --- Budgets -------------------------------------------------------------------------------

    def budget_spec(self, budget_id: str) -> BudgetSpec | None:
        return next((b for b in self.budgets if b.id == budget_id), None)

    def spenders(self, budget_id: str) -> tuple[CampaignSpec, ...]:
        """The campaigns that spend from one budget."""
        return tuple(c for c in self.campaigns if c.budget_id == budget_id)

    def budget_micros(self, budget_id: str, day: date | None = None) -> int:
        """What the budget stands at on ``day`` (default today)."""
        with self.lock:
            when = day or self.today
            return [micros for since, micros in self._levels[budget_id] if since <= when][-1]

    def set_budget(self, budget_id: str, micros: int, *, by: str, client: str = "GOOGLE_ADS_API") -> None:
        """Set a budget from today on, and remember who did it."""
        with self.lock:
            old = self.budget_micros(budget_id)
            self._levels[budget_id].append((self.today, micros))
            self._events.append(BudgetEvent(self.now(), budget_id, old, micros, by, client))

    # --- Bid targets ---------------------------------------------------------------------------

    def target_spec(self, owner: str) -> TargetSpec | None:
        return next((t for t in self.targets if t.owner == owner), None)

    def target_of(self, spec: CampaignSpec) -> TargetSpec | None:
        """What a campaign's bidding aims at, its own target or its portfolio's."""
        return next((t for t in self.targets if spec.id in t.campaigns), None)

    def target_micros(self, owner: str, day: date | None = None) -> int:
        """What a target stands at on ``day`` (default today), in millionths."""
        with self.lock:
            when = day or self.today
            return [micros for since, micros in self._aims[owner] if since <= when][-1]

    def set_target(self, owner: str, micros: int, *, by: str, client: str = "GOOGLE_ADS_API") -> None:
        """Set a target from today on, and remember who did it."""
        with self.lock:
            old = self.target_micros(owner)
            self._aims[owner].append((self.today, micros))
            self._bid_events.append(BidEvent(self.now(), owner, old, micros, by, client))

    def bid_events(self) -> tuple[BidEvent, ...]:
        """Changes of targets since the market began, oldest first."""
        with self.lock:
            return tuple(self._bid_events)

    def relearning(self, owner: str) -> bool:
        """Whether bidding is relearning after a large change of this target."""
        since = self.now() - timedelta(days=LEARNING_DAYS)
        return any(
            e.owner == owner and e.at > since and abs(e.new_micros - e.old_micros) > LEARNING_STEP * e.old_micros
            for e in self.bid_events()
        )

    def most_cpa(self, spec: CampaignSpec, day: date) -> float | None:
        """What a conversion of this campaign may cost on average on ``day``; None where its bidding has no target."""
        target = self.target_of(spec)
        return None if target is None else target.most_cpa(spec, self.target_micros(target.owner, day) / MICROS)

    # --- History -------------------------------------------------------------------------------

    def events(self) -> tuple[BudgetEvent, ...]:
        """Changes made since the market began, oldest first (its earlier tests left none)."""
        with self.lock:
            return tuple(self._events)

    def status_events(self) -> tuple[StatusEvent, ...]:
        """Campaigns stopped and started again so far, oldest first: at the start of the day that it counts from.

        What the platform itself stops (a disapproval) is in nobody's history.
        """
        with self.lock:
            found = []
            for incident in (i for i in self._incidents if i.kind == "pause"):
                turns = [(incident.start, "ENABLED", "PAUSED")]
                turns += [(incident.end + timedelta(days=1), "PAUSED", "ENABLED")] if incident.end else []
                found += [
                    StatusEvent(datetime.combine(day, time(), self._now.tzinfo), c.id, old, new, COLLEAGUE, BY_HAND)
                    for day, old, new in turns
                    for c in self.campaigns
                    if day <= self.today and incident.hits(c, incident.start)
                ]
            return tuple(sorted(found, key=lambda e: e.at))

    def learning(self, budget_id: str) -> bool:
        """Whether automated bidding is relearning after a large change of this budget."""
        since = self.now() - timedelta(days=LEARNING_DAYS)
        return any(
            e.budget_id == budget_id
            and e.at > since
            and abs(e.new_micros - e.old_micros) > LEARNING_STEP * e.old_micros
            for e in self.events()
        )

    def paused(self, spec: CampaignSpec) -> bool:
        """Whether a person has stopped the campaign."""
        with self.lock:
            return any(i.kind == "pause" and i.hits(spec, self.today) for i in self._incidents)

    def disapproved(self, spec: CampaignSpec) -> bool:
        """Whether the platform shows none of the campaign's ads, by its policies."""
        with self.lock:
            return any(i.kind == "disapproval" and i.hits(spec, self.today) for i in self._incidents)

    def arriving(self, spec: CampaignSpec, day: date) -> float:
        """The part of a campaign's clicks that reaches the site, which no ads platform sees."""
        with self.lock:
            return arriving(self._incidents, spec, day)

    # --- What happened -------------------------------------------------------------------------

    def inject(self, incident: Incident) -> None:
        """Let something go wrong. One that starts before today rewrites those days, as a test's set-up may want."""
        with self.lock:
            self._incidents.append(incident)

    def rows(self, start: date, end: date) -> list[DayFigures]:
        """Every campaign on every day asked for, as reported now; today is shown as far as it has gone."""
        with self.lock:
            today, last = self.today, min(end, self.today)
            days = [self.first_day + timedelta(n) for n in range((last - self.first_day).days + 1)]
            made = [self._figures(c, day, (today - day).days) for day in days if day >= start for c in self.campaigns]
            gone = self._share_of_today()
            return [part_of_day(r, gone) if r.day == today else r for r in made if r.impressions or r.spend_micros]

    def matured(self, day: date) -> list[DayFigures]:
        """Every campaign on ``day`` with all of its late conversions, whether or not tracking saw them."""
        with self.lock:
            made = []
            for spec in self.campaigns:
                effects = replace(combined(self._incidents, spec, day), recorded=1.0)
                budget = self.budget_micros(spec.budget_id, day) / MICROS
                mood, most = self.mood(spec, day), self.most_cpa(spec, day)
                made.append(figures(spec, day, budget, len(LAG), self.seed, effects, mood, most))
            return made

    @property
    def truth(self) -> Truth:
        """What no platform would tell: for tests only."""
        return Truth(self)

    def _figures(self, spec: CampaignSpec, day: date, age: int) -> DayFigures:
        budget = self.budget_micros(spec.budget_id, day) / MICROS
        effects = combined(self._incidents, spec, day)
        mood, most = self.mood(spec, day), self.most_cpa(spec, day)
        return self._reported(figures(spec, day, budget, age, self.seed, effects, mood, most), age)

    def mood(self, spec: CampaignSpec, day: date) -> Mood:
        """What the world makes of a campaign's day: always the same here."""
        return STEADY

    def _reported(self, row: DayFigures, age: int) -> DayFigures:
        """What the platform shows of a day ``age`` days after it, where it takes something back."""
        return row

    def _share_of_today(self) -> float:
        midnight = datetime.combine(self.today, time(), self._now.tzinfo)
        return (self._now - midnight) / timedelta(days=1)

    def _tested_levels(
        self, level: float, tested: tuple[float, ...], block_days: int, *, whole: bool = True
    ) -> list[tuple[date, int]]:
        """Blocks of tested levels, the last one ending today; ``whole`` euros, as people set budgets."""
        levels = []
        for back, multiple in enumerate(reversed(tested)):
            since = self._now.date() - timedelta(days=block_days * (back + 1))
            amount = round(level * multiple, None if whole else 2)
            levels.append((max(since, self.first_day), round(amount * MICROS)))
            if since <= self.first_day:
                break
        first = (self.first_day, levels[-1][1])
        return [first, *reversed(levels)]
