"""Taking a load back: the store holds again what it held before, and the load's row says who did it and when.

This is the only way in, for figures, orders and plans alike: it locks the account, refuses a second time, and audits.
What goes and what returns is in ``store.taking_back``, by kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput, Refused
from domain.scope import Scope
from store import audit
from store.tables import Account, ImportRun
from store.taking_back import API, KINDS


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
    removed, restored = KINDS[run.kind](session, run)
    run.undone_at, run.undone_by = now, by
    run.summary = {**run.summary, "removed_by_undo": removed, "restored_by_undo": restored}
    payload = {"source": run.source, "kind": run.kind, "removed": removed, "restored": restored}
    audit.append(session, by, "import.undone", f"import:{run_id}", payload, now)
    return Undone(run_id, run.source, account.name, removed, restored, now, by)
