"""The ledger of wire attempts: an intent committed before each, its answer and its read-back after it.

Every function is one transaction of its own, because a wire call stands between any two of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.lifecycle import OpState, Status, move_op
from domain.policy import net_new_micros
from domain.ratio import Amount
from domain.recommendation import Change
from store import audit
from store.approval_view import planned, tampered
from store.engine import write
from store.guards import changes_one, lock_account
from store.switches import switches_on
from store.tables import Approval, Attempt, Operation, Reservation
from store.transitions import move_approval, redraw

ACTOR = "budgeteer"
MAX_ATTEMPTS = 2
_OPEN_STATES = (OpState.SENT, OpState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Intent:
    """The right to send one operation once: committed, and held by nobody else. ``change`` is what to send."""

    key: str
    operation_id: str
    number: int
    at: datetime
    change: Change


@dataclass(frozen=True, slots=True)
class Reading:
    """What a read-back saw: ``verdict`` is desired, before or other."""

    verdict: str
    value: Amount
    request_id: str | None


def intent_key(operation: Operation, number: int) -> str:
    """SHA-256 over approval, target, field, before, after and attempt: the same write cannot be intended twice."""
    parts = [
        operation.approval_id, operation.platform, operation.account, operation.entity, operation.field,
        operation.before_micros, operation.after_micros, operation.currency, number,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def intend(engine: Engine, operation_id: str, number: int, now: datetime, *, note: str = "") -> Intent | None:
    """Commit the intent to send, and take the operation with it. None where somebody else has it, where another
    operation of the approval is not settled, where writes are stopped, or where the approval is not executing,
    has expired, or is not the plan that was approved.
    """
    expected = OpState.WAITING if number == 1 else OpState.UNKNOWN
    try:
        with write(engine) as session:
            operation, approval = _locked(session, operation_id)
            if approval.status != Status.EXECUTING or number > MAX_ATTEMPTS:
                return None
            if (refused := _no_longer_right(session, approval, now)) is not None:
                facts = {"operation": operation_id, "attempt": number, "reason": refused}
                audit.append(session, ACTOR, "write.refused", approval.id, facts, now)
                return None
            if _unsettled_sibling(session, operation) or _stopped(session, operation):
                return None
            if not _take(session, operation_id, expected):
                return None
            intent = Intent(intent_key(operation, number), operation_id, number, now, planned(operation))
            session.add(Attempt(key=intent.key, operation_id=operation_id, number=number, intended_at=now))
            session.flush()
            sent = {"operation": operation_id, "key": intent.key, "attempt": number, "entity": operation.entity}
            amounts = {"before": operation.before_micros, "after": operation.after_micros}
            noted = {"noted": note} if note else {}
            audit.append(session, ACTOR, "write.intended", approval.id, {**sent, **amounts, **noted}, now)
            return intent
    except IntegrityError:
        return None  # the key is taken: this very attempt was intended before


def answered(
    engine: Engine, intent: Intent, *, outcome: str, request_id: str | None, detail: str, now: datetime
) -> None:
    """Record what the answer to the wire call said: applied, rejected or unknown."""
    with write(engine) as session:
        operation, _ = _locked(session, intent.operation_id)
        attempt = session.get_one(Attempt, intent.key, populate_existing=True)
        attempt.outcome, attempt.request_id, attempt.detail = outcome, request_id, detail[:2000] or None
        said = {"key": intent.key, "outcome": outcome, "request_id": request_id, "detail": attempt.detail}
        audit.append(session, ACTOR, "write.answered", operation.approval_id, said, now)


def settle(
    engine: Engine, operation_id: str, new: OpState, *, detail: str, reading: Reading | None, now: datetime
) -> bool:
    """Move an operation by the lifecycle, with the read-back it rests on. False where it stands there already."""
    with write(engine) as session:
        operation, approval = _locked(session, operation_id)
        if operation.state == new:
            return False
        operation.state = move_op(OpState(operation.state), new)
        operation.detail, operation.settled_at = detail[:2000] or None, now
        if (attempt := _last_attempt(session, operation_id)) is not None and reading is not None:
            attempt.read_back, attempt.read_micros = reading.verdict, reading.value.micros
            attempt.settled_at = None if new is OpState.UNKNOWN else now
        session.flush()
        redraw(session, approval, now)
        seen = None if reading is None else {"verdict": reading.verdict, "micros": reading.value.micros}
        facts = {"operation": operation_id, "entity": operation.entity, "detail": operation.detail, "read_back": seen}
        audit.append(session, ACTOR, f"operation.{new}", approval.id, facts, now)
        return True


def resume(engine: Engine, approval_id: str, now: datetime) -> bool:
    """Let an approval whose outcome was unknown execute once more, after a read-back proved that nothing landed."""
    with write(engine) as session:
        approval = _approval(session, approval_id)
        if approval.status != Status.UNKNOWN:
            return bool(approval.status == Status.EXECUTING)
        move_approval(session, approval, Status.EXECUTING, actor=ACTOR, now=now, payload={"read_back": "before"})
        return True


def conclude(engine: Engine, approval_id: str, verdict: Callable[[list[OpState]], Status], now: datetime) -> Status:
    """Move the approval to where its operations say it is, and size its reservation to what was really added."""
    with write(engine) as session:
        approval = _approval(session, approval_id)
        if approval.status not in (Status.EXECUTING, Status.UNKNOWN):
            return Status(approval.status)
        operations = _operations(session, approval_id)
        states = [OpState(o.state) for o in operations]
        new = verdict(states)
        if new == approval.status:
            return new
        _shrink_reservation(session, approval_id, operations)
        payload = {"operations": {str(o.seq): o.state for o in operations}}
        if new is Status.QUARANTINED and approval.status == Status.EXECUTING:
            move_approval(session, approval, Status.UNKNOWN, actor=ACTOR, now=now, payload=payload)
        move_approval(session, approval, new, actor=ACTOR, now=now, payload=payload)
        return new


def resolve(
    engine: Engine,
    approval_id: str,
    new: OpState,
    readings: Mapping[str, Reading | None],
    verdict: Callable[[list[OpState]], Status],
    *,
    by: str,
    now: datetime,
) -> Status:
    """Take an approval out of quarantine, or out of an outcome nobody knows, as a person decided, with what was read
    just before (by operation). What was not sent of a batch is skipped.

    Raises:
        Refused: it is in neither (any more), or another operation is than the ones that were read.
    """
    with write(engine) as session:
        approval = _approval(session, approval_id)
        operations = _operations(session, approval_id)
        waiting = [o for o in operations if o.state in (OpState.QUARANTINED, OpState.UNKNOWN)]
        open_ = approval.status in (Status.QUARANTINED, Status.UNKNOWN)
        if not open_ or not readings or {o.id for o in waiting} != set(readings):
            raise Refused(f"approval {approval_id} is {approval.status} and not what you looked at; look again")
        for operation in waiting:
            reading = readings[operation.id]
            operation.state, operation.settled_at = move_op(OpState(operation.state), new), now
            operation.detail = f"{new} as {by} decided; the platform showed {reading.value if reading else 'nothing'}"
            if reading is not None and (attempt := _last_attempt(session, operation.id)) is not None:
                attempt.read_back, attempt.read_micros, attempt.settled_at = reading.verdict, reading.value.micros, now
            seen = None if reading is None else {"verdict": reading.verdict, "micros": reading.value.micros}
            facts = {"operation": operation.id, "entity": operation.entity, "as": new, "read_back": seen}
            audit.append(session, by, "operation.resolved", approval_id, facts, now)
        for operation in (o for o in operations if o.state == OpState.WAITING):
            operation.state, operation.settled_at = move_op(OpState.WAITING, OpState.SKIPPED), now
            operation.detail = "not sent: an operation before it did not go through"
        session.flush()
        _shrink_reservation(session, approval_id, operations)
        status = verdict([OpState(o.state) for o in operations])
        move_approval(session, approval, status, actor=by, now=now, payload={"resolved_as": new})
        return status


def trouble(engine: Engine, approval_id: str, error: str, now: datetime) -> None:
    """Record what keeps an approval from being carried out; the same trouble again adds nothing."""
    with write(engine) as session:
        _approval(session, approval_id)
        payload = {"error": error[:500]}
        if payload not in [e.payload for e in audit.entries(session, subject=approval_id)]:
            audit.append(session, ACTOR, "execution.failed", approval_id, payload, now)


def _no_longer_right(session: Session, approval: Approval, now: datetime) -> str | None:
    if tampered(session, approval):
        return "the stored plan is not the one that was approved"
    if approval.expires_at <= now:
        return "expired before it was sent"
    return None


def _locked(session: Session, operation_id: str) -> tuple[Operation, Approval]:
    account_id = session.scalars(select(Operation.account_id).where(Operation.id == operation_id)).one()
    lock_account(session, account_id)
    operation = session.get_one(Operation, operation_id, populate_existing=True)
    return operation, session.get_one(Approval, operation.approval_id, populate_existing=True)


def _approval(session: Session, approval_id: str) -> Approval:
    lock_account(session, session.scalars(select(Approval.account_id).where(Approval.id == approval_id)).one())
    return session.get_one(Approval, approval_id, populate_existing=True)


def _operations(session: Session, approval_id: str) -> list[Operation]:
    query = select(Operation).where(Operation.approval_id == approval_id).order_by(Operation.seq)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _take(session: Session, operation_id: str, expected: OpState) -> bool:
    statement = (
        update(Operation)
        .where(
            Operation.id == operation_id,
            Operation.state == expected,
            Operation.approval_status == Status.EXECUTING,
        )
        .values(state=move_op(expected, OpState.SENT))
    )
    return changes_one(session, statement)


def _unsettled_sibling(session: Session, operation: Operation) -> bool:
    """Whether another operation of this approval, or on this budget owner, may be on the wire."""
    query = select(Operation.id).where(
        Operation.id != operation.id,
        Operation.state.in_(_OPEN_STATES),
        (Operation.approval_id == operation.approval_id)
        | ((Operation.account == operation.account) & (Operation.entity == operation.entity)),
    )
    return session.scalars(query.limit(1)).first() is not None


def _stopped(session: Session, operation: Operation) -> bool:
    return bool(switches_on(session, platform=operation.platform, account_id=operation.account_id))


def _last_attempt(session: Session, operation_id: str) -> Attempt | None:
    query = select(Attempt).where(Attempt.operation_id == operation_id).order_by(Attempt.number.desc()).limit(1)
    return session.scalar(query.execution_options(populate_existing=True))


def _shrink_reservation(session: Session, approval_id: str, operations: list[Operation]) -> None:
    """Keep of the envelope what these operations may have added; unknown ones count as applied."""
    may_be_there = {OpState.APPLIED, OpState.UNKNOWN, OpState.SENT, OpState.QUARANTINED}
    added = net_new_micros([planned(o) for o in operations if o.state in may_be_there])
    session.execute(update(Reservation).where(Reservation.approval_id == approval_id).values(micros=added))
