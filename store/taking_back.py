"""What goes and what returns when a load is taken back, by kind. Only ``store.undo`` calls it: it locks and audits.

Rows that the load added go; rows that it changed become what they were. Nothing else is deleted: the load itself and
its revisions stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from domain.errors import Refused
from store import orders
from store.ingest import FIGURES
from store.tables import (
    AdDay,
    Campaign,
    CampaignLabel,
    DailyMetric,
    ImportRun,
    MetricRevision,
    Order,
    OrderRevision,
    PlanLine,
)

API = "api"
CHUNK = 5_000


def _undo_daily(session: Session, run: ImportRun) -> tuple[int, int]:
    """(rows removed, rows restored) of a load of daily figures."""
    _refuse_built_on(session, run, MetricRevision)
    session.flush()
    session.execute(delete(AdDay).where(AdDay.run_id == run.id).execution_options(synchronize_session=False))
    restored = _restore(session, run)
    added = session.execute(
        delete(DailyMetric)
        .where(DailyMetric.run_id == run.id, DailyMetric.account_id == run.account_id)
        .returning(DailyMetric.campaign_id)
        .execution_options(synchronize_session=False)
    )
    campaigns = added.scalars().all()
    _remove_empty(session, run, set(campaigns))
    return len(campaigns), restored


def _undo_orders(session: Session, run: ImportRun) -> tuple[int, int]:
    """(orders removed, orders set to what they were). Their revisions stay, as those of daily figures do."""
    _refuse_built_on(session, run, OrderRevision)
    session.flush()
    replaced = session.scalars(select(OrderRevision).where(OrderRevision.replaced_by_run == run.id)).all()
    for revision in replaced:
        session.execute(
            update(Order)
            .where(Order.account_id == run.account_id, Order.order_id == revision.order_id, Order.run_id == run.id)
            .values(**orders.from_json(revision.old), run_id=revision.written_by_run)
        )
    gone = session.connection().execute(delete(Order).where(Order.run_id == run.id)).rowcount
    session.expire_all()
    return gone, len(replaced)


def _undo_plan(session: Session, run: ImportRun) -> tuple[int, int]:
    """(lines that go, lines that return) of a plan."""
    over = {date.fromisoformat(month) for month in run.summary["months"]}
    standing = select(ImportRun).where(
        ImportRun.account_id == run.account_id, ImportRun.kind == "plan", ImportRun.id > run.id,
        ImportRun.undone_at.is_(None),
    )  # fmt: skip
    _refuse([r for r in session.scalars(standing) if over & {date.fromisoformat(m) for m in r.summary["months"]}], run)
    went = session.connection().execute(
        delete(PlanLine).where(PlanLine.account_id == run.account_id, PlanLine.month.in_(over))
    )
    for kept in run.summary["replaced"]:
        session.add(PlanLine(**{**kept, "month": date.fromisoformat(kept["month"])}, account_id=run.account_id))
    session.flush()
    return went.rowcount, len(run.summary["replaced"])


Undo = Callable[[Session, ImportRun], tuple[int, int]]
KINDS: dict[str, Undo] = {"daily": _undo_daily, "orders": _undo_orders, "plan": _undo_plan}
"""``import_runs.kind`` -> what takes such a load back, and how many rows it removed and restored.

It runs with the account locked, and refuses before it changes anything where a later load built on the run.
"""


def _restore(session: Session, run: ImportRun) -> int:
    """Give the rows that the run changed their figures back; returns how many."""
    changed = session.scalars(select(MetricRevision).where(MetricRevision.replaced_by_run == run.id)).all()
    statement = (
        update(DailyMetric.metadata.tables[DailyMetric.__tablename__])
        .where(
            DailyMetric.campaign_id == bindparam("of_campaign"),
            DailyMetric.level == bindparam("of_level"),
            DailyMetric.day == bindparam("of_day"),
            DailyMetric.breakdown == bindparam("of_breakdown"),
        )
        .values(run_id=bindparam("of_run"), **{name: bindparam(f"old_{name}") for name in FIGURES})
    )
    rows = [
        {
            "of_campaign": r.campaign_id,
            "of_level": r.level,
            "of_day": r.day,
            "of_breakdown": r.breakdown,
            "of_run": r.written_by_run,
            **{f"old_{name}": r.old.get(name) for name in FIGURES},
        }
        for r in changed
    ]
    for start in range(0, len(rows), CHUNK):
        session.connection().execute(statement, rows[start : start + CHUNK])
    return len(rows)


def _remove_empty(session: Session, run: ImportRun, campaigns: set[int]) -> None:
    """Forget the campaigns that only this load named."""
    used = [
        exists().where(table.campaign_id == Campaign.id)
        for table in (DailyMetric, MetricRevision, CampaignLabel, AdDay)
    ]
    for start in range(0, len(campaigns), 500):
        some = sorted(campaigns)[start : start + 500]
        session.execute(
            delete(Campaign)
            .where(Campaign.id.in_(some), Campaign.account_id == run.account_id, Campaign.external_id.is_(None))
            .where(*(~condition for condition in used))
            .execution_options(synchronize_session=False)
        )
    session.expire_all()


def _refuse_built_on(session: Session, run: ImportRun, revisions: type[MetricRevision | OrderRevision]) -> None:
    later = aliased(ImportRun)
    changed = (
        select(later)
        .join(revisions, revisions.replaced_by_run == later.id)
        .where(revisions.written_by_run == run.id, later.undone_at.is_(None), later.id != run.id)
    )
    _refuse([*session.scalars(changed), *_stated_again(session, run)], run)


def _stated_again(session: Session, run: ImportRun) -> list[ImportRun]:
    """Later loads that found figures as they were: perhaps those of ``run``, which must not go from under them."""
    later = select(ImportRun).where(
        ImportRun.account_id == run.account_id,
        ImportRun.kind == run.kind,
        ImportRun.id > run.id,
        ImportRun.undone_at.is_(None),
    )
    return [r for r in session.scalars(later) if r.summary.get("unchanged") and _meet(r, run)]


def _refuse(builders: Sequence[ImportRun], run: ImportRun) -> None:
    if not builders:
        return
    last = max(builders, key=lambda r: r.id)
    what = f"load {last.id} ({last.source}, {last.at:%Y-%m-%d %H:%M})"
    if last.source == API:
        raise Refused(f"{what}, read from the platform since, built on load {run.id}: it cannot be taken back any more")
    raise Refused(
        f"{what} built on load {run.id}: it changed its figures or stated them again. Take that back first: "
        f"budgeteer import undo {last.id}"
    )


def _meet(one: ImportRun, other: ImportRun) -> bool:
    """Whether two loads may speak of the same days; loads that did not keep their days may."""
    spans = [[r.summary.get(word) for word in ("first_day", "last_day")] for r in (one, other)]
    if any(day is None for span in spans for day in span):
        return True
    (first, last), (first_other, last_other) = [[date.fromisoformat(str(d)) for d in span] for span in spans]
    return first <= last_other and first_other <= last
