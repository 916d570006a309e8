"""An approval as a card, a command or the executor needs it: plain frozen values, read from the store in one go."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.errors import BadInput, BudgeteerError
from domain.lifecycle import OPEN, OpState, Status
from domain.ratio import Amount, amount_from_micros
from domain.recommendation import Change, Field, Recommendation, plan_hash
from domain.recommendation_json import from_json
from store.approvers import ApproverView, approvers
from store.switches import Switch, switches_on
from store.tables import Account, Approval, Attempt, Operation, RecommendationRow, Suppression, Vote


@dataclass(frozen=True, slots=True)
class AccountView:
    """The account whose budgets are to change."""

    id: int
    platform: str
    name: str
    external_id: str | None
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """Where one revision stands. ``reason`` is a rejection's, as typed by a person: escape it where it is shown.

    ``undoes`` and ``finishes`` are ids of earlier approvals; ``left_alone_until`` is what a rejection came to.
    """

    id: str
    recommendation_id: str
    revision: int
    account_id: int
    plan_hash: str
    status: Status
    tier: int
    quorum: int
    proposed_by: str
    edited_by: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    superseded_by: str | None
    channel: str | None
    message_ts: str | None
    thread_ts: str | None = None
    undoes: str | None = None
    finishes: str | None = None
    left_alone_until: datetime | None = None

    @property
    def thread(self) -> str | None:
        """Where replies to the card go: Slack wants the thread's parent, which a card in a thread is not."""
        return self.thread_ts or self.message_ts


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One wire attempt as the ledger has it: what the answer said, what was read back."""

    number: int
    intended_at: datetime
    outcome: str | None
    request_id: str | None
    detail: str | None
    read_back: str | None
    read_value: Amount | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class OperationView:
    """One write of the plan and how it went. ``detail`` is fit to show to a person."""

    id: str
    seq: int
    change: Change
    state: OpState
    detail: str | None
    settled_at: datetime | None
    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True)
class VoteView:
    """One person's decision."""

    user: str
    decision: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """Everything a card says. Operations stand in the order in which they are written: cuts before raises.

    ``tampered``: what is stored is not what was put before the approvers; nothing of it may be approved or sent.
    ``successor`` replaced this one; ``undone`` and ``finished`` are the open or applied proposals that take it back or
    carry it to its end; ``stopped`` are the kill switches that are on for its account.
    """

    approval: ApprovalState
    recommendation: Recommendation
    operations: tuple[OperationView, ...]
    votes: tuple[VoteView, ...]
    approvers: tuple[ApproverView, ...]
    account: AccountView
    tampered: bool = False
    successor: ApprovalState | None = None
    undone: ApprovalState | None = None
    finished: ApprovalState | None = None
    stopped: tuple[Switch, ...] = ()


def view(session: Session, approval_id: str) -> ApprovalView:
    """Read an approval with all that belongs to it. Raises BadInput where there is none."""
    approval = session.get(Approval, approval_id, populate_existing=True)
    if approval is None:
        raise BadInput(f"there is no approval {approval_id!r}")
    row = session.get_one(RecommendationRow, (approval.recommendation_id, approval.revision))
    recommendation = from_json(row.content)
    votes = session.scalars(select(Vote).where(Vote.approval_id == approval_id).order_by(Vote.at, Vote.user))
    return ApprovalView(
        approval=_state(session, approval, row),
        recommendation=recommendation,
        operations=_operations(session, approval_id, recommendation),
        votes=tuple(VoteView(v.user, v.decision, v.at) for v in votes),
        approvers=approvers(session, approval.account_id, approval.tier),
        account=_account(session.get_one(Account, approval.account_id)),
        tampered=tampered(session, approval),
        successor=_state_of(session, approval.superseded_by),
        undone=_state_of(session, standing_undo(session, approval.id)),
        finished=_state_of(session, standing_finish(session, approval.id)),
        stopped=switches_on(session, platform=approval_platform(session, approval), account_id=approval.account_id),
    )


def tampered(session: Session, approval: Approval) -> bool:
    """Whether the operations or the recommendation on the card differ from the plan whose hash the approval keeps."""
    row = session.get_one(
        RecommendationRow, (approval.recommendation_id, approval.revision), populate_existing=True
    )  # fmt: skip
    query = select(Operation).where(Operation.approval_id == approval.id)
    operations = session.scalars(query.execution_options(populate_existing=True))
    try:
        to_write = plan_hash([planned(o) for o in operations])
        shown = plan_hash(from_json(row.content).changes)
    except BudgeteerError:  # not even a change: a ratio in euros, a negative amount
        return True
    return {to_write, shown, row.plan_hash} != {approval.plan_hash}


def edited_by(row: RecommendationRow) -> tuple[str, ...]:
    """Who changed an amount of this revision; whoever only asked for it is not among them."""
    return tuple(row.origin.get("edited_by") or ())


def planned(operation: Operation, affects: tuple[str, ...] = ()) -> Change:
    """The change an operation row stands for."""
    return Change(
        platform=operation.platform,
        account=operation.account,
        entity=operation.entity,
        entity_name=operation.entity_name,
        field=cast(Field, operation.field),
        before=amount_from_micros(operation.before_micros, operation.currency),
        after=amount_from_micros(operation.after_micros, operation.currency),
        observed_at=operation.observed_at,
        affects=affects,
    )


_STANDS = (*OPEN, Status.APPLIED)  # one that was carried out in part is tried again


def followup_id(kind: Literal["undo", "finish"], approval_id: str) -> str:
    """The one recommendation that takes an approval back, or finishes it: each further try is a revision of it."""
    return hashlib.sha256(f"{kind}:{approval_id}".encode()).hexdigest()[:32]


def standing_undo(session: Session, approval_id: str) -> str | None:
    """The approval that takes this one back: open, or applied and not taken back itself."""
    found = _standing(session, "undo", approval_id)
    if found is None or found.status in OPEN:
        return None if found is None else found.id
    back = _standing(session, "undo", found.id)
    return None if back is not None and back.status == Status.APPLIED else found.id


def standing_finish(session: Session, approval_id: str) -> str | None:
    """The approval that carries the rest of this one out: open or applied."""
    found = _standing(session, "finish", approval_id)
    return None if found is None else found.id


def _standing(session: Session, kind: Literal["undo", "finish"], approval_id: str) -> Approval | None:
    query = (
        select(Approval)
        .where(Approval.recommendation_id == followup_id(kind, approval_id), Approval.status.in_(_STANDS))
        .order_by(Approval.revision.desc())
        .limit(1)
    )
    return session.scalar(query.execution_options(populate_existing=True))


def approval_platform(session: Session, approval: Approval) -> str:
    """The platform whose budgets an approval changes."""
    return session.get_one(Account, approval.account_id).platform


def _state_of(session: Session, approval_id: str | None) -> ApprovalState | None:
    approval = None if approval_id is None else session.get(Approval, approval_id, populate_existing=True)
    if approval is None:
        return None
    row = session.get_one(RecommendationRow, (approval.recommendation_id, approval.revision))
    return _state(session, approval, row)


def _state(session: Session, a: Approval, row: RecommendationRow) -> ApprovalState:
    return ApprovalState(
        id=a.id,
        recommendation_id=a.recommendation_id,
        revision=a.revision,
        account_id=a.account_id,
        plan_hash=a.plan_hash,
        status=Status(a.status),
        tier=a.tier,
        quorum=a.quorum,
        proposed_by=a.proposed_by,
        edited_by=edited_by(row),
        created_at=a.created_at,
        expires_at=a.expires_at,
        decided_by=a.decided_by,
        decided_at=a.decided_at,
        reason=a.reason,
        superseded_by=a.superseded_by,
        channel=a.channel,
        message_ts=a.message_ts,
        thread_ts=a.thread_ts,
        undoes=a.undoes,
        finishes=row.origin.get("finishes"),
        left_alone_until=session.scalar(
            select(func.max(Suppression.until)).where(Suppression.approval_id == a.id, Suppression.lifted_at.is_(None))
        ),
    )


def _account(a: Account) -> AccountView:
    return AccountView(a.id, a.platform, a.name, a.external_id, a.currency, a.timezone)


def _operations(session: Session, approval_id: str, rec: Recommendation) -> tuple[OperationView, ...]:
    proposed = {c.entity: c for c in rec.changes}
    query = select(Operation).where(Operation.approval_id == approval_id).order_by(Operation.seq)
    return tuple(
        OperationView(
            id=o.id,
            seq=o.seq,
            change=_told(o, proposed.get(o.entity)),
            state=OpState(o.state),
            detail=o.detail,
            settled_at=o.settled_at,
            attempts=_attempts(session, o),
        )
        for o in session.scalars(query.execution_options(populate_existing=True))
    )


def _told(operation: Operation, proposed: Change | None) -> Change:
    """What is to be written; where that was written over with what is no change at all, what was proposed, so that the
    card can still be drawn and say that it is tampered with."""
    try:
        return planned(operation, () if proposed is None else proposed.affects)
    except BudgeteerError:
        if proposed is None:
            raise
        return proposed


def _attempts(session: Session, operation: Operation) -> tuple[AttemptView, ...]:
    query = select(Attempt).where(Attempt.operation_id == operation.id).order_by(Attempt.number)
    return tuple(
        AttemptView(
            number=a.number,
            intended_at=a.intended_at,
            outcome=a.outcome,
            request_id=a.request_id,
            detail=a.detail,
            read_back=a.read_back,
            read_value=None if a.read_micros is None else amount_from_micros(a.read_micros, operation.currency),
            settled_at=a.settled_at,
        )
        for a in session.scalars(query.execution_options(populate_existing=True))
    )
