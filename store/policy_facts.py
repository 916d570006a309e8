"""What the policy judges a plan against, gathered from the store as it stands in this transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.lifecycle import OpState
from domain.money import Money
from domain.policy import EntityFacts, PolicyFacts
from domain.ratio import amount_from_micros
from domain.recommendation import Change
from store import calendar
from store.plan_facts import gather_plan
from store.switches import switches_on
from store.tables import Account, BidTarget, Budget, DailyMetric, Operation, Reservation

_DAY = timedelta(hours=24)
_MAY_HAVE_LANDED = (OpState.SENT, OpState.UNKNOWN, OpState.APPLIED, OpState.QUARANTINED)


def gather(
    session: Session, account_id: int, changes: Sequence[Change], now: datetime, *, besides: str | None = None
) -> PolicyFacts:
    """Facts for a plan on one account. ``besides`` leaves out the approval that is being judged itself."""
    account = session.get(Account, account_id)
    if account is None:
        raise BadInput(f"there is no account {account_id}")
    today = now.astimezone(ZoneInfo(account.timezone)).date()
    last = _last_data_day(session, account_id, today)
    return PolicyFacts(
        account_id=account_id,
        timezone=account.timezone,
        mean_daily_spend_7d=None if last is None else _mean_spend(session, account, last),
        reserved_24h_micros=_reserved(session, account_id, now, besides),
        last_data_day=last,
        entities={c.entity: _entity(session, account_id, c, now, besides) for c in changes},
        plan=gather_plan(session, account_id, changes, today, besides=besides),
        freezes=calendar.freezes(session, account_id, account.timezone, today),
        step_envelopes=calendar.envelopes(session, account_id, account.timezone, today),
        stopped_by=tuple(str(s) for s in switches_on(session, platform=account.platform, account_id=account_id)),
    )


def _last_data_day(session: Session, account_id: int, today: date) -> date | None:
    return session.scalar(
        select(func.max(DailyMetric.day)).where(
            DailyMetric.account_id == account_id, DailyMetric.level == "campaign", DailyMetric.day < today
        )
    )


def _mean_spend(session: Session, account: Account, last: date) -> Money | None:
    """Spend of the 7 days up to ``last`` over 7: a day without figures lowers the envelope, it never widens it."""
    total = session.scalar(
        select(func.sum(DailyMetric.spend_micros)).where(
            DailyMetric.account_id == account.id,
            DailyMetric.level == "campaign",
            DailyMetric.breakdown == "",
            DailyMetric.day.between(last - timedelta(days=6), last),
        )
    )
    return None if total is None else Money.from_micros(int(total) // 7, account.currency)


def _reserved(session: Session, account_id: int, now: datetime, besides: str | None) -> int:
    query = select(func.coalesce(func.sum(Reservation.micros), 0)).where(
        Reservation.account_id == account_id, Reservation.at > now - _DAY, Reservation.released_at.is_(None)
    )
    if besides is not None:
        query = query.where(Reservation.approval_id != besides)
    return int(session.scalar(query) or 0)


def _entity(session: Session, account_id: int, change: Change, now: datetime, besides: str | None) -> EntityFacts:
    query = (
        select(Operation)
        .where(
            Operation.account_id == account_id,
            Operation.entity == change.entity,
            Operation.field == change.field,
            Operation.state.in_(_MAY_HAVE_LANDED),
            Operation.approval_id != (besides or ""),
        )
        .order_by(Operation.settled_at.desc())
    )
    earlier = session.scalars(query).all()
    in_a_day = [o for o in earlier if o.settled_at is None or o.settled_at > now - _DAY]
    first = min(in_a_day, key=lambda o: o.settled_at or now, default=None)
    day_ago = None if first is None else amount_from_micros(first.before_micros, first.currency)
    last = max((o.settled_at for o in earlier if o.settled_at is not None), default=None)
    if change.of_target:
        return _target(session, account_id, change, EntityFacts(day_ago, last))
    budget = session.get(Budget, (account_id, change.entity), populate_existing=True)
    return EntityFacts(
        day_ago=day_ago,
        last_change_at=last,
        billable_unit_micros=None if budget is None else budget.billable_unit_micros,
        daily_period=budget is not None and budget.period.upper() == "DAILY",
    )


_ROAS_UNIT, _ROAS_MOST = 10_000, 1_000_000_000
"""A target ROAS is set in steps of one per cent, from 0.01 to 1,000 (developers.google.com/google-ads/api)."""


def _target(session: Session, account_id: int, change: Change, facts: EntityFacts) -> EntityFacts:
    row = session.get(BidTarget, (account_id, change.entity), populate_existing=True)
    stands = None if row is None else getattr(row, f"{change.field}_micros")
    if row is None or stands is None:
        return facts  # never read, or it bids for nothing of the kind: without a unit the policy refuses
    if change.field == "target_roas":
        return replace(facts, billable_unit_micros=_ROAS_UNIT, most_micros=_ROAS_MOST, learning=row.learning)
    return replace(facts, billable_unit_micros=row.unit_micros, learning=row.learning)
