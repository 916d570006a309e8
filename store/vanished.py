"""Figures that a complete read of the platform no longer shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from store.campaigns import campaign_ids
from store.ingest import FIGURES, MetricLike
from store.tables import Account, DailyMetric, ImportRun, MetricRevision

CHUNK = 500


def remove(
    session: Session, account: Account, rows: Iterable[MetricLike], *, start: date, end: date, source: str, run_id: int
) -> int:
    """Remove campaign days of ``source`` in the window that ``rows`` do not hold; returns how many.

    Call it only with the rows of a complete read of that window, in the transaction that loaded
    them. What is removed is kept as a revision; rows from other sources stay.
    """
    rows = list(rows)
    ids = campaign_ids(session, account.id, {(row.campaign, row.campaign_id) for row in rows})
    shown = {(ids[row.campaign, row.campaign_id], row.day) for row in rows}
    stored = session.scalars(
        select(DailyMetric)
        .join(ImportRun, ImportRun.id == DailyMetric.run_id)
        .where(
            DailyMetric.account_id == account.id,
            DailyMetric.level == "campaign",
            DailyMetric.breakdown == "",
            DailyMetric.day.between(start, end),
            ImportRun.source == source,
        )
    )
    gone = [m for m in stored if (m.campaign_id, m.day) not in shown]
    for first in range(0, len(gone), CHUNK):
        _remove(session, account, gone[first : first + CHUNK], run_id)
    return len(gone)


def _remove(session: Session, account: Account, gone: list[DailyMetric], run_id: int) -> None:
    session.execute(
        insert(MetricRevision),
        [
            {
                "account_id": account.id,
                "campaign_id": m.campaign_id,
                "level": m.level,
                "day": m.day,
                "breakdown": m.breakdown,
                "old": {name: getattr(m, name) for name in FIGURES},
                "written_by_run": m.run_id,
                "replaced_by_run": run_id,
            }
            for m in gone
        ],
    )
    keys = [(m.campaign_id, m.day) for m in gone]
    session.execute(
        delete(DailyMetric)
        .where(
            DailyMetric.level == "campaign",
            DailyMetric.breakdown == "",
            tuple_(DailyMetric.campaign_id, DailyMetric.day).in_(keys),
        )
        .execution_options(synchronize_session=False)
    )
