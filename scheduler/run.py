"""The clockwork: a background scheduler whose every firing takes a lease on its slot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from domain.errors import BudgeteerError
from scheduler.again import next_try
from scheduler.lease import LeaseLost, Progress, run_once
from scheduler.when import Cron, Every, When
from store.engine import read
from store.job_health import left_behind
from store.leases import bury, current_time

log = logging.getLogger("budgeteer.jobs")
LEASE = timedelta(minutes=2)  # renewed while the job works: this is how long a dead process's run stays taken
TAKE_OVER_EVERY = timedelta(seconds=30)
BY_HAND = "by hand "


class JobFailed(BudgeteerError):
    """Some of a job's work failed: what was done stands, and the record says what was not."""


@dataclass(frozen=True, slots=True)
class Job:
    """``work`` every ``every``, or by ``cron`` (five fields; days by name: ``0`` means Monday here, not Sunday).

    ``work`` is given a ``Progress`` and may return what it did, in words.
    """

    name: str
    work: Callable[[Progress], object]
    every: timedelta | None = None
    cron: str | None = None
    lease: timedelta = LEASE

    def __post_init__(self) -> None:
        if (self.every is None) == (self.cron is None):
            raise ValueError(f"job {self.name!r} needs either an interval or a cron line")
        if self.cron is not None and any(c.isdigit() for c in self.cron.split()[4]):
            raise ValueError(f"job {self.name!r}: name the days ({self.cron!r}), as in 'mon-fri'")

    def when(self, timezone: str) -> When:
        """Its slots; a cron line's on the wall clock of ``timezone``."""
        if self.cron is not None:
            return Cron(self.cron, timezone)
        assert self.every is not None  # noqa: S101  __post_init__ saw to it
        return Every(self.every)


def start(engine: Engine, jobs: Iterable[Job], timezone: str) -> Any:
    """A running APScheduler ``BackgroundScheduler``; the caller shuts it down.

    A firing that comes late (the machine slept) still fires, once. What dead processes left is taken over.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    jobs = list(jobs)
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(len(jobs) + 1)},  # a long job never keeps another one waiting
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    at_once = datetime.now(UTC)  # what was missed while nobody was on the clock is caught up now, once
    for job in jobs:
        scheduler.add_job(
            fire, _trigger(job.when(timezone)), args=(engine, job, timezone), id=job.name, next_run_time=at_once
        )
    seconds = TAKE_OVER_EVERY.total_seconds()
    scheduler.add_job(take_over, "interval", seconds=seconds, args=(scheduler, engine, jobs, timezone), id="take over")
    scheduler.start()
    return scheduler


def fire(engine: Engine, job: Job, timezone: str = "UTC", now: datetime | None = None) -> bool:
    """Do the newest slot of ``job`` unless it was done; True where this process did the work.

    After downtime that is the one catch-up: older slots that were missed are not made up for one by one. An error is
    logged and recorded, and the clock goes on; a slot that failed is tried again after a while (``scheduler.again``).
    """
    try:
        name = _due(engine, job, timezone, now or datetime.now(UTC))
        return name is not None and run_once(engine, job.name, name, job.work, job.lease, alone=True)
    except LeaseLost:
        return False
    except Exception as error:
        log.error("job %s failed: %s: %s", job.name, type(error).__name__, error)
        return False


def _due(engine: Engine, job: Job, timezone: str, now: datetime) -> str | None:
    """The run that is due; a look without the write lock, since every process looks at every slot."""
    with read(engine) as session:
        found = next_try(session, job.name, job.when(timezone), now)
        return None if found is None or (found.number > 1 and found.at > current_time(session)) else found.name


def by_hand(engine: Engine, job: Job, now: datetime) -> bool:
    """Run ``job`` now, outside its slots and never beside another run of it; False where one is running.

    Raises:
        Exception: whatever the job raised; it is recorded too.
    """
    return run_once(engine, job.name, f"{BY_HAND}{now.isoformat()}", job.work, job.lease, alone=True)


def take_over(scheduler: Any, engine: Engine, jobs: Iterable[Job], timezone: str = "UTC") -> None:
    """Fire the jobs that a process left unfinished when it died and whose lease ran out, and those to be tried again.

    A run by hand that died is only recorded as that: it is no slot's, and whoever began it begins it again.
    """
    try:
        with read(engine) as session:
            left = left_behind(session)
        for name in left:
            bury(engine, name, BY_HAND)
    except Exception as error:
        log.error("jobs left behind cannot be looked for: %s", type(error).__name__)
        return
    for job in jobs:
        if job.name in left or _failed_and_due(engine, job, timezone):
            scheduler.modify_job(job.name, next_run_time=datetime.now(UTC))  # in a thread of its own


def _failed_and_due(engine: Engine, job: Job, timezone: str) -> bool:
    """Whether the newest slot failed and it is time to try it again, by whichever process."""
    try:
        with read(engine) as session:
            found = next_try(session, job.name, job.when(timezone), datetime.now(UTC))
            return found is not None and found.number > 1 and found.at <= current_time(session)
    except Exception as error:
        log.error("job %s: whether it is to be tried again is not known: %s", job.name, type(error).__name__)
        return False


def _trigger(when: When) -> Any:
    from apscheduler.triggers.base import BaseTrigger

    class Slots(BaseTrigger):  # type: ignore[misc]
        """APScheduler's clock, our slots."""

        def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
            following = when.following(now if previous is None else max(previous, now))
            return None if following is None else following.at

    return Slots()
