"""What else is known of the unusual days: changes of budgets, other counters of sales, other accounts, labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from domain.account_change import TARGET_ROAS
from domain.money import Money
from domain.scope import Scope
from domain.utm_sources import platform_of
from store import budgets, changes, labels, order_sums, performance, platform_changes, series
from store.performance import AccountDays, CampaignName
from tools.causes.case import DAY, SETTLED, Case
from tools.causes.usual import WEEK, WEEKS_BEFORE, Sides, sides
from tools.labels import platform_label
from tools.watch.series import LATE, build

BEFORE_ONSET = 3 * DAY
"""How long before the first unusual day a change may have been made: a day's figures follow the next day."""

FEWEST_NAMED = 10.0
"""Usual orders over the unusual days that name the platform: with fewer, their source is rarely kept."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change that reaches ``campaigns`` (store ids; empty: not known). Amounts are None where none moved."""

    at: datetime
    day: date
    what: str
    field: str
    by: str | None
    client: str | None
    ours: bool
    before: Money | None
    after: Money | None
    new: str | None
    campaigns: frozenset[int]

    @property
    def step(self) -> float:
        return 0.0 if self.before is None or self.after is None else float(self.after.amount - self.before.amount)


@dataclass(frozen=True, slots=True)
class Counter:
    """Sales as something other than the ads platform counts them: over the unusual days, and usually."""

    name: str
    now: float
    before: float
    source: str


def changed(case: Case) -> list[Changed]:
    """The changes around the first unusual day that reach what is asked about, oldest first."""
    zone = ZoneInfo(case.account.timezone)
    start = datetime.combine(case.window.start - BEFORE_ONSET, time(), zone)
    end = datetime.combine(case.window.end + DAY, time(), zone)
    own = Scope((case.account.id,))
    reach = _reach(case)
    seen = platform_changes.between(case.session, own, start, end)
    found = []
    for s in seen:
        c = s.change
        told_of = frozenset[int]().union(*(reach.get(f"campaign:{e}", frozenset()) for e in c.campaigns))
        found.append(
            Changed(c.at, c.at.astimezone(zone).date(), c.entity_name or "", c.field, c.by, c.client, s.ours, c.before,
                    c.after, _value(c.new), told_of or reach.get(f"budget:{c.entity}", frozenset()))
        )  # fmt: skip
    told = {(f.before, f.after) for f in found if f.ours}
    for a in changes.applied(case.session, own, start, end):
        money = a.field != TARGET_ROAS
        before, after = (Money(v, a.currency) if money else None for v in (a.before, a.after))
        if not money or (before, after) not in told:
            new = None if money else f"{a.after:.2f}"
            found.append(
                Changed(a.at, a.at.astimezone(zone).date(), a.entity, a.field, a.by, None, True, before, after, new,
                        reach.get(f"name:{a.entity}", frozenset()))
            )  # fmt: skip
    asked = frozenset(case.chosen())
    mine = [f for f in found if f.campaigns & asked or (not f.campaigns and not case.campaign_ids)]
    return sorted(mine, key=lambda f: f.at)


def _value(new: Mapping[str, Any]) -> str | None:
    """A value that is no amount, as the history has it."""
    return str(new["value"])[:60] if "value" in new else None


def _reach(case: Case) -> dict[str, frozenset[int]]:
    """The campaigns (store ids) by a budget's entity and name, and by a campaign's external id."""
    ids = {c.external_id: c.id for c in case.names.values() if c.external_id is not None}
    found: dict[str, frozenset[int]] = {f"campaign:{e}": frozenset({i}) for e, i in ids.items()}
    for budget in budgets.for_account(case.session, Scope((case.account.id,)), case.account.id):
        fed = frozenset(ids[str(e)] for e, _ in budget.campaigns if str(e) in ids)
        found[f"budget:{budget.entity}"] = found[f"name:{budget.name}"] = fed
    return found


def switched_off(case: Case) -> frozenset[int]:
    """The campaigns that are off, as budgets were last read."""
    ids = {c.external_id: c.id for c in case.names.values() if c.external_id is not None}
    on: set[int] = set()
    off: set[int] = set()
    for budget in budgets.for_account(case.session, Scope((case.account.id,)), case.account.id):
        (on if budget.enabled else off).update(ids[str(e)] for e, _ in budget.campaigns if str(e) in ids)
    return frozenset(off - on)


def counters(case: Case) -> list[Counter]:
    """The shops' orders and what analytics counted, of the same days and of their usual days."""
    found: list[Counter] = []
    for shop in order_sums.shops(case.session, case.scope):
        if shop.last_day is not None and shop.last_day >= case.window.end:
            found += _orders(case, shop)
    for counted in performance.accounts(case.session, case.scope, ("analytics",)):
        mine = _counted_as(case, performance.campaigns(case.session, case.scope, (counted.id,)))
        by_day: dict[date, float] = defaultdict(float)
        for row in series.base_days(case.session, case.scope, counted.id, _begin(case), case.window.end):
            if row.campaign_id in mine and row.conversions is not None:
                by_day[row.day] += row.conversions
        if mine and counted.last_day is not None and counted.last_day >= case.window.end:
            found += _counter(case, f"conversions in {counted.name} (analytics)", by_day, counted)
    return found


def _orders(case: Case, shop: AccountDays) -> list[Counter]:
    """A shop's orders whose own source names the platform where enough do, all of them otherwise."""
    of_all: dict[date, float] = defaultdict(float)
    of_it: dict[date, float] = defaultdict(float)
    for s in order_sums.sums(case.session, Scope((shop.id,)), _begin(case), case.window.end, ("day", "source")):
        if s.day is not None:
            of_all[s.day] += float(s.orders)
            of_it[s.day] += float(s.orders) if platform_of(s.source) == case.account.platform else 0.0
    label = platform_label(case.account.platform)
    named = _counter(case, f"orders of {shop.name} whose source is {label}", of_it, shop)
    enough = bool(named) and named[0].before >= FEWEST_NAMED
    return named if enough else _counter(case, f"orders of {shop.name}", of_all, shop)


def _counted_as(case: Case, names: list[CampaignName]) -> set[int]:
    """What analytics calls what is asked about: campaigns by their names, else all of the platform by its sources."""
    asked = {c.name for i, c in case.names.items() if not case.campaign_ids or i in case.campaign_ids}
    mine = {c.id for c in names if c.name in asked}
    return mine or {c.id for c in names if platform_of(c.name) == case.account.platform}


def _begin(case: Case) -> date:
    return case.window.start - timedelta(days=WEEKS_BEFORE * WEEK)


def _counter(case: Case, name: str, by_day: dict[date, float], whose: AccountDays) -> list[Counter]:
    """Nothing where the counter did not run for the weeks before; a day that it does not name had none."""
    if not by_day or min(by_day) > _begin(case) + WEEK * DAY:
        return []
    now = before = 0.0
    for n in range(case.window.days):
        day = case.window.start + n * DAY
        weeks = range(1 + n // WEEK, 1 + n // WEEK + WEEKS_BEFORE)
        usual = [by_day.get(day - w * WEEK * DAY, 0.0) for w in weeks if day - w * WEEK * DAY >= _begin(case)]
        now, before = now + by_day.get(day, 0.0), before + float(np.median(usual))
    return [Counter(name, now, before, f"{whose.platform}, {whose.name}")] if before > 0 else []


def others(case: Case) -> dict[str, Sides]:
    """The other ads accounts in scope, each as a whole, over the same days; figures as stated."""
    found = {}
    for account in performance.accounts(case.session, case.scope):
        if account.id == case.account.id or account.last_day is None or account.last_day < case.window.end:
            continue
        begin = case.stated.days[0]
        rows = series.base_days(case.session, case.scope, account.id, begin, case.today - DAY)
        made = build(rows, begin, case.today - DAY, dict.fromkeys(LATE, SETTLED))
        if made is not None:
            found[account.name] = sides(made, (), case.window.start, case.window.end, case.known)
    return found


def labelled(case: Case) -> dict[int, dict[str, str]]:
    """The confirmed labels of the account's campaigns."""
    return dict(labels.labels_of(case.session, Scope((case.account.id,))))
