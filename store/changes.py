"""What was changed through here, and when. Read only; every call names its scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.lifecycle import OpState
from domain.money import Money, from_micros
from domain.scope import Scope
from store.tables import Approval, BidTarget, Budget, Operation


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that was written and read back, and who decided it; ``field`` says what it changed.

    ``currency`` is ``XXX`` of a target ROAS, which has none.
    """

    account_id: int
    entity: str
    before: Decimal
    after: Decimal
    currency: str
    by: str | None
    at: datetime
    field: str = "daily_budget"


def last_applied(session: Session, scope: Scope, account_id: int) -> dict[str, datetime]:
    """The time of the last applied change of each entity that had one."""
    query = (
        select(Operation.entity, func.max(Operation.settled_at))
        .where(
            Operation.account_id.in_([a for a in scope.account_ids if a == account_id]),
            Operation.state == OpState.APPLIED,
            Operation.settled_at.is_not(None),
        )
        .group_by(Operation.entity)
    )
    return {entity: at for entity, at in session.execute(query) if at is not None}


def applied(session: Session, scope: Scope, start: datetime, end: datetime) -> list[Applied]:
    """The changes written through here from ``start`` to before ``end``, the oldest first."""
    query = (
        select(Operation, Approval.decided_by)
        .join(Approval, Approval.id == Operation.approval_id)
        .where(
            Operation.account_id.in_(scope.account_ids),
            Operation.state == OpState.APPLIED,
            Operation.settled_at >= start,
            Operation.settled_at < end,
        )
        .order_by(Operation.settled_at, Operation.id)
    )
    return [
        Applied(
            o.account_id, o.entity_name, from_micros(o.before_micros), from_micros(o.after_micros), o.currency, by,
            o.settled_at, o.field,
        )
        for o, by in session.execute(query)
        if o.settled_at is not None
    ]  # fmt: skip


def highest_since(session: Session, scope: Scope, account_id: int, since: datetime) -> dict[str, Money]:
    """The highest amount that each budget changed through here has had since then, before or after a change."""
    query = select(Operation).where(
        Operation.account_id.in_([a for a in scope.account_ids if a == account_id]),
        Operation.state == OpState.APPLIED,
        Operation.field == "daily_budget",
        Operation.settled_at >= since,
    )
    found: dict[str, Money] = {}
    for operation in session.scalars(query):
        high = Money.from_micros(max(operation.before_micros, operation.after_micros), operation.currency)
        if operation.entity not in found or found[operation.entity] < high:
            found[operation.entity] = high
    return found


def reached(session: Session, scope: Scope, account_id: int, start: datetime, end: datetime) -> set[str]:
    """The campaigns, by the platform's id and by name, that a change written through here reached from ``start`` to
    before ``end``.
    """
    query = select(Operation.entity, Operation.entity_name).where(
        Operation.account_id.in_([a for a in scope.account_ids if a == account_id]),
        Operation.state == OpState.APPLIED,
        Operation.settled_at >= start,
        Operation.settled_at < end,
    )
    touched: dict[str, str] = {o.entity: o.entity_name for o in session.execute(query)}
    found = set(touched.values())
    for owner in (Budget, BidTarget):
        owners = select(owner.campaigns).where(owner.account_id == account_id, owner.entity.in_(touched))
        found |= {str(part) for campaigns in session.scalars(owners) for one in campaigns for part in one if part}
    return found
