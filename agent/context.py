"""What a planner may know of the data: names and dates, no figures."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from agent.state import Entity, NamedDays, PlanContext
from domain.scope import Scope
from store import ads, calendar, labels, order_sums, performance, plans
from store.accounts import week_start_of
from store.performance import AccountDays


def plan_context(
    session: Session, scope: Scope, *, now: datetime, timezone: str, week_start: int, today: date | None = None
) -> PlanContext:
    """Names and dates in ``scope``.

    ``today`` is by default the local date of ``now`` in the accounts' time zone, or in ``timezone`` where they have
    several. Weeks begin as the accounts say where they agree, else on ``week_start``.
    """
    accounts = performance.accounts(session, scope)
    analytics = performance.accounts(session, scope, ("analytics",))
    zones = {a.timezone for a in accounts}
    zone = zones.pop() if len(zones) == 1 else timezone
    days = performance.day_range(session, scope).values()
    return PlanContext(
        today=today or now.astimezone(ZoneInfo(zone)).date(),
        timezone=zone,
        week_start=week_start_of(session, scope, week_start),
        platforms=tuple(sorted({a.platform for a in accounts})),
        campaigns=tuple(
            Entity(c.name, c.platform, c.account_id, c.account) for c in performance.campaigns(session, scope)
        ),
        accounts=tuple(Entity(a.name, a.platform, a.id, a.name) for a in accounts),
        first_day=min((first for first, _ in days), default=None),
        last_day=max((last for _, last in days), default=None),
        shops=tuple(Entity(s.name, s.platform, s.id, s.name) for s in order_sums.shops(session, scope) if s.first_day),
        by_ad=ads.any_known(session, scope),
        currencies=tuple(sorted({a.currency for a in accounts})),
        plan_months=tuple(plans.months(session, scope)),
        labels=labels.known_labels(session, scope),
        countries=tuple(sorted({c for c in calendar.countries(session, scope).values() if c})),
        events=tuple(NamedDays(e.kind, e.name, e.start, e.end) for e in calendar.all_events(session, scope)),
        analytics=tuple(sorted({a.platform for a in analytics})),
        analytics_campaigns=_of_analytics(session, scope, analytics),
        analytics_accounts=tuple(Entity(a.name, a.platform, a.id, a.name) for a in analytics),
    )


def _of_analytics(session: Session, scope: Scope, among: list[AccountDays]) -> tuple[Entity, ...]:
    found = performance.campaigns(session, scope, [a.id for a in among]) if among else []
    return tuple(Entity(c.name, c.platform, c.account_id, c.account) for c in found)


MAX_NAME_CHARACTERS = 120


def as_data(text: str, limit: int = MAX_NAME_CHARACTERS) -> str:
    """Text from outside as a prompt or a checkpoint may hold it: one line, no control or bidirectional characters."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:limit]
