"""What other approvals add to a pool and its figures do not show yet: raises on their way, and fresh ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from domain.lifecycle import OpState, Status
from store.feeding import fed_by
from store.performance import CampaignName
from store.plan_cover import Cover
from store.tables import Operation

WEEKS = 4
"""The landing takes the mean of each weekday over so many weeks: a change is wholly in it after as many."""
_MAY_BE_THERE = (OpState.SENT, OpState.UNKNOWN, OpState.APPLIED, OpState.QUARANTINED)
_UNDER_WAY = (Status.EXECUTING, Status.UNKNOWN, Status.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures that a landing rests on: of these accounts (with their zones), in one currency, up to ``last``."""

    zones: Mapping[int, str]
    currency: str
    last: date


def pending_micros(
    session: Session, laid: Cover, key: str, names: Sequence[CampaignName], figures: Figures, besides: str | None
) -> int:
    """Daily spend in micros that approvals other than ``besides`` add to a pool beyond its figures; never below 0.

    What is under way counts in full, its cuts only against raises of the same approval. What was applied counts with
    the part of four weeks that the figures do not cover yet. A budget whose campaigns are not known counts everywhere.
    """
    quarters: dict[str, int] = defaultdict(int)
    open_: set[str] = set()
    for op in _operations(session, figures, besides):
        if not _lies_in(session, laid, key, names, op):
            continue
        weeks = 0
        if op.state == OpState.APPLIED and op.settled_at is not None:
            settled = op.settled_at.astimezone(ZoneInfo(figures.zones[op.account_id])).date()
            weeks = min(WEEKS, max(0, (figures.last - settled).days) // 7)
        else:
            open_.add(op.approval_id)
        quarters[op.approval_id] += (op.after_micros - op.before_micros) * (WEEKS - weeks)
    total = sum(max(0, added) if approval in open_ else added for approval, added in quarters.items())
    return max(0, -(-total // WEEKS))


def _operations(session: Session, figures: Figures, besides: str | None) -> Collection[Operation]:
    since = datetime.combine(figures.last - timedelta(days=7 * WEEKS + 2), time(), UTC)
    query = select(Operation).where(
        Operation.account_id.in_(figures.zones),
        Operation.currency == figures.currency,
        Operation.field == "daily_budget",
        Operation.approval_id != (besides or ""),
        or_(
            Operation.state.in_(_MAY_BE_THERE),
            and_(Operation.state == OpState.WAITING, Operation.approval_status.in_(_UNDER_WAY)),
        ),
        or_(Operation.settled_at.is_(None), Operation.settled_at >= since),
    )
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _lies_in(session: Session, laid: Cover, key: str, names: Sequence[CampaignName], op: Operation) -> bool:
    fed = fed_by(session, op.account_id, op.entity, (op.entity_name,), names)
    return fed.gap is not None or any(laid.pool(c.id) in (key, None) for c in fed.campaigns)
