"""Changes made in the accounts outside this tool, as the platforms' own histories tell. A read, scoped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import PlatformChange


@dataclass(frozen=True, slots=True)
class Foreign:
    """One field of one entity, changed elsewhere. ``by`` and ``client`` as the platform says, or None."""

    account_id: int
    entity: str
    field: str
    by: str | None
    client: str | None
    at: datetime


def foreign_changes(session: Session, scope: Scope, start: datetime, end: datetime) -> list[Foreign]:
    """What was changed elsewhere from ``start`` to before ``end``, oldest first."""
    query = (
        select(PlatformChange)
        .where(PlatformChange.account_id.in_(scope.account_ids), PlatformChange.ours.is_(False))
        .where(PlatformChange.at >= start, PlatformChange.at < end)
        .order_by(PlatformChange.at, PlatformChange.id)
    )
    return [
        Foreign(row.account_id, row.entity_name or row.entity, row.field, row.by, row.client, row.at)
        for row in session.scalars(query)
    ]


def histories_read(session: Session, scope: Scope) -> frozenset[int]:
    """The accounts of which any history was ever read: of the others nothing can be said."""
    query = select(PlatformChange.account_id).where(PlatformChange.account_id.in_(scope.account_ids)).distinct()
    return frozenset(session.scalars(query))
