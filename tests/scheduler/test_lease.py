"""A slot fires once, whoever is on the clock; a dead owner's slot is free again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update

from scheduler.lease import run_once
from scheduler.run import Job, fire, start
from store import leases
from store.engine import read, write
from store.tables import JobRun

LONG = timedelta(minutes=5)


def test_two_schedulers_on_one_store_fire_a_slot_once(engine: Engine) -> None:
    ran: list[int] = []
    fired: list[bool] = []
    barrier = threading.Barrier(8)

    def clock() -> None:
        for n in range(5):
            barrier.wait()
            fired.append(run_once(engine, "digest", f"slot {n}", lambda _say: ran.append(1), LONG))

    threads = [threading.Thread(target=clock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(ran), fired.count(True), len(fired)) == (5, 5, 40)


def test_a_slot_that_raised_is_recorded_and_not_repeated(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        run_once(engine, "sync", "s", lambda _say: 1 // 0, LONG)
    assert not run_once(engine, "sync", "s", lambda _say: None, LONG)
    with read(engine) as session:
        assert session.scalars(select(JobRun.error)).one() == "ZeroDivisionError: integer division or modulo by zero"
    assert not fire(engine, Job("sync", lambda _say: 1 // 0, every=LONG))


def test_a_dead_owners_lease_runs_out_and_then_it_may_not_finish_or_prolong(engine: Engine) -> None:
    assert leases.take(engine, "sync", "s", "dead", LONG, again=False)
    assert not leases.take(engine, "sync", "s", "next", LONG, again=False)
    with write(engine) as session:
        session.execute(update(JobRun).values(leased_until=datetime.now(UTC)))
    assert not leases.keep(engine, "sync", "s", "dead", LONG)
    assert leases.take(engine, "sync", "s", "next", LONG, again=False)
    leases.finish(engine, "sync", "s", "dead")
    assert not leases.take(engine, "sync", "s", "third", LONG, again=False)
    assert leases.keep(engine, "sync", "s", "next", LONG)


def test_days_have_names_and_a_job_has_one_timing() -> None:
    with pytest.raises(ValueError, match="name the days"):
        Job("digest", lambda _say: None, cron="30 8 * * 0")
    with pytest.raises(ValueError, match="either"):
        Job("digest", lambda _say: None)


def test_the_clockwork_fires_again_and_again_and_knows_monday(sqlite_engine: Engine) -> None:
    again = threading.Semaphore(0)
    jobs = [
        Job("verify", lambda _say: again.release(), every=timedelta(seconds=1)),
        Job("weekly", lambda _say: None, cron="30 8 * * mon"),
    ]
    scheduler = start(sqlite_engine, jobs, "Europe/Berlin")
    try:
        assert again.acquire(timeout=30)
        assert again.acquire(timeout=30)
        upcoming = jobs[1].when("Europe/Berlin").following(datetime.now(UTC))
        assert upcoming is not None
        local = upcoming.at.astimezone(ZoneInfo("Europe/Berlin"))
        assert (local.weekday(), local.hour, local.minute) == (0, 8, 30)
        assert scheduler.get_job("weekly").next_run_time == upcoming.at
    finally:
        scheduler.shutdown()


def test_machines_whose_clocks_differ_agree_on_who_holds_a_slot_where_the_database_has_a_clock(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("processes on SQLite share one machine's clock")
    assert leases.take(engine, "execute", "s", "here", LONG, again=True)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def, override]
            return datetime.now(tz) + timedelta(hours=1)

    monkeypatch.setattr(leases, "datetime", Ahead)
    assert not leases.take(engine, "execute", "s", "on a machine an hour ahead", LONG, again=True)
    assert leases.keep(engine, "execute", "s", "here", LONG)
