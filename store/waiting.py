"""What waits for a person: open approvals, and drafts that nobody proposed. Read only; every call names its scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from domain.lifecycle import Status
from domain.money import from_micros
from domain.recommendation import Recommendation
from domain.recommendation_json import from_json
from domain.scope import Scope
from store.tables import Approval, Operation, RecommendationRow


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change of an open approval, now and proposed; ``currency`` is ``XXX`` of a target ROAS."""

    entity: str
    before: Decimal
    after: Decimal
    currency: str
    field: str = "daily_budget"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approval that a person has to deal with: pending, or quarantined. ``channel`` and ``message_ts``: its card."""

    approval_id: str
    account_id: int
    status: str
    expires_at: datetime
    changes: tuple[Proposed, ...]
    channel: str | None
    message_ts: str | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A recommendation with changes that was never put to anybody. ``of``: what it changes, or why."""

    account_id: int
    title: str
    created_at: datetime
    of: Literal["budget", "bid", "protection"] = "budget"


def waiting(session: Session, scope: Scope, now: datetime) -> list[Waiting]:
    """Approvals in scope that wait for a person, the first to expire first. One that lapsed waits for nobody."""
    query = (
        select(Approval)
        .where(
            Approval.account_id.in_(scope.account_ids),
            (Approval.status == Status.QUARANTINED)
            | ((Approval.status == Status.PENDING) & (Approval.expires_at > now)),
        )
        .order_by(Approval.expires_at, Approval.id)
    )
    found = list(session.scalars(query))
    operations = select(Operation).where(Operation.approval_id.in_([a.id for a in found])).order_by(Operation.seq)
    changes: dict[str, list[Proposed]] = {}
    for o in session.scalars(operations):
        changed = Proposed(
            o.entity_name, from_micros(o.before_micros), from_micros(o.after_micros), o.currency, o.field
        )
        changes.setdefault(o.approval_id, []).append(changed)
    return [
        Waiting(a.id, a.account_id, a.status, a.expires_at, tuple(changes.get(a.id, ())), a.channel, a.message_ts)
        for a in found
    ]


def drafts(session: Session, scope: Scope, since: datetime, now: datetime) -> list[Drafted]:
    """The newest draft per account that is still good, has changes and no approval; made at or after ``since``."""
    opened = exists().where(Approval.recommendation_id == RecommendationRow.id)
    query = (
        select(RecommendationRow)
        .where(RecommendationRow.account_id.in_(scope.account_ids), RecommendationRow.created_at >= since, ~opened)
        .order_by(RecommendationRow.created_at)
    )
    newest: dict[int, Drafted] = {}
    for row in session.scalars(query):
        rec = from_json(row.content)
        if rec.changes and rec.advice_only is None and rec.expires_at > now:
            newest[row.account_id] = Drafted(row.account_id, rec.title, row.created_at, _of(row, rec))
    return list(newest.values())


def _of(row: RecommendationRow, rec: Recommendation) -> Literal["budget", "bid", "protection"]:
    if row.origin.get("kind") == "protection":
        return "protection"
    return "budget" if all(change.field == "daily_budget" for change in rec.changes) else "bid"
