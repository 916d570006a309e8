"""One reminder before a card lapses, in the approvers' working hours, and a later one for whoever asked for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.lifecycle import Status
from domain.policy import Limits, reminder_due
from store import audit, outbox
from store.engine import read, write
from store.guards import lock_account
from store.tables import Account, Approval


def remind_due(engine: Engine, now: datetime, limits: Limits) -> tuple[str, ...]:
    """Queue the reminder of every card that needs one now, each once; their ids. It decides nothing."""
    with read(engine) as session:
        waiting = select(Approval.id).where(
            Approval.status == Status.PENDING, Approval.reminded_at.is_(None), Approval.message_ts.is_not(None)
        )
        candidates = session.scalars(waiting.order_by(Approval.expires_at, Approval.id)).all()
    return tuple(a for a in candidates if _remind(engine, a, now, limits))


def _remind(engine: Engine, approval_id: str, now: datetime, limits: Limits) -> bool:
    with write(engine) as session:
        approval = session.get_one(Approval, approval_id)
        lock_account(session, approval.account_id)
        session.refresh(approval)
        zone = session.get_one(Account, approval.account_id).timezone
        if approval.status != Status.PENDING or approval.reminded_at is not None or approval.channel is None:
            return False
        if not reminder_due(now, approval.created_at, approval.expires_at, limits, zone):
            return False
        approval.reminded_at = now
        session.flush()
        outbox.put(
            session,
            dedupe_key=f"reminder:{approval.id}",
            kind="reminder",
            channel=approval.channel,
            thread_ts=approval.thread_ts or approval.message_ts,
            payload={"approval_id": approval.id},
            now=now,
        )
        audit.append(session, "budgeteer", "approval.reminded", approval.id, {}, now)
        return True


def snooze(session: Session, approval_id: str, user: str, key: str, *, now: datetime, until: datetime) -> bool:
    """Remind one person of a card later, by a message of their own; ``until`` is the system's time. It only reminds.

    False where this very click was taken before.
    """
    fresh = outbox.put(
        session,
        dedupe_key=f"snooze:{key}",
        kind="snooze",
        channel=user,
        payload={"approval_id": approval_id},
        now=now,
        not_before=until,
    )
    if fresh:
        audit.append(session, user, "approval.snoozed", approval_id, {"until": until.isoformat()}, now)
    return fresh
