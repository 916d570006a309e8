"""What the records of job runs say: when each job last ran, how often in a row it failed, whether it runs now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.leases import NEVER_ENDED, current_time
from store.tables import JobRun

AGAIN = ", try "  # between a slot's name and the number of a further try of it
LOOKED_AT = 3  # runs of a job, newest first: the last one that ended, and one that runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run as recorded. ``running``: its owner holds the lease; ``dead``: it ended without a record."""

    job: str
    slot: str
    owner: str
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    said: str | None
    running: bool

    @property
    def dead(self) -> bool:
        return self.error == NEVER_ENDED or (self.finished_at is None and not self.running)

    @property
    def failed(self) -> bool:
        return self.dead or self.error is not None

    @property
    def took(self) -> timedelta | None:
        """How long it worked; None where nobody recorded its end."""
        return None if self.finished_at is None or self.dead else self.finished_at - self.started_at


@dataclass(frozen=True, slots=True)
class JobHealth:
    """One job's standing. ``last`` is the last run that ended, ``running`` the one under way.

    ``failed_in_row`` counts the newest slots (not their further tries) up to the last good run, ``failing_since`` is
    when the first of them began, ``well_at`` when a run last ended well.
    """

    job: str
    last: Run | None
    running: Run | None
    failed_in_row: int
    failing_since: datetime | None
    well_at: datetime | None


def job_health(session: Session) -> dict[str, JobHealth]:
    """Every job that ever ran, by name."""
    names = session.scalars(select(JobRun.job).distinct().order_by(JobRun.job))
    return {name: _standing(session, name) for name in list(names)}


def runs(session: Session, job: str, limit: int) -> list[Run]:
    """The newest runs of one job, newest first."""
    now = current_time(session)
    asked = select(JobRun).where(JobRun.job == job).order_by(JobRun.started_at.desc(), JobRun.slot.desc()).limit(limit)
    return [_run(row, now) for row in session.scalars(asked)]


def tries(session: Session, job: str, slot: str) -> list[Run]:
    """The runs of one slot, its own and what was tried again, newest first."""
    now = current_time(session)
    again = JobRun.slot.startswith(f"{slot}{AGAIN}", autoescape=True)
    mine = select(JobRun).where(JobRun.job == job, (JobRun.slot == slot) | again)
    return [_run(row, now) for row in session.scalars(mine.order_by(JobRun.started_at.desc(), JobRun.slot.desc()))]


def left_behind(session: Session) -> frozenset[str]:
    """The jobs of which a run neither ended nor is held by anybody."""
    dead = select(JobRun.job).where(JobRun.finished_at.is_(None), JobRun.leased_until <= current_time(session))
    return frozenset(session.scalars(dead.distinct()))


def _standing(session: Session, job: str) -> JobHealth:
    newest = runs(session, job, LOOKED_AT)
    ended = [r for r in newest if not r.running]
    good = select(func.max(JobRun.started_at), func.max(JobRun.finished_at)).where(
        JobRun.job == job, JobRun.finished_at.is_not(None), JobRun.error.is_(None)
    )
    well, well_at = session.execute(good).one()
    failed = select(func.count(), func.min(JobRun.started_at)).where(
        JobRun.job == job, JobRun.finished_at.is_not(None), JobRun.error.is_not(None),
        JobRun.slot.not_like(f"%{AGAIN}%"),
    )  # fmt: skip
    times, since = session.execute(failed if well is None else failed.where(JobRun.started_at > well)).one()
    return JobHealth(
        job,
        last=ended[0] if ended else None,
        running=next((r for r in newest if r.running), None),
        failed_in_row=times,
        failing_since=since,
        well_at=well_at,
    )


def _run(row: JobRun, now: datetime) -> Run:
    running = row.finished_at is None and row.leased_until > now
    return Run(row.job, row.slot, row.owner, row.started_at, row.finished_at, row.error, row.progress, running)
