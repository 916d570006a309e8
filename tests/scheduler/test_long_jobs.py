"""A job that takes longer than its lease keeps it; one whose process died, or stood still, is taken over."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from scheduler.lease import LeaseLost, Progress, run_once
from scheduler.run import BY_HAND, Job, by_hand, fire, start, take_over
from store import leases
from store.engine import read, write
from store.job_health import Run, job_health, runs
from store.leases import NEVER_ENDED, new_owner, take
from store.tables import JobRun

ROOT = Path(__file__).parents[2]
SHORT = timedelta(seconds=3)  # renewed every second: a busy machine may stand still for two
LONG = timedelta(minutes=5)


def recorded(engine: Engine, job: str) -> list[Run]:
    with read(engine) as session:
        return runs(session, job, 10)


def waits_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def worker(*args: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.scheduler.worker", *args]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_processs_run_is_taken_over_once_its_lease_ran_out_and_not_before(
    engine: Engine, database_url: str
) -> None:
    ran: list[str] = []

    def work(_say: Progress) -> None:
        ran.append("here")

    with worker(database_url, "sync", "s", "600") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "working\n"
        held = recorded(engine, "sync")[0]
        assert (held.running, held.said) == (True, "account 1 of 2")
        other.send_signal(signal.SIGKILL)
        other.wait(30)
        assert not run_once(engine, "sync", "s", work, LONG, alone=True)  # dead or not, the lease still runs
        assert not run_once(engine, "sync", "the next slot", work, LONG, alone=True)
        _runs_out(engine)
        assert run_once(engine, "sync", "the next slot", work, LONG, alone=True)
    assert ran == ["here"]
    mine, dead = recorded(engine, "sync")
    assert (mine.failed, dead.error, dead.dead) == (False, NEVER_ENDED, True)


def test_a_job_that_outlasts_its_lease_keeps_it_and_its_next_slot_does_not_join_it(
    engine: Engine, database_url: str
) -> None:
    with worker(database_url, "sync", "s", str(SHORT.total_seconds())) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "working\n"
        first_end = _leased_until(engine)
        waits_for(lambda: _leased_until(engine) > first_end + SHORT / 2)  # renewed twice
        assert not run_once(engine, "sync", "s", lambda _say: None, LONG, alone=True)
        assert not run_once(engine, "sync", "the next slot", lambda _say: None, LONG, alone=True)
        assert not by_hand(engine, Job("sync", lambda _say: None, every=LONG), datetime.now(UTC))
        assert other.communicate("", timeout=30)[0] == "done\n"
    (run,) = recorded(engine, "sync")
    assert (run.failed, run.said) == (False, "read it all")
    assert run_once(engine, "sync", "the next slot", lambda _say: None, LONG, alone=True)


def test_a_process_that_stood_still_longer_than_its_lease_stops_and_its_end_is_not_recorded(
    engine: Engine, database_url: str
) -> None:
    with worker(database_url, "sync", "s", str(SHORT.total_seconds())) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "working\n"
        other.send_signal(signal.SIGSTOP)
        _runs_out(engine)
        assert run_once(engine, "sync", "s", lambda _say: "done here", LONG, alone=True)
        other.send_signal(signal.SIGCONT)
        assert other.stdout.readline() == "lost\n"
    (run,) = recorded(engine, "sync")
    assert (run.failed, run.said) == (False, "done here")


def test_work_that_says_how_far_it_is_stops_where_it_lost_its_lease(engine: Engine) -> None:
    wrote: list[int] = []

    def work(say: Progress) -> None:
        for n in range(3):
            say.check()
            wrote.append(n)
            assert leases.finish(engine, "sync", "s", _owner(engine))  # somebody else ended it
            waits_for(lambda: _lost(say))

    def _lost(say: Progress) -> bool:
        try:
            say.check()
        except LeaseLost:
            return True
        return False

    with pytest.raises(LeaseLost):
        run_once(engine, "sync", "s", work, SHORT)
    assert wrote == [0]


def test_what_is_said_in_quick_succession_is_written_seldom_and_the_last_word_stands() -> None:
    written: list[str] = []
    clock = [0.0]
    say = Progress(lambda said: not written.append(said), threading.Event(), lambda: clock[0])  # type: ignore[func-returns-value]
    for n in range(1000):
        clock[0] = n / 100
        say(f"row {n}")
    assert len(written) == 5  # in ten seconds
    assert say.last == "row 999"


def test_two_slots_of_one_job_begun_at_once_do_not_run_side_by_side(engine: Engine) -> None:
    barrier, inside, most = threading.Barrier(6), [0], [0]
    guard = threading.Lock()

    def work(_say: Progress) -> None:
        with guard:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        release.wait(30)
        with guard:
            inside[0] -= 1

    release = threading.Event()
    answers: list[bool] = []

    def clock(n: int) -> None:
        barrier.wait()
        answers.append(run_once(engine, "sync", f"slot {n}", work, LONG, alone=True))

    threads = [threading.Thread(target=clock, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    waits_for(lambda: len(answers) == 5)  # all but the one inside were turned away
    release.set()
    for thread in threads:
        thread.join(30)
    assert (answers.count(True), most[0]) == (1, 1)


@pytest.mark.parametrize("cron", ["0 6 * * *", None])
def test_after_downtime_there_is_one_catch_up_for_the_newest_slot(engine: Engine, cron: str | None) -> None:
    ran: list[int] = []
    job = Job("tidy", lambda _say: ran.append(1), cron=cron, every=None if cron else timedelta(hours=1))
    now = datetime(2026, 3, 4, 6, 0, 1, tzinfo=UTC)
    assert fire(engine, job, "UTC", now)
    back = now + timedelta(days=9, hours=5)  # nine slots of the one, over two hundred of the other were missed
    assert [fire(engine, job, "UTC", back) for _ in range(3)] == [True, False, False]
    assert len(ran) == 2
    newest = "2026-03-13T06:00 UTC" if cron else "2026-03-13T11:00:00+00:00"
    assert newest in {r.slot for r in recorded(engine, "tidy")}


def test_what_a_dead_process_left_is_fired_again_by_the_clockwork(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.run.TAKE_OVER_EVERY", timedelta(seconds=0.1))
    done = threading.Event()
    job = Job("sync", lambda _say: done.set(), every=timedelta(days=1))
    slot = job.when("UTC").newest(datetime.now(UTC))
    assert slot is not None
    assert leases.take(sqlite_engine, "sync", slot.name, "dead", timedelta(seconds=0.2), again=False)
    scheduler = start(sqlite_engine, [job], "UTC")
    try:
        assert done.wait(30)
    finally:
        scheduler.shutdown()
    assert len(recorded(sqlite_engine, "sync")) == 1


def test_a_row_of_failures_is_counted_from_the_last_good_run(engine: Engine) -> None:
    def fails(_say: Progress) -> None:
        raise RuntimeError("away")

    job = Job("sync", lambda _say: None, every=timedelta(hours=1))
    broken = Job("sync", fails, every=timedelta(hours=1))
    hour = timedelta(hours=1)
    at = datetime(2026, 3, 4, 6, 0, 1, tzinfo=UTC)
    assert not fire(engine, broken, "UTC", at)
    assert fire(engine, job, "UTC", at + hour)
    for n in range(2, 6):
        assert not fire(engine, broken, "UTC", at + n * hour)
    with read(engine) as session:
        health = job_health(session)["sync"]
    assert health.failed_in_row == 4
    assert health.last is not None
    assert (health.last.error, health.running) == ("RuntimeError: away", None)


def _runs_out(engine: Engine) -> None:
    with write(engine) as session:
        session.execute(update(JobRun).values(leased_until=leases.current_time(session)))


def _leased_until(engine: Engine) -> datetime:
    with read(engine) as session:
        return session.scalars(select(JobRun.leased_until)).one()


def _owner(engine: Engine) -> str:
    with read(engine) as session:
        return session.scalars(select(JobRun.owner)).one()


def test_a_run_by_hand_that_died_is_recorded_as_that_though_its_jobs_slot_was_done(engine: Engine) -> None:
    job = Job("sync", lambda _say: None, every=LONG)
    owner = new_owner()
    assert take(engine, "sync", f"{BY_HAND}2026-03-02T08:00:00", owner, timedelta(0), again=False, alone=True)

    class Clock:
        fired: list[str] = []

        def modify_job(self, name: str, **_at: object) -> None:
            self.fired.append(name)

    for _ in range(2):
        take_over(Clock(), engine, [job])
    (dead,) = recorded(engine, "sync")
    assert (dead.error, dead.failed) == (NEVER_ENDED, True)
    assert Clock.fired == ["sync"]  # once, and not every half minute for ever
