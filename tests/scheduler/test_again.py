"""A failed slot is tried again before the next one: later each time, a few times, by whichever process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from app import wiring
from app.cli import cli
from app.settings import Settings
from scheduler import catalog
from scheduler.again import WAITS, next_try
from scheduler.health import troubles
from scheduler.run import Job, JobFailed, fire, take_over
from scheduler.when import Every
from store.engine import read, write
from store.job_health import job_health, tries
from store.tables import JobRun

LONG = timedelta(days=10_000)  # no slot of it begins while a test runs


class Flaky:
    """Fails ``times`` times, then works."""

    def __init__(self, times: int, every: timedelta = LONG) -> None:
        self.left, self.ran = times, 0
        self.job = Job("tidy", self, every=every)

    def __call__(self, _say: Any) -> str:
        self.ran += 1
        self.left -= 1
        if self.left >= 0:
            raise JobFailed("the platform is away")
        return "done"


def later(engine: Engine, by: timedelta) -> None:
    """Let so much time pass since every run ended."""
    with write(engine) as session:
        for row in session.scalars(select(JobRun)):
            row.started_at -= by
            row.finished_at = None if row.finished_at is None else row.finished_at - by


def test_it_is_tried_again_after_its_wait_until_it_works(engine: Engine) -> None:
    flaky = Flaky(2)
    assert not fire(engine, flaky.job)
    assert not fire(engine, flaky.job)  # its wait is not over
    assert flaky.ran == 1
    later(engine, WAITS[0])
    assert not fire(engine, flaky.job)
    later(engine, WAITS[0])
    assert not fire(engine, flaky.job)  # the second wait is longer
    assert flaky.ran == 2
    later(engine, WAITS[1])
    assert fire(engine, flaky.job)
    assert not fire(engine, flaky.job)
    with read(engine) as session:
        due = Every(LONG).newest(datetime.now(UTC))
        assert due is not None
        done = tries(session, "tidy", due.name)
        assert [r.error for r in reversed(done)] == ["the platform is away", "the platform is away", None]
        assert job_health(session)["tidy"].failed_in_row == 0


def test_the_tries_are_bounded_and_count_as_one_failure(engine: Engine) -> None:
    flaky = Flaky(99)
    for _ in range(len(WAITS) + 3):
        fire(engine, flaky.job)
        later(engine, max(WAITS))
    assert flaky.ran == len(WAITS) + 1
    with read(engine) as session:
        assert job_health(session)["tidy"].failed_in_row == 1
        assert troubles(session) == []


def test_a_slot_that_ends_before_the_wait_is_left_to_the_next(engine: Engine) -> None:
    flaky = Flaky(99, every=timedelta(minutes=1))
    fire(engine, flaky.job)
    with read(engine) as session:
        assert next_try(session, "tidy", Every(timedelta(minutes=1)), datetime.now(UTC)) is None


def test_any_process_takes_up_what_is_to_be_tried_again(engine: Engine) -> None:
    woken: list[str] = []
    scheduler = SimpleNamespace(modify_job=lambda name, **_when: woken.append(name))
    flaky = Flaky(1)
    fire(engine, flaky.job)
    take_over(scheduler, engine, [flaky.job])
    assert woken == []
    later(engine, WAITS[0])
    take_over(scheduler, engine, [flaky.job])
    assert woken == ["tidy"]


def test_the_list_says_which_try_is_next_and_when(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = Flaky(99)
    monkeypatch.setattr(catalog, "_ENTRIES", (catalog.Entry("tidy", "Drops old deliveries", LONG),))
    fire(sqlite_engine, flaky.job)
    url = sqlite_engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr(wiring, "settings", lambda: Settings(_env_file=None, database_url=url))
    listed = CliRunner().invoke(cli, ["jobs"], catch_exceptions=False).output
    assert "try 2 of 4 is next; FAILED: the platform is away" in listed
    later(sqlite_engine, WAITS[0])
    fire(sqlite_engine, flaky.job)
    assert "try 2: FAILED" in CliRunner().invoke(cli, ["jobs", "show", "tidy"], catch_exceptions=False).output
