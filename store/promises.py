"""The ledger of promises as people and methods need it. Read only; every call names its scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.promise import Total
from domain.scope import Scope
from store.tables import Account, Approval, Promise

SHORTEST_ID = 4


@dataclass(frozen=True, slots=True)
class Changed:
    """One write of a change as it landed; money in micros, ``campaigns`` as (platform's id, name)."""

    entity: str
    name: str
    field: str
    before_micros: int
    after_micros: int
    currency: str
    campaigns: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class PromiseView:
    """A change that was applied, what it promised, and what came of it.

    ``predicted`` is over ``horizon_days``, as it was told; ``raw`` the same before any correction. ``realised`` is over
    the days from ``window_start`` to ``window_end``. Either is None with the reason in ``not_predicted`` or ``reason``.
    """

    id: str
    account_id: int
    account: str
    platform: str
    timezone: str
    approval_id: str
    recommendation_id: str
    decided_by: str | None
    kind: str
    title: str
    outcome: str | None
    currency: str | None
    horizon_days: int
    changes: tuple[Changed, ...]
    predicted: Total | None
    raw: Total | None
    not_predicted: str | None
    model: str | None
    data: Mapping[str, Any] | None
    correction: Mapping[str, Any] | None
    planned: int
    applied_at: datetime
    window_start: date
    window_end: date
    status: str
    reason: str | None
    realised: Total | None
    method: str | None
    details: Mapping[str, Any]
    measured_at: datetime | None
    channel: str | None = None  # of the change's card

    @property
    def days(self) -> int:
        """How many days are, or will be, measured."""
        return (self.window_end - self.window_start).days + 1

    @property
    def promised(self) -> Total | None:
        """What was predicted for the days that are measured."""
        return None if self.predicted is None else self.predicted.over(self.days, self.horizon_days)


def listed(session: Session, scope: Scope, *, statuses: Collection[str] = ()) -> list[PromiseView]:
    """The promises of the scope, the newest change first."""
    query = _query(scope).order_by(Promise.applied_at.desc(), Promise.id)
    if statuses:
        query = query.where(Promise.status.in_(statuses))
    return [_view(*row) for row in session.execute(query)]


def get(session: Session, scope: Scope, start_of_id: str) -> PromiseView:
    """The promise whose id, or whose approval's id, begins so. Raises BadInput where none or several do."""
    wanted = start_of_id.strip().lower()
    if len(wanted) < SHORTEST_ID:
        raise BadInput(f"{start_of_id!r} is too short for an id; give at least {SHORTEST_ID} of its characters")
    found = [p for p in listed(session, scope) if p.id.startswith(wanted) or p.approval_id.startswith(wanted)]
    if len(found) != 1:
        raise BadInput(f"{len(found) or 'no'} promise{'s' if len(found) > 1 else ''} here begin with {start_of_id!r}")
    return found[0]


def of_approval(session: Session, scope: Scope, approval_id: str) -> PromiseView | None:
    """The promise of one approval, for the card's own thread; None where it kept none."""
    row = session.execute(_query(scope).where(Promise.approval_id == approval_id)).first()
    return None if row is None else _view(*row)


def _query(scope: Scope) -> Select[Promise, Account, Approval]:
    return (
        select(Promise, Account, Approval)
        .join(Account, Account.id == Promise.account_id)
        .join(Approval, Approval.id == Promise.approval_id)
        .where(Promise.account_id.in_(scope.account_ids))
        .execution_options(populate_existing=True)
    )


def _view(row: Promise, account: Account, approval: Approval) -> PromiseView:
    frozen = row.frozen
    raw = frozen.get("raw")
    return PromiseView(
        id=row.id, account_id=row.account_id, account=account.name, platform=account.platform,
        timezone=account.timezone, approval_id=row.approval_id, recommendation_id=row.recommendation_id,
        decided_by=approval.decided_by, channel=approval.channel, kind=row.kind,
        title=str(frozen.get("title") or ""), outcome=row.outcome, currency=row.currency,
        horizon_days=row.horizon_days, changes=tuple(_changed(c) for c in frozen["changes"]),
        predicted=_total(row.predicted_low, row.predicted_mid, row.predicted_high, row.level),
        raw=None if raw is None else _total(raw[0], raw[1], raw[2], row.level),
        not_predicted=frozen.get("not_predicted"), model=frozen.get("model"), data=frozen.get("data"),
        correction=frozen.get("correction"), planned=int(frozen.get("planned", 0)), applied_at=row.applied_at,
        window_start=row.window_start, window_end=row.window_end, status=row.status, reason=row.reason,
        realised=_total(row.realised_low, row.realised_mid, row.realised_high, row.details.get("level")),
        method=row.method, details=row.details, measured_at=row.measured_at,
    )  # fmt: skip


def _total(low: float | None, mid: float | None, high: float | None, level: float | None) -> Total | None:
    return None if low is None or mid is None or high is None or level is None else Total(low, mid, high, level)


def _changed(c: Mapping[str, Any]) -> Changed:
    return Changed(
        str(c["entity"]), str(c["name"]), str(c["field"]), int(c["before_micros"]), int(c["after_micros"]),
        str(c["currency"]), tuple((None if i is None else str(i), str(name)) for i, name in c["campaigns"]),
    )  # fmt: skip
