"""Writing the ledger of promises: frozen in the transaction that settles an approval, measured and told once each.

No planner or tool can reach this; ``store.promises`` reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.lifecycle import OpState, Status
from domain.promise import HORIZON_DAYS, LEAST_DAYS, Correction, Measured, Total, cut_at, part_of, window
from domain.recommendation import Range, Recommendation
from domain.recommendation_json import from_json
from store import outbox
from store.guards import changes_one, insert_missing
from store.tables import Account, Approval, Attempt, BidTarget, Budget, Operation, Promise, RecommendationRow

KEPT_WHEN = frozenset({Status.APPLIED, Status.PARTIALLY_APPLIED})
TOLD = "promise"  # the kind of the message that says what came of a change


def promise_id(approval_id: str) -> str:
    """The one promise of an approval."""
    return hashlib.sha256(f"promise:{approval_id}".encode()).hexdigest()[:32]


def freeze(session: Session, approval: Approval, now: datetime) -> bool:
    """Keep what an approval that just settled was expected to do; False where nothing of it landed or it is kept.

    The caller holds the account's lock and commits the settling with it, so that a process killed at any point loses
    no promise and doubles none. Earlier promises on the same budgets, or on a target of the same campaigns, end where
    this change began.
    """
    landed = _landed(session, approval.id) if approval.status in KEPT_WHEN else []
    if not landed:
        return False
    account = session.get_one(Account, approval.account_id)
    row = session.get_one(RecommendationRow, (approval.recommendation_id, approval.revision))
    rec = from_json(row.content)
    applied_at = max(_landed_at(session, o) or now for o in landed)
    day = applied_at.astimezone(ZoneInfo(account.timezone)).date()
    _end_earlier(session, approval, rec, landed, day, now)
    total, why_not = (None, "an undo: nothing was predicted") if approval.undoes else _total(session, rec, row, landed)
    block = _block(session, row)
    horizon = rec.expected.horizon_days if rec.expected else int(block.get("horizon_days", HORIZON_DAYS))
    start, end = window(day, horizon)
    return insert_missing(
        session,
        Promise,
        {
            "id": promise_id(approval.id),
            "account_id": approval.account_id,
            "approval_id": approval.id,
            "recommendation_id": approval.recommendation_id,
            "revision": approval.revision,
            "kind": "bid" if any(o.field != "daily_budget" for o in landed) else "budget",
            "outcome": _outcome(rec.expected, row),
            "currency": account.currency,
            "horizon_days": horizon,
            "level": None if total is None else total.level,
            "predicted_low": None if total is None else total.low,
            "predicted_mid": None if total is None else total.mid,
            "predicted_high": None if total is None else total.high,
            "frozen": _frozen(session, rec, block, landed, why_not),
            "frozen_at": now,
            "applied_at": applied_at,
            "window_start": start,
            "window_end": end,
            "status": "void" if approval.undoes else "waiting",
            "reason": "it takes another change back, and promised nothing itself" if approval.undoes else None,
            "details": {},
        },
    )


def keep(session: Session, promise: str, found: Measured, now: datetime) -> bool:
    """Keep what measuring found, and queue the news for the change's thread; False where it was measured before."""
    total = found.realised
    before = session.scalar(select(Promise.details).where(Promise.id == promise)) or {}
    values = {
        "status": found.status, "reason": found.reason, "window_end": found.window_end,
        "realised_low": total and total.low, "realised_mid": total and total.mid, "realised_high": total and total.high,
        "method": found.method, "measured_at": now,
        "details": {**before, **found.details, **({} if total is None else {"level": total.level})},
    }  # fmt: skip
    waiting = update(Promise).where(Promise.id == promise, Promise.status == "waiting")
    if not changes_one(session, waiting.values(**values)):
        return False
    approval_id = session.scalars(select(Promise.approval_id).where(Promise.id == promise)).one()
    _queue(session, promise, approval_id, now)
    return True


def _queue(session: Session, promise: str, approval_id: str, now: datetime, *, cut_by: str | None = None) -> None:
    """News for the change's thread: what came of it, or that its days were cut by another approval; each once."""
    approval = session.get_one(Approval, approval_id, populate_existing=True)
    if approval.channel is None:
        return
    payload = {"approval_id": approval.id, "promise_id": promise}
    outbox.put(
        session, dedupe_key=f"promise:{promise}" + (f":cut:{cut_by}" if cut_by else ""), kind=TOLD,
        channel=approval.channel, payload=payload | ({"cut_by": cut_by} if cut_by else {}), now=now,
    )  # fmt: skip


def told(session: Session, promise: str, now: datetime) -> None:
    """Remember when its thread was told."""
    session.execute(update(Promise).where(Promise.id == promise, Promise.told_at.is_(None)).values(told_at=now))


def _landed(session: Session, approval_id: str) -> list[Operation]:
    query = select(Operation).where(Operation.approval_id == approval_id, Operation.state == OpState.APPLIED)
    return list(session.scalars(query.order_by(Operation.seq).execution_options(populate_existing=True)))


def _landed_at(session: Session, operation: Operation) -> datetime | None:
    """When the write was sent: a read-back, or a person, may settle it days later."""
    query = select(Attempt.intended_at).where(Attempt.operation_id == operation.id).order_by(Attempt.number.desc())
    return session.scalar(query.limit(1)) or operation.settled_at


def _end_earlier(
    session: Session, approval: Approval, rec: Recommendation, landed: Sequence[Operation], day: date, now: datetime
) -> None:
    """Cut, or void, what earlier changes of the same campaigns promised: from ``day`` on it is not theirs alone.

    Their threads are told of it.
    """
    touched = {o.entity for o in landed}
    reached = {(o.field == "daily_budget", str(c[0] or c[1])) for o in landed for c in _campaigns(session, rec, o)}
    query = select(Promise).where(
        Promise.account_id == approval.account_id, Promise.status == "waiting", Promise.approval_id != approval.id
    )
    for earlier in session.scalars(query.execution_options(populate_existing=True)):
        changes = earlier.frozen["changes"]
        other = {(c["field"] != "daily_budget", str(of[0] or of[1])) for c in changes for of in c["campaigns"]}
        if touched & {str(c["entity"]) for c in changes}:
            what = "undone" if approval.undoes == earlier.approval_id else "changed again"
        elif reached & other:
            kind = "bid target" if any(o.field != "daily_budget" for o in landed) else "budget"
            what = f"the {kind} of the same campaigns was changed"
        else:
            continue
        last = cut_at(earlier.window_start, earlier.window_end, day)
        if last == earlier.window_end:
            continue
        said = f"{what} on {day}"
        earlier.details = {**earlier.details, "cut": said, "cut_by": approval.id}
        if last is None:
            earlier.status = "void"
            earlier.reason = f"{said}: fewer than {LEAST_DAYS} whole days are left to measure"
        else:
            earlier.window_end = last
        _queue(session, earlier.id, earlier.approval_id, now, cut_by=None if last is None else approval.id)
    session.flush()


def _block(session: Session, row: RecommendationRow) -> Mapping[str, Any]:
    """What the draft froze of its prediction; of the rest of a plan, what that plan's own draft froze."""
    block = row.origin.get("prediction")
    if block is None and (whole := row.origin.get("finishes")) is not None:
        before = session.get_one(Approval, whole)
        other = session.get_one(RecommendationRow, (before.recommendation_id, before.revision))
        block = other.origin.get("prediction")
    return block or {}


def _total(
    session: Session, rec: Recommendation, row: RecommendationRow, landed: Sequence[Operation]
) -> tuple[Total | None, str | None]:
    """The prediction for what landed; or None and why there is none."""
    amounts = {o.entity: o.after_micros for o in landed}
    if any(_read_otherwise(session, o) for o in landed):
        return None, "a person settled it while the platform showed another amount than the one predicted for"
    if rec.expected is not None and amounts == {c.entity: c.after.micros for c in rec.changes}:
        expected = rec.expected
        return Total(float(expected.low), float(expected.mid), float(expected.high), expected.level), None
    block = _block(session, row)
    part = part_of(block, list(amounts.items())) if block else None
    if part is not None:
        return _corrected(part, block), None
    return None, rec.not_estimated or "only a part of the plan landed, and nothing was predicted for that part alone"


def _corrected(part: Total, block: Mapping[str, Any]) -> Total:
    """A part of a prediction as it was told: brought to what earlier predictions of the account came to."""
    known = block.get("correction")
    return part if not known else Correction.from_json(known).of(part)


def _read_otherwise(session: Session, operation: Operation) -> bool:
    query = select(Attempt.read_micros).where(Attempt.operation_id == operation.id).order_by(Attempt.number.desc())
    read = session.scalar(query.limit(1))
    return read is not None and read != operation.after_micros


def _outcome(expected: Range | None, row: RecommendationRow) -> str | None:
    if expected is not None:
        return "revenue" if expected.unit == "money" else "conversions"
    known = row.origin.get("outcome")
    return str(known) if known in ("revenue", "conversions") else None


def _frozen(
    session: Session,
    rec: Recommendation,
    block: Mapping[str, Any],
    landed: Sequence[Operation],
    why_not: str | None,
) -> dict[str, Any]:
    """What the figures alone do not say: changes as applied, whose campaigns, the model and the data behind them."""
    amounts = [(o.entity, o.after_micros) for o in landed]
    raw = part_of(block, amounts) if block else None
    return {
        "title": rec.title,
        "recommended_at": rec.created_at.isoformat(),
        "changes": [
            {"entity": o.entity, "name": o.entity_name, "field": o.field, "before_micros": o.before_micros,
             "after_micros": o.after_micros, "currency": o.currency, "campaigns": _campaigns(session, rec, o)}
            for o in landed
        ],
        "landed": len(landed), "planned": len(rec.changes),
        "model": block.get("model"), "data": block.get("data"), "correction": block.get("correction"),
        "per_entity": [e for e in block.get("entities", ()) if (e["entity"], e["after_micros"]) in amounts],
        "raw": None if raw is None else [raw.low, raw.mid, raw.high],
        "not_predicted": why_not,
    }  # fmt: skip


def _campaigns(session: Session, rec: Recommendation, operation: Operation) -> list[list[str | None]]:
    """The campaigns a write reached, [platform's id, name] each: as the platform's budget or bid target names them."""
    key = (operation.account_id, operation.entity)
    owner = session.get(Budget, key) if operation.field == "daily_budget" else session.get(BidTarget, key)
    if owner is not None and owner.campaigns:
        return [[None if c[0] is None else str(c[0]), str(c[1])] for c in owner.campaigns]
    named = next((c.affects for c in rec.changes if c.entity == operation.entity), ())
    return [[None, name] for name in named or (operation.entity_name,)]
