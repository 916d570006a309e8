"""How an approval moves: by the table of ``domain.lifecycle``, copied to its operations, audited, its card redrawn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.lifecycle import Status, move
from store import audit, outbox, promising
from store.tables import Approval, Operation, Reservation

_NOTHING_WRITTEN = frozenset({Status.FAILED, Status.STALE, Status.REFUSED})
_ENDS_OF_WRITING = _NOTHING_WRITTEN | {
    Status.APPLIED, Status.PARTIALLY_APPLIED, Status.UNKNOWN, Status.QUARANTINED
}  # fmt: skip


def move_approval(
    session: Session, approval: Approval, new: Status, *, actor: str, now: datetime, payload: Mapping[str, Any]
) -> None:
    """Move an approval whose account the caller has locked. Raises IllegalMove where the table has no such move."""
    old = Status(approval.status)
    approval.status = move(old, new)
    session.flush()
    moved(session, approval, old, actor=actor, now=now, payload=payload)


def moved(
    session: Session, approval: Approval, old: Status, *, actor: str, now: datetime, payload: Mapping[str, Any]
) -> None:
    """What follows every move of an approval, however it was made."""
    session.execute(
        update(Operation).where(Operation.approval_id == approval.id).values(approval_status=approval.status)
    )
    if approval.status in _NOTHING_WRITTEN:
        release(session, approval.id, now)
    promising.freeze(session, approval, now)
    redraw(session, approval, now)
    _tell(session, approval, now)
    facts = {"from": old, "plan_hash": approval.plan_hash, "revision": approval.revision, **payload}
    audit.append(session, actor, f"approval.{approval.status}", approval.id, facts, now)


def release(session: Session, approval_id: str, now: datetime) -> None:
    """Give an approval's part of the envelope back: none of it was written."""
    open_one = (Reservation.approval_id == approval_id) & Reservation.released_at.is_(None)
    session.execute(update(Reservation).where(open_one).values(released_at=now))


def _tell(session: Session, approval: Approval, now: datetime) -> None:
    """Say in the card's thread what became of an approved change, whoever found it out, and once for each end."""
    if approval.channel is None or approval.status not in _ENDS_OF_WRITING:
        return
    outbox.put(
        session,
        dedupe_key=f"outcome:{approval.id}:{approval.status}",
        kind="outcome",
        channel=approval.channel,
        payload={"approval_id": approval.id, "status": approval.status},
        now=now,
    )


def redraw(session: Session, approval: Approval, now: datetime) -> None:
    """Ask for the card to be drawn again from the store; it says nothing itself, so a late one cannot be wrong."""
    if approval.channel is None:
        return
    outbox.put(
        session,
        dedupe_key=f"card:{approval.id}:{uuid.uuid4().hex}",
        kind="card_update",
        channel=approval.channel,
        payload={"approval_id": approval.id},
        now=now,
    )
