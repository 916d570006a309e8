"""Taking a load back: the store holds again what it held before, and the load's row says who did it and when.

Rows that the load added go; rows that it changed become what they were. Nothing else is deleted: the load itself and
its revisions stay. A load of another kind (orders, a plan) registers how it is taken back in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from domain.errors import BadInput, Refused
from domain.scope import Scope
from store import audit, orders, plans
from store.ingest import FIGURES
from store.tables import Account, Campaign, CampaignLabel, DailyMetric, ImportRun, MetricRevision

API = "api"
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking a load back did. ``already``: it had been taken back before, and nothing was done now."""

    run_id: int
    source: str
    account: str
    removed: int
    restored: int
    at: datetime
    by: str
    already: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A load as a person lists it; the newest has the highest id."""

    id: int
    at: datetime
    source: str
    kind: str
    platform: str
    account: str
    summary: Mapping[str, Any]
    undone_at: datetime | None
    undone_by: str | None


def runs(session: Session, scope: Scope, limit: int | None = None) -> list[Run]:
    """The loads of the accounts in scope, newest first."""
    query = (
        select(ImportRun, Account.platform, Account.name)
        .join(Account, Account.id == ImportRun.account_id)
        .where(ImportRun.account_id.in_(scope.account_ids))
        .order_by(ImportRun.id.desc())
        .limit(limit)
    )
    return [
        Run(r.id, r.at, r.source, r.kind, platform, name, r.summary, r.undone_at, r.undone_by)
        for r, platform, name in session.execute(query)
    ]


def undo(session: Session, scope: Scope, run_id: int, *, by: str, now: datetime) -> Undone:
    """Take the load ``run_id`` back in the caller's transaction. A second call says that it was done, and does nothing.

    Raises:
        BadInput: no such load in scope.
        Refused: a later load built on it (the message names the one to take back first), or it came from the API.
    """
    found = session.get(ImportRun, run_id)
    if found is None or found.account_id not in scope.account_ids:
        raise BadInput(f"there is no load {run_id}; budgeteer import list shows those there are")
    account = session.scalars(select(Account).where(Account.id == found.account_id).with_for_update()).one()
    run = session.scalars(
        select(ImportRun).where(ImportRun.id == run_id).execution_options(populate_existing=True)
    ).one()
    if run.undone_at is not None:
        removed, restored = (int(run.summary.get(word, 0)) for word in ("removed_by_undo", "restored_by_undo"))
        return Undone(run_id, run.source, account.name, removed, restored, run.undone_at, run.undone_by or "", True)
    if run.source == API:
        raise Refused(f"load {run_id} was read from the platform itself; the next sync would read it again")
    if run.kind not in KINDS:
        raise Refused(f"a load of {run.kind} cannot be taken back")
    removed, restored = KINDS[run.kind](session, run, by, now)
    run.undone_at, run.undone_by = now, by
    run.summary = {**run.summary, "removed_by_undo": removed, "restored_by_undo": restored}
    payload = {"source": run.source, "kind": run.kind, "removed": removed, "restored": restored}
    audit.append(session, by, "import.undone", f"import:{run_id}", payload, now)
    return Undone(run_id, run.source, account.name, removed, restored, now, by)


def _undo_daily(session: Session, run: ImportRun, _by: str, _now: datetime) -> tuple[int, int]:
    """(rows removed, rows restored) of a load of daily figures."""
    _refuse_built_on(session, run)
    session.flush()
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


def _undo_orders(session: Session, run: ImportRun, _by: str, _now: datetime) -> tuple[int, int]:
    _refuse_stated_again(session, run)
    return orders.undo(session, run)


def _undo_plan(session: Session, run: ImportRun, by: str, now: datetime) -> tuple[int, int]:
    """(lines that go, lines that return) of a plan."""
    went = int(run.summary["new"]) + int(run.summary["updated"]) + int(run.summary["unchanged"])
    plans.undo(session, Scope((run.account_id,)), run.id, by=by, now=now)
    return went, len(run.summary["replaced"])


Undo = Callable[[Session, ImportRun, str, datetime], tuple[int, int]]
KINDS: dict[str, Undo] = {"daily": _undo_daily, "orders": _undo_orders, "plan": _undo_plan}
"""``import_runs.kind`` -> what takes such a load back (by whom, when), and how many rows it removed and restored.

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
            **{f"old_{name}": r.old[name] for name in FIGURES},
        }
        for r in changed
    ]
    for start in range(0, len(rows), CHUNK):
        session.connection().execute(statement, rows[start : start + CHUNK])
    return len(rows)


def _remove_empty(session: Session, run: ImportRun, campaigns: set[int]) -> None:
    """Forget the campaigns that only this load named."""
    used = [exists().where(table.campaign_id == Campaign.id) for table in (DailyMetric, MetricRevision, CampaignLabel)]
    for start in range(0, len(campaigns), 500):
        some = sorted(campaigns)[start : start + 500]
        session.execute(
            delete(Campaign)
            .where(Campaign.id.in_(some), Campaign.account_id == run.account_id, Campaign.external_id.is_(None))
            .where(*(~condition for condition in used))
            .execution_options(synchronize_session=False)
        )
    session.expire_all()


def _refuse_built_on(session: Session, run: ImportRun) -> None:
    later = aliased(ImportRun)
    changed = (
        select(later)
        .join(MetricRevision, MetricRevision.replaced_by_run == later.id)
        .where(MetricRevision.written_by_run == run.id, later.undone_at.is_(None), later.id != run.id)
    )
    _refuse([*session.scalars(changed), *_stated_again(session, run)], run)


def _refuse_stated_again(session: Session, run: ImportRun) -> None:
    _refuse(_stated_again(session, run), run)


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
