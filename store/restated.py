"""What later loads said differently about days that were read before. Read only; every call names its scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from domain.metrics import Base
from domain.money import from_micros
from domain.scope import Scope
from store.tables import DailyMetric, ImportRun, MetricRevision

MEASURES: dict[Base, str] = {"spend": "spend_micros", "conversions": "conversions", "revenue": "revenue"}
CELLS = 400  # campaign days asked for at once: SQLite takes a limited number of parameters


@dataclass(frozen=True, slots=True)
class Restated:
    """One account's days whose figures moved. ``moved``: the account's sums over those days as first read, and now."""

    account_id: int
    days: tuple[date, ...]
    moved: Mapping[Base, tuple[Decimal, Decimal]]


def restated(session: Session, scope: Scope, start: date, end: date, since: datetime) -> list[Restated]:
    """Per account what the days ``start`` to ``end`` were when first read, against now.

    Days count on which a load at or after ``since`` changed a campaign; what earlier loads changed on them is in both
    sums. A figure that the first load did not state is no restatement; a row that the platform no longer shows counts
    as nothing now. What a person took back with its load was never restated.
    """
    first, accounts, recent = _revised(session, scope, start, end, since)
    now = _current(session, sorted(recent))
    found = []
    for account_id in sorted({accounts[cell] for cell in recent}):
        cells = [cell for cell in sorted(recent) if accounts[cell] == account_id]
        moved, days = _moved([(cell, first[cell], now.get(cell)) for cell in cells])
        if moved:
            whole = _whole(session, account_id, days)
            sums = {base: (whole[base] - by, whole[base]) for base, by in moved.items()}
            found.append(Restated(account_id, tuple(days), sums))
    return found


_Cell = tuple[int, date]


def _revised(
    session: Session, scope: Scope, start: date, end: date, since: datetime
) -> tuple[dict[_Cell, dict[str, Any]], dict[_Cell, int], set[_Cell]]:
    """What each revised campaign day was first, whose it is, and which were revised since ``since``."""
    writer = aliased(ImportRun)
    query = (
        select(MetricRevision, ImportRun.at)
        .join(ImportRun, ImportRun.id == MetricRevision.replaced_by_run)
        .join(writer, writer.id == MetricRevision.written_by_run)
        .where(
            writer.undone_at.is_(None),
            MetricRevision.account_id.in_(scope.account_ids),
            MetricRevision.level == "campaign",
            MetricRevision.breakdown == "",
            MetricRevision.day.between(start, end),
        )
        .order_by(MetricRevision.id)
    )
    first: dict[_Cell, dict[str, Any]] = {}
    accounts: dict[_Cell, int] = {}
    recent: set[_Cell] = set()
    for revision, at in session.execute(query):
        cell = (revision.campaign_id, revision.day)
        known = first.setdefault(cell, dict(revision.old))
        known.update({k: v for k, v in revision.old.items() if known.get(k) is None})
        accounts[cell] = revision.account_id
        if at >= since:
            recent.add(cell)
    return first, accounts, recent


def _current(session: Session, cells: list[_Cell]) -> dict[_Cell, DailyMetric]:
    found: dict[_Cell, DailyMetric] = {}
    for i in range(0, len(cells), CELLS):
        wanted = tuple_(DailyMetric.campaign_id, DailyMetric.day).in_(cells[i : i + CELLS])
        query = select(DailyMetric).where(wanted, DailyMetric.level == "campaign", DailyMetric.breakdown == "")
        found |= {(m.campaign_id, m.day): m for m in session.scalars(query)}
    return found


def _whole(session: Session, account_id: int, days: list[date]) -> dict[Base, Decimal]:
    """What the account's days sum to now."""
    sums = [func.coalesce(func.sum(getattr(DailyMetric, column)), 0) for column in MEASURES.values()]
    query = select(*sums).where(
        DailyMetric.account_id == account_id,
        DailyMetric.day.in_(days),
        DailyMetric.level == "campaign",
        DailyMetric.breakdown == "",
    )
    return {base: _decimal(base, v) for base, v in zip(MEASURES, session.execute(query).one(), strict=True)}


def _moved(
    cells: list[tuple[_Cell, dict[str, Any], DailyMetric | None]],
) -> tuple[dict[Base, Decimal], list[date]]:
    """By how much the campaign days moved, and the days on which any did."""
    moved: dict[Base, Decimal] = {}
    days: set[date] = set()
    for base, column in MEASURES.items():
        before = now = Decimal(0)
        for (_, day), old, row in cells:
            stated, current = old.get(column), 0 if row is None else getattr(row, column)
            if stated is None or current is None or stated == current:
                continue
            days.add(day)
            before, now = before + _decimal(base, stated), now + _decimal(base, current)
        if before != now:
            moved[base] = now - before
    return moved, sorted(days)


def _decimal(base: Base, value: Any) -> Decimal:
    return from_micros(int(value)) if base == "spend" else Decimal(str(value))
