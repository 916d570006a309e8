"""Rejections as rules: made in the transaction that rejects, lifted by a person, both audited."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.recommendation import Change
from domain.rejection import REASONS
from domain.scope import Scope
from store import audit
from store.guards import lock_account
from store.tables import Approval, Suppression


def suppress(
    session: Session,
    approval: Approval,
    changes: Sequence[Change],
    reason: str,
    *,
    note: str | None,
    by: str,
    now: datetime,
) -> datetime:
    """Leave the budgets of a rejected plan alone, as its reason says; until when. Part of the rejection."""
    rule = REASONS[reason]
    until = now + rule.lasts
    session.add_all(
        Suppression(
            id=uuid.uuid4().hex,
            account_id=approval.account_id,
            entity=c.entity,
            direction=rule.direction(c),
            reason=reason,
            note=note,
            approval_id=approval.id,
            by=by,
            at=now,
            until=until,
        )
        for c in changes
    )
    session.flush()
    return until


def lift(session: Session, scope: Scope, suppression_id: str, *, by: str, now: datetime) -> str:
    """Let the budget be proposed again; its entity.

    Raises:
        BadInput: there is no such rule in the scope, or it was lifted before.
    """
    found = session.get(Suppression, suppression_id)
    if found is None or found.account_id not in scope.account_ids:
        raise BadInput(f"there is no suppression {suppression_id!r}; see budgeteer approvals suppressions")
    lock_account(session, found.account_id)
    session.refresh(found)
    if found.lifted_at is not None:
        raise BadInput(f"suppression {suppression_id} was lifted on {found.lifted_at:%Y-%m-%d %H:%M} UTC")
    found.lifted_at = now
    session.flush()
    facts = {"suppression": found.id, "entity": found.entity, "direction": found.direction}
    audit.append(session, by, "suppression.lifted", found.approval_id, facts, now)
    return found.entity
