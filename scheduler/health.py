"""Whether the jobs do their work: what keeps failing and what has gone silent, told to the channels once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from scheduler.catalog import CATALOG, SYNC, Entry, entry
from store import channels, outbox
from store.engine import read, write
from store.job_health import JobHealth, job_health
from store.leases import current_time

TOO_OFTEN = 3
LEAST_PATIENCE = timedelta(minutes=30)
SELF = "job health"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A job that failed ``times`` in a row since ``since``, that ended nothing since, or that works since then."""

    job: str
    says: str
    kind: Literal["failing", "silent", "stuck"]
    since: datetime
    times: int = 0

    @property
    def said(self) -> str:
        """One sentence, without the error's own text: that may name another client's account."""
        what = f"The job {self.job!r} ({self.says[:1].lower()}{self.says[1:]})"
        at = f"{self.since:%Y-%m-%d %H:%M} UTC"
        if self.kind == "failing":
            return f"{what} has failed {self.times} times in a row since {at}"
        if self.kind == "stuck":
            return f"{what} has been working since {at}, far longer than its interval"
        return f"{what} has not run since {at}"


def troubles(session: Session) -> list[Trouble]:
    """Every job that keeps failing, works far too long, or has not run for too long. One that never ran is not told."""
    now = current_time(session)
    found = [_trouble(entry(name), health, now) for name, health in job_health(session).items() if known(name)]
    return [one for one in found if one is not None]


def known(name: str) -> bool:
    """Whether a recorded name is one of the clock's jobs, not a lease of another kind (an executor's, a digest's)."""
    return name in CATALOG or name.startswith(SYNC)


def patience(job: Entry, now: datetime) -> timedelta:
    """How long a job may say nothing: twice its interval, half an hour at least."""
    when = job.when("UTC")
    upcoming, newest = when.following(now), when.newest(now)
    if upcoming is None or newest is None:
        return timedelta.max
    return max(2 * (upcoming.at - newest.at), LEAST_PATIENCE)


def tell(engine: Engine, now: datetime) -> str | None:
    """Queue a notice of each trouble, once per row of failures or silence, for every channel that gets a digest.

    A clockwork that stood still was silent as a whole: its jobs catch up as it starts, so their silence is told only
    where this very job has been ticking.
    """
    with read(engine) as session:
        found = troubles(session)
        own = job_health(session).get(SELF)
        ticking = (
            own is not None
            and own.last is not None
            and current_time(session) - own.last.started_at < 2 * (CATALOG[SELF].every or LEAST_PATIENCE)
        )
        told = list(channels.digest_times(session))
    found = [t for t in found if t.kind == "failing" or ticking]
    fresh = 0
    with write(engine) as session:
        for one in found:
            text = f"{one.said}. Figures and alerts may be out of date. On the server: budgeteer jobs show {one.job!r}"
            for channel in told:
                key = f"job:{one.job}:{one.kind}:{one.since:%Y-%m-%dT%H:%M:%S}:{channel}"
                fresh += outbox.put(
                    session, dedupe_key=key, kind="notice", channel=channel, payload={"text": text}, now=now
                )
    return f"{len(found)} jobs in trouble, {fresh} notices queued" if found else None


def _trouble(job: Entry, health: JobHealth, now: datetime) -> Trouble | None:
    if health.failed_in_row >= TOO_OFTEN and health.failing_since is not None:
        return Trouble(job.name, job.says, "failing", health.failing_since, health.failed_in_row)
    if health.running is not None:
        stuck = now - health.running.started_at > patience(job, now)
        return Trouble(job.name, job.says, "stuck", health.running.started_at) if stuck else None
    ended = health.last.finished_at or health.last.started_at if health.last is not None else None
    if ended is None or now - ended <= patience(job, now):
        return None
    return Trouble(job.name, job.says, "silent", ended)
