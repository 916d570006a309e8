"""When budgets were last changed through here. Read only; every call names its scope."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.lifecycle import OpState
from domain.scope import Scope
from store.tables import Operation


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
