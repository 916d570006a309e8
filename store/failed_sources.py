"""Published sheets of the accounts in a scope that could not be read; a sheet's name may be another client's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import ImportRun, Source


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A sheet of one account, and when it was last looked at without success."""

    name: str
    account_id: int
    checked_at: datetime | None


def failed_sources(session: Session, scope: Scope) -> list[FailedSource]:
    """The sheets whose last look failed, by name; whose they are says the load that was last made of them."""
    query = (
        select(Source.name, ImportRun.account_id, Source.checked_at)
        .join(ImportRun, ImportRun.id == Source.run_id)
        .where(Source.error.is_not(None), ImportRun.account_id.in_(scope.account_ids))
        .order_by(Source.name)
    )
    return [FailedSource(name, account_id, at) for name, account_id, at in session.execute(query)]
