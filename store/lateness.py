"""How late an account's figures come: what loads said of a day as it aged, and how often loads come. Read only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import Account, DailyMetric, ImportRun, MetricRevision


@dataclass(frozen=True, slots=True)
class Aged:
    """One base figure of a day over all campaigns: as it was ``age`` full days after the day, and as it is now."""

    day: date
    age: int
    then: float
    now: float


def aged(
    session: Session, scope: Scope, account_id: int, start: date, end: date, ages: int
) -> Mapping[str, list[Aged]]:
    """Conversions and revenue of the days ``start`` to ``end`` at every age from 0 up to ``ages``.

    Age 0 is what a load on the next day said. Only campaign days that were first read by then, so that what a later
    load brought for the first time is not taken for a late conversion.
    """
    zone = _zone(session, scope, account_id)
    if zone is None:
        return {}
    current = _current(session, account_id, start, end)
    history = _history(session, account_id, start, end)
    found: dict[str, list[Aged]] = defaultdict(list)
    for name in ("conversions", "revenue"):
        sums: dict[tuple[date, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for cell, (now, written) in current.items():
            value = now[name]
            if value is None:
                continue
            steps = history.get(cell, [])
            for age in range(ages + 1):
                then = _as_of(steps, value, written, name, _read_by(cell[1], age, zone))
                if then is not None:
                    both = sums[cell[1], age]
                    both[0], both[1] = both[0] + then, both[1] + value
        found[name] = [Aged(day, age, then, now) for (day, age), (then, now) in sorted(sums.items())]
    return found


def loads(session: Session, scope: Scope, account_id: int, limit: int = 12) -> list[datetime]:
    """When the latest loads of daily figures came that still count, latest first."""
    query = select(ImportRun.at).where(
        ImportRun.account_id.in_([a for a in scope.account_ids if a == account_id]),
        ImportRun.undone_at.is_(None),
        ImportRun.kind == "daily",
    )
    return list(session.scalars(query.order_by(ImportRun.at.desc()).limit(limit)))


_Cell = tuple[int, date]
_Step = tuple[datetime, datetime, dict[str, float | None]]  # written at, replaced at, what it said


def _zone(session: Session, scope: Scope, account_id: int) -> ZoneInfo | None:
    wanted = select(Account.timezone).where(Account.id == account_id, Account.id.in_(scope.account_ids))
    name = session.scalar(wanted)
    return None if name is None else ZoneInfo(name)


def _current(
    session: Session, account_id: int, start: date, end: date
) -> dict[_Cell, tuple[dict[str, float | None], datetime]]:
    query = (
        select(
            DailyMetric.campaign_id, DailyMetric.day, DailyMetric.conversions, DailyMetric.revenue, ImportRun.at
        )
        .join(ImportRun, ImportRun.id == DailyMetric.run_id)
        .where(
            DailyMetric.account_id == account_id, DailyMetric.level == "campaign", DailyMetric.breakdown == "",
            DailyMetric.day.between(start, end),
        )
    )  # fmt: skip
    return {
        (campaign, day): ({"conversions": conversions, "revenue": revenue}, at)
        for campaign, day, conversions, revenue, at in session.execute(query)
    }


def _history(session: Session, account_id: int, start: date, end: date) -> dict[_Cell, list[_Step]]:
    runs = {
        run.id: run.at
        for run in session.execute(select(ImportRun.id, ImportRun.at).where(ImportRun.account_id == account_id))
    }
    query = (
        select(MetricRevision)
        .where(
            MetricRevision.account_id == account_id, MetricRevision.level == "campaign",
            MetricRevision.breakdown == "", MetricRevision.day.between(start, end),
        )
        .order_by(MetricRevision.id)
    )  # fmt: skip
    found: dict[_Cell, list[_Step]] = defaultdict(list)
    for r in session.scalars(query):
        found[r.campaign_id, r.day].append((runs[r.written_by_run], runs[r.replaced_by_run], r.old))
    return found


def _read_by(day: date, age: int, zone: ZoneInfo) -> datetime:
    """The end of the local day on which a daily load first saw ``age`` full days after ``day``."""
    after = day + timedelta(days=age + 2)
    return datetime(after.year, after.month, after.day, tzinfo=zone)


def _as_of(steps: list[_Step], now: float, written: datetime, name: str, by: datetime) -> float | None:
    """What was stored at ``by``; None where nothing was yet."""
    for wrote, replaced, said in steps:
        if wrote < by <= replaced:
            return said.get(name)
    return now if written < by else None
