"""What people rejected and is not to be proposed again for a while. Read only; every call names its scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.rejection import REASONS
from domain.scope import Scope
from store.tables import Suppression


@dataclass(frozen=True, slots=True)
class Bar:
    """One rule in force. ``direction``: +1 no raise, -1 no cut, 0 no change at all. ``note`` was typed by a person."""

    id: str
    account_id: int
    entity: str
    direction: int
    reason: str
    note: str | None
    approval_id: str
    by: str
    at: datetime
    until: datetime

    def forbids(self, step: int) -> bool:
        """Whether a change of the sign ``step`` is not to be proposed."""
        return step != 0 and self.direction in (0, 1 if step > 0 else -1)

    def __str__(self) -> str:
        what = {1: "no raise", -1: "no cut", 0: "no change"}[self.direction]
        label = REASONS[self.reason].label.lower() if self.reason in REASONS else self.reason
        return f"{what} before {self.until:%Y-%m-%d}: a person rejected one on {self.at:%Y-%m-%d} ({label})"


def in_force(session: Session, scope: Scope, now: datetime) -> tuple[Bar, ...]:
    """The rules that hold at ``now``, oldest first."""
    query = (
        select(Suppression)
        .where(
            Suppression.account_id.in_(scope.account_ids),
            Suppression.lifted_at.is_(None),
            Suppression.at <= now,
            Suppression.until > now,
        )
        .order_by(Suppression.at, Suppression.id)
    )
    return tuple(
        Bar(s.id, s.account_id, s.entity, s.direction, s.reason, s.note, s.approval_id, s.by, s.at, s.until)
        for s in session.scalars(query.execution_options(populate_existing=True))
    )
