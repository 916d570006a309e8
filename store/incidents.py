"""Incidents as people and jobs read them. Read only; every call names its scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.money import from_micros
from domain.scope import Scope
from store.incident_values import DayValue
from store.tables import Account, Campaign, Incident, IncidentDay, IncidentEvent

OPEN = ("open", "acknowledged")


@dataclass(frozen=True, slots=True)
class Unusual(DayValue):
    """One unusual value with its campaign's name; ``value`` None is not stated."""

    campaign: str | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an incident's life."""

    id: int
    kind: str
    by: str
    at: datetime
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with whose it is. ``money`` is at stake so far, None where it cannot be said.

    ``campaigns`` are the names it reaches, most unusual days first; ``cause`` is ``tools.causes.Cause.as_dict()`` with
    ``money_how`` (what the amount is) and ``symptoms`` (what else moved with it) beside it, as far as the scope sees
    the accounts that it rests on.
    """

    id: str
    account_id: int
    account: str
    platform: str
    timezone: str
    kind: str
    metric: str
    direction: str
    reach: str
    status: str
    severity: str
    first_day: date
    last_day: date
    money: Decimal | None
    currency: str | None
    cause: dict[str, Any]
    revision: int
    opened_at: datetime
    changed_at: datetime
    snoozed_until: datetime | None
    ended_at: datetime | None
    campaigns: tuple[str, ...]

    @property
    def open(self) -> bool:
        return self.status in OPEN

    @property
    def said(self) -> str:
        """The cause in a sentence; "" where none was looked for."""
        return str(self.cause.get("said", ""))

    @property
    def money_how(self) -> str:
        return str(self.cause.get("money_how", ""))

    @property
    def symptoms(self) -> tuple[str, ...]:
        """What moved with it, as (metric, direction) keys such as ``cpa:up``."""
        return tuple(self.cause.get("symptoms", ()))

    def snoozed(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > now


def open_incidents(session: Session, scope: Scope) -> list[IncidentView]:
    """What is open, acknowledged or not: gravest first, then by money at stake, then oldest first."""
    query = _query(scope).where(Incident.status.in_(OPEN))
    gravest = case({"critical": 0, "warning": 1}, value=Incident.severity, else_=2)
    ordered: Select[Any] = query.order_by(
        gravest, Incident.money_micros.desc().nulls_last(), Incident.first_day, Incident.id
    )
    return _views(session, scope, ordered)


def ended_since(session: Session, scope: Scope, since: datetime) -> list[IncidentView]:
    """What recovered, was closed or was called expected at or after ``since``, latest first."""
    query = _query(scope).where(Incident.status.not_in(OPEN), Incident.ended_at >= since)
    return _views(session, scope, query.order_by(Incident.ended_at.desc(), Incident.id))


def during(session: Session, scope: Scope, start: date, end: date) -> list[IncidentView]:
    """What was unusual on a day from ``start`` to ``end``, called expected or not, by its first day."""
    query = _query(scope).where(Incident.first_day <= end, Incident.last_day >= start)
    return _views(session, scope, query.order_by(Incident.first_day, Incident.id))


def incident(session: Session, scope: Scope, incident_id: str) -> IncidentView:
    """One incident; the first characters of its id are enough where no other begins with them.

    Raises:
        BadInput: no such incident in the scope, or several.
    """
    wanted = incident_id.strip().lower()
    like = Incident.id.startswith(wanted, autoescape=True)
    found = _views(session, scope, _query(scope).where(like).limit(2)) if len(wanted) >= 4 else []
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(f"several incidents begin with {wanted[:40]!r}; give more of the id")
    raise BadInput(f"there is no incident {incident_id[:40]!r}; see budgeteer watch list")


def days(session: Session, scope: Scope, incident_id: str) -> list[Unusual]:
    """Its unusual values, by metric, day and campaign."""
    query = (
        select(IncidentDay, Campaign.name)
        .outerjoin(Campaign, Campaign.id == IncidentDay.campaign_id)
        .where(IncidentDay.incident_id == incident_id, IncidentDay.account_id.in_(scope.account_ids))
        .order_by(IncidentDay.metric, IncidentDay.day, Campaign.name)
    )
    return [
        Unusual(d.campaign_id, d.metric, d.day, d.value, d.expected, d.low, d.high, d.score, campaign=name)
        for d, name in session.execute(query)
    ]


def events(session: Session, scope: Scope, incident_id: str) -> list[Happened]:
    """What happened to it, in order."""
    query = (
        select(IncidentEvent)
        .where(IncidentEvent.incident_id == incident_id, IncidentEvent.account_id.in_(scope.account_ids))
        .order_by(IncidentEvent.id)
    )
    return [Happened(e.id, e.kind, e.by, e.at, dict(e.details)) for e in session.scalars(query)]


def _query(scope: Scope) -> Select[Any]:
    with_account = select(Incident).add_columns(Account.name, Account.platform, Account.timezone)
    return (
        with_account.join(Account, Account.id == Incident.account_id)
        .where(Incident.account_id.in_(scope.account_ids))
        .execution_options(populate_existing=True)
    )


def _views(session: Session, scope: Scope, query: Select[Any]) -> list[IncidentView]:
    rows = [tuple(row) for row in session.execute(query)]
    reached = _campaigns(session, [row[0].id for row in rows])
    return [_view(i, scope, account, platform, zone, reached.get(i.id, ())) for i, account, platform, zone in rows]


def _campaigns(session: Session, incident_ids: Collection[str]) -> dict[str, Sequence[str]]:
    query = (
        select(IncidentDay.incident_id, Campaign.name, IncidentDay.day)
        .join(Campaign, Campaign.id == IncidentDay.campaign_id)
        .where(IncidentDay.incident_id.in_(incident_ids))
    )
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for incident_id, name, _day in session.execute(query):
        counted[incident_id][name] += 1
    return {i: sorted(names, key=lambda n: (-names[n], n)) for i, names in counted.items()}


def _as_seen(cause: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The cause as somebody sees it who sees ``scope``: by all the accounts that they see, and by no other."""
    others = cause.get("seen_with", ())
    known = [c for c in others if set(c["accounts"]) <= set(scope.account_ids)]
    best: Mapping[str, Any] = max(known, key=lambda c: len(c["accounts"]), default={})
    told = {**cause, **best}
    return {name: value for name, value in told.items() if name not in ("seen_with", "accounts")}


def _kind(row: Incident, cause: Mapping[str, Any]) -> str:
    """Broken tracking where the cause that is seen says so, else how the figures left what was expected."""
    if row.kind != "tracking_break" and cause.get("kind") != "tracking_break":
        return row.kind
    return "tracking_break" if cause.get("kind") == "tracking_break" else str(cause.get("shape", row.kind))


def _view(
    row: Incident, scope: Scope, account: str, platform: str, zone: str, campaigns: Sequence[str]
) -> IncidentView:
    cause = _as_seen(row.cause, scope)
    return IncidentView(
        id=row.id, account_id=row.account_id, account=account, platform=platform, timezone=zone,
        kind=_kind(row, cause),
        metric=row.metric, direction=row.direction, reach=row.reach, status=row.status, severity=row.severity,
        first_day=row.first_day, last_day=row.last_day,
        money=None if row.money_micros is None else from_micros(row.money_micros), currency=row.currency,
        cause=cause, revision=row.revision, opened_at=row.opened_at, changed_at=row.changed_at,
        snoozed_until=row.snoozed_until, ended_at=row.ended_at, campaigns=tuple(campaigns),
    )  # fmt: skip
