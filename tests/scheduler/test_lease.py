"""A slot fires once, whoever is on the clock; a dead owner's slot is free again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from scheduler.lease import run_once
from scheduler.run import Job, fire, slot, start
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
            fired.append(run_once(engine, "digest", f"slot {n}", lambda: ran.append(1), LONG))

    threads = [threading.Thread(target=clock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(ran), fired.count(True), len(fired)) == (5, 5, 40)


def test_a_slot_that_raised_is_recorded_and_not_repeated(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        run_once(engine, "sync", "s", lambda: 1 // 0, LONG)
    assert not run_once(engine, "sync", "s", lambda: None, LONG)
    with read(engine) as session:
        assert session.scalars(select(JobRun.error)).one() == "ZeroDivisionError: integer division or modulo by zero"
    assert not fire(engine, Job("sync", lambda: 1 // 0, every=LONG))


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


def test_a_slot_has_one_name_in_every_process_and_days_have_names() -> None:
    every = Job("verify", lambda: None, every=timedelta(seconds=30))
    at = datetime(2026, 3, 4, 12, 0, 31, tzinfo=UTC)
    assert slot(every, at) == slot(every, at + timedelta(seconds=28)) != slot(every, at + timedelta(seconds=30))
    daily = Job("digest", lambda: None, cron="30 8 * * mon-fri")
    assert slot(daily, at) == slot(daily, at + timedelta(seconds=28))
    with pytest.raises(ValueError, match="name the days"):
        Job("digest", lambda: None, cron="30 8 * * 0")
    with pytest.raises(ValueError, match="either"):
        Job("digest", lambda: None)


def test_the_clockwork_fires_and_knows_monday(sqlite_engine: Engine) -> None:
    done = threading.Event()
    jobs = [
        Job("verify", done.set, every=timedelta(seconds=1)),
        Job("digest", lambda: None, cron="30 8 * * mon"),
    ]
    scheduler = start(sqlite_engine, jobs, "Europe/Berlin")
    try:
        assert done.wait(30)
        upcoming = scheduler.get_job("digest").next_run_time
        assert (upcoming.weekday(), upcoming.hour, upcoming.minute) == (0, 8, 30)
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
