"""Leases on a named slot, in ``job_runs``: one owner at a time, freed early or by running out.

Time is the database server's where there is one, so that machines whose clocks differ agree on who holds what; with
SQLite all processes are on one machine and share its clock.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.orm import Session, aliased

from store.engine import write
from store.guards import changes_one, insert_missing
from store.tables import JobRun

MAX_SAID = 200
NEVER_ENDED = "its process died, or lost the store, before it was done"
_JOB_LOCK = 7_305_513  # any fixed number: on PostgreSQL runs of one job are begun one after the other


def new_owner() -> str:
    """A name for one holder: this process and a random part."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def owner_words(owner: str) -> str:
    """``web-1, process 4711``: a holder as a person reads it."""
    host, _, rest = owner.partition(":")
    process = rest.partition(":")[0]
    return f"{host}, process {process}" if process else host


def take(
    engine: Engine, job: str, slot: str, owner: str, lease: timedelta, *, again: bool, alone: bool = False
) -> bool:
    """Hold ``slot`` for ``lease``; True where it is ours now.

    A slot whose lease ran out is taken over. One that was finished is taken only with ``again`` (the executor's),
    never without it (a job's slot fires once). With ``alone`` no other slot of the job may be held, so that a run that
    outlasts its interval is not joined by the next; what dead processes left of the job is then recorded as such.
    """
    with write(engine) as session:
        if alone:
            _one_at_a_time(session, job)
        now = current_time(session)
        if alone and _busy(session, job, slot, now):
            return False
        fresh = {"job": job, "slot": slot, "owner": owner, "leased_until": now + lease, "started_at": now}
        ours = insert_missing(session, JobRun, fresh) or _take_over(session, fresh, again, now)
        if ours and alone:
            _bury(session, job, slot, now)
        return ours


def _take_over(session: Session, fresh: dict[str, object], again: bool, now: datetime) -> bool:
    free = (JobRun.leased_until <= now) | (JobRun.owner == fresh["owner"])
    if not again:
        free = free & JobRun.finished_at.is_(None)
    values = {**fresh, "finished_at": None, "error": None, "progress": None}
    return changes_one(
        session,
        update(JobRun).where(JobRun.job == fresh["job"], JobRun.slot == fresh["slot"], free).values(**values),
    )


def _one_at_a_time(session: Session, job: str) -> None:
    """Two processes that begin two slots of one job would each not see the other; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:job))"), {"lock": _JOB_LOCK, "job": job})


def _busy(session: Session, job: str, slot: str, now: datetime) -> bool:
    others = select(JobRun.slot).where(JobRun.job == job, JobRun.slot != slot)
    return session.scalar(others.where(JobRun.finished_at.is_(None), JobRun.leased_until > now).limit(1)) is not None


def _bury(session: Session, job: str, slot: str, now: datetime) -> None:
    dead = update(JobRun).where(JobRun.job == job, JobRun.slot != slot, JobRun.finished_at.is_(None))
    session.execute(dead.where(JobRun.leased_until <= now).values(finished_at=now, error=NEVER_ENDED))


def bury(engine: Engine, job: str, prefix: str) -> None:
    """Record of each run of ``job`` whose slot begins with ``prefix`` and whose lease ran out that it never ended."""
    with write(engine) as session:
        now = current_time(session)
        dead = update(JobRun).where(JobRun.job == job, JobRun.slot.startswith(prefix, autoescape=True))
        dead = dead.where(JobRun.finished_at.is_(None), JobRun.leased_until <= now)
        session.execute(dead.values(finished_at=now, error=NEVER_ENDED))


def keep(engine: Engine, job: str, slot: str, owner: str, lease: timedelta) -> bool:
    """Hold it for another ``lease`` from now; False where somebody else has it."""
    with write(engine) as session:
        now = current_time(session)
        return changes_one(
            session,
            update(JobRun)
            .where(JobRun.job == job, JobRun.slot == slot, JobRun.owner == owner)
            .where(JobRun.leased_until > now, JobRun.finished_at.is_(None))
            .values(leased_until=now + lease),
        )


def progress(engine: Engine, job: str, slot: str, owner: str, said: str) -> bool:
    """Record how far it is; False where somebody else has it."""
    with write(engine) as session:
        mine = update(JobRun).where(JobRun.job == job, JobRun.slot == slot, JobRun.owner == owner)
        mine = mine.where(JobRun.leased_until > current_time(session), JobRun.finished_at.is_(None))
        return changes_one(session, mine.values(progress=said[:MAX_SAID]))


def finish(
    engine: Engine, job: str, slot: str, owner: str, error: str | None = None, *, did: str | None = None
) -> bool:
    """Let go of it and record how it ended; False, and nothing happens, where somebody else took it over.

    ``did`` says what came of it; without it the last progress stands.
    """
    with write(engine) as session:
        now = current_time(session)
        said = {} if did is None else {"progress": did[:MAX_SAID]}
        return changes_one(
            session,
            update(JobRun)
            .where(JobRun.job == job, JobRun.slot == slot, JobRun.owner == owner, JobRun.finished_at.is_(None))
            .values(leased_until=now, finished_at=now, error=error, **said),
        )


def forget(session: Session, older_than: timedelta) -> int:
    """Drop the records of what ended longer ago, except the last run of each job; how many.

    A slot is named for its time, so none of those dropped comes again: the last run stands for all before it.
    """
    later = aliased(JobRun)
    newer = select(later.slot).where(later.job == JobRun.job, later.started_at > JobRun.started_at)
    done = delete(JobRun).where(JobRun.finished_at < current_time(session) - older_than, newer.exists())
    return session.connection().execute(done).rowcount


def current_time(session: Session) -> datetime:
    """The store's time (UTC)."""
    if session.get_bind().dialect.name == "postgresql":
        at: datetime = session.scalars(select(func.clock_timestamp())).one()
        return at.astimezone(UTC)
    return datetime.now(UTC)
