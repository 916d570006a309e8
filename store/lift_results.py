"""What experiments found, to calibrate curves with. Read only; ``store.lift_changes`` adds and revokes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.money import from_micros
from domain.scope import Scope
from store.tables import Account, LiftResult

Outcome = Literal["revenue", "conversions"]


@dataclass(frozen=True, slots=True)
class Found:
    """One result. ``incremental`` is what ``spend`` brought beyond what would have come anyway, in ``low`` to ``high``
    with probability ``level``; ``campaigns`` are names, none for the whole account."""

    id: int
    account_id: int
    account: str
    currency: str
    name: str
    campaigns: tuple[str, ...]
    outcome: Outcome
    method: str
    first_day: date
    last_day: date
    spend: Decimal
    incremental: float
    low: float
    high: float
    level: float
    source: str
    entered_by: str
    entered_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None


def results(session: Session, scope: Scope, *, revoked: bool = False, accounts: Collection[int] = ()) -> list[Found]:
    """Results of the scope by account and day; with ``revoked`` those too that no longer count."""
    wanted = [a for a in scope.account_ids if not accounts or a in accounts]
    query = (
        select(LiftResult, Account.name, Account.currency)
        .join(Account, Account.id == LiftResult.account_id)
        .where(LiftResult.account_id.in_(wanted))
        .order_by(LiftResult.account_id, LiftResult.first_day, LiftResult.id)
        .execution_options(populate_existing=True)
    )
    if not revoked:
        query = query.where(LiftResult.revoked_at.is_(None))
    return [_view(row, account, currency) for row, account, currency in session.execute(query)]


def _view(row: LiftResult, account: str, currency: str) -> Found:
    return Found(
        id=row.id, account_id=row.account_id, account=account, currency=currency, name=row.name,
        campaigns=tuple(str(c) for c in row.campaigns), outcome=row.outcome,  # type: ignore[arg-type]
        method=row.method, first_day=row.first_day, last_day=row.last_day, spend=from_micros(row.spend_micros),
        incremental=row.incremental, low=row.low, high=row.high, level=row.level, source=row.source,
        entered_by=row.entered_by, entered_at=row.entered_at, revoked_by=row.revoked_by, revoked_at=row.revoked_at,
    )  # fmt: skip
