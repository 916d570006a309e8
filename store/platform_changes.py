"""What was changed in accounts, as the platforms' own histories tell it. Read only; ``store.change_log`` keeps it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.account_change import AccountChange
from domain.scope import Scope
from store.tables import PlatformChange


@dataclass(frozen=True, slots=True)
class Seen:
    """One change of one account. ``ours``: it was written through here; otherwise somebody else made it."""

    account_id: int
    change: AccountChange
    ours: bool


def between(
    session: Session, scope: Scope, start: datetime, end: datetime, *, account_ids: Collection[int] | None = None,
    foreign_only: bool = False,
) -> list[Seen]:  # fmt: skip
    """The changes from ``start`` to before ``end``, the oldest first; of ``account_ids`` only, where they are given."""
    allowed = [a for a in scope.account_ids if account_ids is None or a in account_ids]
    query = (
        select(PlatformChange)
        .where(PlatformChange.account_id.in_(allowed), PlatformChange.at >= start, PlatformChange.at < end)
        .order_by(PlatformChange.at, PlatformChange.id)
    )
    if foreign_only:
        query = query.where(PlatformChange.ours.is_(False))
    return [_seen(row) for row in session.scalars(query)]


def read_through(session: Session, scope: Scope, account_id: int) -> datetime | None:
    """When the latest change of an account that is kept was read; None where none is."""
    query = (
        select(PlatformChange.read_at)
        .where(PlatformChange.account_id.in_([a for a in scope.account_ids if a == account_id]))
        .order_by(PlatformChange.read_at.desc())
        .limit(1)
    )
    return session.scalar(query)


def _seen(row: PlatformChange) -> Seen:
    change = AccountChange(
        source_id=row.source_id, at=row.at, entity=row.entity, entity_name=row.entity_name,
        campaigns=tuple(str(c) for c in row.campaigns), field=row.field, old=dict(row.old), new=dict(row.new),
        by=row.by, client=row.client,
    )  # fmt: skip
    return Seen(row.account_id, change, row.ours)
