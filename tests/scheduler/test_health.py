"""A job that keeps failing, is stuck or has gone silent is told once to every channel with a digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from agent.activation import ActivationDeps
from app.bot import jobs_of
from domain.errors import BadInput
from scheduler.catalog import CATALOG, entry
from scheduler.health import tell, troubles
from store import bindings, channels
from store.channels import DigestTime
from store.engine import read, write
from store.leases import NEVER_ENDED
from store.tables import JobRun, OutboxMessage
from tests.activation.world import NOW, seed

MINUTE, STEP, HOUR = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)


def record(
    engine: Engine,
    job: str,
    ago: timedelta,
    error: str | None = None,
    *,
    running: bool = False,
    took: timedelta = MINUTE,
) -> None:
    begun = datetime.now(UTC) - ago
    ended = None if running else begun + took
    with write(engine) as session:
        session.add(
            JobRun(
                job=job, slot=begun.isoformat(), owner="h:1:x", started_at=begun, finished_at=ended, error=error,
                leased_until=ended or datetime.now(UTC) + HOUR,
            )
        )  # fmt: skip


def found(engine: Engine) -> dict[str, str]:
    with read(engine) as session:
        return {t.job: t.kind for t in troubles(session)}


def notices(engine: Engine) -> list[str]:
    with read(engine) as session:
        return [str(p["text"]) for p in session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id))]


def listening(engine: Engine) -> None:
    account = seed(engine)
    with write(engine) as session:
        bindings.bind(session, "C1", [account])
        channels.set_digest(session, "C1", DigestTime(on=True), by="t", now=NOW)


def test_three_failures_in_a_row_are_told_once_for_the_whole_row_without_the_errors_text(engine: Engine) -> None:
    listening(engine)
    for n in (5, 4):
        record(engine, "sync google_ads", n * STEP, "Auth: token of Other Client")
    record(engine, "sync google_ads", 4.5 * STEP)
    assert found(engine) == {}
    for n in (3, 2):
        record(engine, "sync google_ads", n * STEP, NEVER_ENDED)
    assert found(engine) == {"sync google_ads": "failing"}
    tell(engine, NOW)
    record(engine, "sync google_ads", STEP, "Auth: token of Other Client")
    tell(engine, NOW)
    (said,) = notices(engine)
    assert "'sync google_ads' (reads accounts, figures and budgets of google_ads) has failed 3 times in a row" in said
    assert "Other Client" not in said
    record(engine, "sync google_ads", timedelta(0))
    assert found(engine) == {}


def test_a_job_that_is_silent_or_stuck_is_told_and_one_that_is_not_due_is_not(sqlite_engine: Engine) -> None:
    record(sqlite_engine, "expire", 2 * HOUR)
    record(sqlite_engine, "sync google_ads", 3 * HOUR)
    record(sqlite_engine, "sources", HOUR, running=True)
    record(sqlite_engine, "tidy", 30 * HOUR)
    record(sqlite_engine, "verify", timedelta(minutes=20), running=True)
    record(sqlite_engine, "execute", 900 * HOUR)  # an executor's lease is no job of the clock
    assert found(sqlite_engine) == {"expire": "silent", "sync google_ads": "silent", "sources": "stuck"}


def test_after_the_whole_clockwork_stood_still_its_silence_is_not_told_to_channels(sqlite_engine: Engine) -> None:
    listening(sqlite_engine)
    record(sqlite_engine, "expire", 9 * HOUR)
    record(sqlite_engine, "job health", 9 * HOUR)
    assert tell(sqlite_engine, NOW) is None
    record(sqlite_engine, "job health", 9 * MINUTE)  # it ticks: now the other's silence means something
    tell(sqlite_engine, NOW)
    (said,) = notices(sqlite_engine)
    assert "'expire'" in said
    assert "has not run since" in said


def test_every_job_of_the_bot_is_in_the_catalogue_with_its_timing(sqlite_engine: Engine) -> None:
    deps = ActivationDeps(sqlite_engine, {}, lambda: NOW)
    made = jobs_of(sqlite_engine, deps, {"google_ads": None})  # type: ignore[dict-item]
    assert {j.name for j in made} | {n for n, e in CATALOG.items() if e.in_bot} == {*CATALOG, "sync google_ads"}
    assert all((j.every, j.cron) == (entry(j.name).every, entry(j.name).cron) for j in made)
    with pytest.raises(BadInput, match="there is no job 'wacth'; there are digest, expire"):
        entry("wacth")
