"""Opening, deciding and closing approvals. The row is the truth: one conditional UPDATE claims it, in one
transaction with the vote, the quorum, the approver's right, the envelope, the operations' status and the audit.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.errors import BadInput, Refused
from domain.lifecycle import OPEN, OpState, Status
from domain.recommendation import Change, Recommendation, plan_hash, write_order
from store import audit
from store.approval_view import (
    AccountView,
    ApprovalState,
    ApprovalView,
    AttemptView,
    OperationView,
    VoteView,
    edited_by,
    view,
)
from store.approvers import ApproverView, add_approver, approvers, remove_approver
from store.clicking import Decision
from store.deciding import decide
from store.engine import read, write
from store.guards import lock_account
from store.switches import set_kill_switch
from store.tables import Account, Approval, Operation, RecommendationRow
from store.transitions import move_approval

__all__ = [
    "AccountView", "ApprovalState", "ApprovalView", "ApproverView", "AttemptView", "Decision", "Opened",
    "OperationView", "VoteView", "add_approver", "approvers", "decide", "expire_due", "find", "open_approval",
    "remove_approver", "replaced_by", "set_card", "set_kill_switch", "view", "withdraw",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh approval, and the ids of the pending ones it replaced."""

    approval_id: str
    superseded: tuple[str, ...]


def open_approval(
    session: Session,
    rec: Recommendation,
    *,
    quorum: int,
    channel: str | None = None,
    undoes: str | None = None,
    now: datetime,
) -> Opened:
    """Put a kept recommendation before its approvers.

    Older pending approvals that touch one of its entities, and older revisions of it, are superseded in the same
    transaction; expired ones are closed as expired.

    Raises:
        Refused: advice only, no changes, already expired, the account is not this plan's, or one of its entities
            has a change under way whose end is not known.
        BadInput: the recommendation was not kept by ``store.recommendations.add``, or differs from what was.
    """
    lock_account(session, rec.account_id)
    row = _kept(session, rec)
    _fit_to_open(session, rec, quorum, now)
    approval = Approval(
        id=uuid.uuid4().hex,
        recommendation_id=rec.id,
        revision=rec.revision,
        account_id=rec.account_id,
        plan_hash=row.plan_hash,
        status=Status.PENDING,
        tier=rec.tier,
        quorum=quorum,
        proposed_by=rec.requested_by if _is_finish(row) else (edited_by(row) or (rec.requested_by,))[-1],
        created_at=now,
        expires_at=rec.expires_at,
        channel=channel,
        undoes=undoes,
    )
    superseded = _make_room(session, rec, approval.id, now)
    session.add(approval)
    session.flush()
    session.add_all(_operations(approval, rec.changes))
    session.flush()
    shown = {"recommendation": rec.id, "revision": rec.revision, "plan_hash": row.plan_hash, "quorum": quorum}
    audit.append(session, approval.proposed_by, "approval.opened", approval.id, shown, now)
    return Opened(approval.id, superseded)


def _is_finish(row: RecommendationRow) -> bool:
    """Whether it is the rest of an approval as its editors left it, asked for by whoever pressed."""
    return "finishes" in row.origin and "edited_from" not in row.origin


def set_card(session: Session, approval_id: str, channel: str, ts: str, thread_ts: str | None = None) -> None:
    """Remember where the card was posted; ``thread_ts`` is its thread's parent, where it is a reply."""
    approval = _get(session, approval_id)
    approval.channel, approval.message_ts, approval.thread_ts = channel, ts, thread_ts


def withdraw(session: Session, approval_id: str, user: str, *, now: datetime) -> bool:
    """Take a pending proposal back; False where it is no longer pending."""
    approval = _locked(session, approval_id)
    if approval.status != Status.PENDING:
        return False
    approval.decided_by, approval.decided_at = user, now
    move_approval(session, approval, Status.WITHDRAWN, actor=user, now=now, payload={})
    return True


def expire_due(engine: Engine, now: datetime) -> tuple[str, ...]:
    """Close what lapsed; the ids closed. The claim refuses those anyway: this only tidies the cards.

    One transaction each: holding one account's lock while waiting for another's could stop two processes.
    """
    with read(engine) as session:
        due = select(Approval.id).where(Approval.status == Status.PENDING, Approval.expires_at <= now)
        candidates = session.scalars(due.order_by(Approval.expires_at)).all()
    closed = []
    for approval_id in candidates:
        with write(engine) as session:
            approval = _locked(session, approval_id)
            if approval.status == Status.PENDING:
                move_approval(session, approval, Status.EXPIRED, actor="budgeteer", now=now, payload={})
                closed.append(approval_id)
    return tuple(closed)


def find(session: Session, statuses: Sequence[Status]) -> tuple[str, ...]:
    """Ids of the approvals in one of ``statuses``, oldest first."""
    query = select(Approval.id).where(Approval.status.in_(statuses)).order_by(Approval.created_at, Approval.id)
    return tuple(session.scalars(query))


def replaced_by(session: Session, approval_id: str) -> tuple[str, ...]:
    """The approvals that this one superseded and that have a card."""
    query = select(Approval.id).where(Approval.superseded_by == approval_id, Approval.message_ts.is_not(None))
    return tuple(session.scalars(query.order_by(Approval.id)))


def _kept(session: Session, rec: Recommendation) -> RecommendationRow:
    row = session.get(RecommendationRow, (rec.id, rec.revision))
    if row is None or row.account_id != rec.account_id or row.plan_hash != plan_hash(rec.changes):
        raise BadInput(f"recommendation {rec.id} revision {rec.revision} is not what the store keeps; add it first")
    return row


def _fit_to_open(session: Session, rec: Recommendation, quorum: int, now: datetime) -> None:
    if rec.advice_only is not None:
        raise Refused(f"this is advice only: {rec.advice_only}")
    if not rec.changes:
        raise Refused("there is nothing to approve: the plan changes nothing")
    if quorum < 1:
        raise BadInput(f"a quorum of {quorum} approves by itself; at least 1")
    if rec.expires_at <= now:
        raise Refused(f"this plan expired at {rec.expires_at:%Y-%m-%d %H:%M} UTC; make a fresh one")
    account = session.get_one(Account, rec.account_id)
    for c in rec.changes:
        currency = account.currency if c.field == "target_roas" else c.after.currency
        if (c.platform, c.account, currency) != (account.platform, account.external_id, account.currency):
            raise Refused(f"{c.entity_name} belongs to {c.platform} {c.account}, not to {account.name}")


def _make_room(session: Session, rec: Recommendation, successor: str, now: datetime) -> tuple[str, ...]:
    """Close the pending approvals in the way. Raises Refused where one is past closing."""
    entities = [c.entity for c in rec.changes]
    touching = select(Operation.approval_id).where(Operation.entity.in_(entities))
    in_the_way = (
        select(Approval)
        .where(
            Approval.account_id == rec.account_id,
            Approval.status.in_(OPEN),
            Approval.id.in_(touching) | (Approval.recommendation_id == rec.id),
        )
        .order_by(Approval.id)
        .execution_options(populate_existing=True)
    )
    superseded = []
    for older in session.scalars(in_the_way).all():
        if older.status != Status.PENDING:
            raise Refused(f"a change of the same budget is {older.status} (approval {older.id}); {_way_out(older)}")
        new = Status.EXPIRED if older.expires_at <= now else Status.SUPERSEDED
        if new is Status.SUPERSEDED:
            older.superseded_by = successor
            superseded.append(older.id)
        move_approval(session, older, new, actor="budgeteer", now=now, payload={"successor": successor})
    return tuple(superseded)


def _way_out(approval: Approval) -> str:
    if approval.status == Status.QUARANTINED:
        return f"a person has to settle it: budgeteer approvals resolve {approval.id}"
    return "wait until it settled"


def _operations(approval: Approval, changes: Sequence[Change]) -> list[Operation]:
    """Cuts before raises, so that a batch that stops half way never spends more than it was allowed to."""
    ordered = sorted(changes, key=write_order)
    return [
        Operation(
            id=uuid.uuid4().hex,
            approval_id=approval.id,
            seq=seq,
            account_id=approval.account_id,
            platform=c.platform,
            account=c.account,
            entity=c.entity,
            entity_name=c.entity_name,
            field=c.field,
            before_micros=c.before.micros,
            after_micros=c.after.micros,
            currency=c.after.currency,
            observed_at=c.observed_at,
            approval_status=approval.status,
            state=OpState.WAITING,
        )
        for seq, c in enumerate(ordered, start=1)
    ]


def _get(session: Session, approval_id: str) -> Approval:
    approval = session.get(Approval, approval_id, populate_existing=True)
    if approval is None:
        raise BadInput(f"there is no approval {approval_id!r}")
    return approval


def _locked(session: Session, approval_id: str) -> Approval:
    lock_account(session, _get(session, approval_id).account_id)
    return _get(session, approval_id)
