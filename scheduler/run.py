"""The clockwork: a background scheduler whose every firing takes a lease on its slot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from scheduler.lease import run_once

log = logging.getLogger("budgeteer.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """``work`` every ``every``, or by ``cron`` (five fields; days by name: ``0`` means Monday here, not Sunday)."""

    name: str
    work: Callable[[], object]
    every: timedelta | None = None
    cron: str | None = None
    lease: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        if (self.every is None) == (self.cron is None):
            raise ValueError(f"job {self.name!r} needs either an interval or a cron line")
        if self.cron is not None and any(c.isdigit() for c in self.cron.split()[4]):
            raise ValueError(f"job {self.name!r}: name the days ({self.cron!r}), as in 'mon-fri'")


def start(engine: Engine, jobs: list[Job], timezone: str) -> Any:
    """A running APScheduler ``BackgroundScheduler``; the caller shuts it down."""
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(timezone=timezone, job_defaults={"coalesce": True, "max_instances": 1})
    for job in jobs:
        scheduler.add_job(fire, _trigger(job, timezone), args=(engine, job), id=job.name, misfire_grace_time=60)
    scheduler.start()
    return scheduler


def fire(engine: Engine, job: Job) -> bool:
    """One firing: True where this process did the work. An error is logged and recorded, the clock goes on."""
    try:
        return run_once(engine, job.name, slot(job, datetime.now(UTC)), job.work, job.lease)
    except Exception as error:
        log.error("job %s failed: %s: %s", job.name, type(error).__name__, error)
        return False


def slot(job: Job, at: datetime) -> str:
    """The name of the firing at ``at``: the same in every process that fires for it, within its minute or interval."""
    seconds = 60 if job.every is None else max(1, int(job.every.total_seconds()))
    number = int(at.timestamp()) // seconds
    return datetime.fromtimestamp(number * seconds, UTC).isoformat()


def _trigger(job: Job, timezone: str) -> Any:
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    if job.cron is not None:
        return CronTrigger.from_crontab(job.cron, timezone=timezone)
    assert job.every is not None  # noqa: S101  __post_init__ saw to it
    return IntervalTrigger(seconds=job.every.total_seconds())
