"""Leases on a named slot, in ``job_runs``: one owner at a time, freed early or by running out.

Time is the database server's where there is one, so that machines whose clocks differ agree on who holds what; with
SQLite all processes are on one machine and share its clock.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from store.engine import write
from store.guards import changes_one, insert_missing
from store.tables import JobRun


def new_owner() -> str:
    """A name for one holder: this process and a random part."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def take(engine: Engine, job: str, slot: str, owner: str, lease: timedelta, *, again: bool) -> bool:
    """Hold ``slot`` for ``lease``; True where it is ours now.

    A slot whose lease ran out is taken over. One that was finished is taken only with ``again`` (the executor's),
    never without it (a job's slot fires once).
    """
    with write(engine) as session:
        now = _now(session)
        fresh = {"job": job, "slot": slot, "owner": owner, "leased_until": now + lease, "started_at": now}
        if insert_missing(session, JobRun, fresh):
            return True
        free = (JobRun.leased_until <= now) | (JobRun.owner == owner)
        if not again:
            free = free & JobRun.finished_at.is_(None)
        return changes_one(
            session,
            update(JobRun)
            .where(JobRun.job == job, JobRun.slot == slot, free)
            .values(owner=owner, leased_until=now + lease, started_at=now, finished_at=None, error=None),
        )


def keep(engine: Engine, job: str, slot: str, owner: str, lease: timedelta) -> bool:
    """Hold it for another ``lease`` from now; False where somebody else has it."""
    with write(engine) as session:
        now = _now(session)
        return changes_one(
            session,
            update(JobRun)
            .where(JobRun.job == job, JobRun.slot == slot, JobRun.owner == owner, JobRun.leased_until > now)
            .values(leased_until=now + lease),
        )


def finish(engine: Engine, job: str, slot: str, owner: str, error: str | None = None) -> None:
    """Let go of it and record how it ended. Nothing happens where somebody else took it over."""
    with write(engine) as session:
        now = _now(session)
        session.execute(
            update(JobRun)
            .where(JobRun.job == job, JobRun.slot == slot, JobRun.owner == owner)
            .values(leased_until=now, finished_at=now, error=error)
        )


def forget(session: Session, older_than: timedelta) -> int:
    """Drop the records of what ended longer ago; how many. A slot is named for its time, so none comes again."""
    done = delete(JobRun).where(JobRun.finished_at < _now(session) - older_than)
    return session.connection().execute(done).rowcount


def _now(session: Session) -> datetime:
    if session.get_bind().dialect.name == "postgresql":
        at: datetime = session.scalars(select(func.clock_timestamp())).one()
        return at.astimezone(UTC)
    return datetime.now(UTC)
