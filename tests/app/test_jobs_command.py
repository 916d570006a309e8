"""``budgeteer jobs``: what ran, when, how long and what failed; by hand under the clock's own lease."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app import wiring
from app.cli import cli
from domain.errors import BadInput
from store import leases
from store.engine import open_engine, write
from store.migrate import upgrade
from store.tables import JobRun

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    for name in ("GOOGLE_ADS_DEVELOPER_TOKEN", "GOOGLE_ADS_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-long-secret")
    wiring.settings.cache_clear()
    engine = open_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()
    wiring.settings.cache_clear()


def ran(engine: Engine, job: str, ago: timedelta, error: str | None = None, said: str | None = None) -> None:
    at = datetime.now(UTC) - ago
    end = at + timedelta(seconds=90)
    with write(engine) as session:
        session.add(
            JobRun(
                job=job, slot=at.isoformat(), owner="web-1:4711:x", leased_until=end, started_at=at, finished_at=end,
                error=error, progress=said,
            )
        )  # fmt: skip


def said(*args: str) -> str:
    done = CliRunner().invoke(cli, ["jobs", *args], catch_exceptions=False, standalone_mode=False)
    return done.output


def test_the_list_says_of_each_job_when_how_long_what_it_did_and_what_failed(store: Engine) -> None:
    ran(store, "sync google_ads", 3 * HOUR, said="2 of 2 accounts read: 40 new rows, 3 changed")
    ran(store, "sources", 2 * HOUR, "shop with key sk-a-long-secret")
    ran(store, "sources", HOUR, "shop with key sk-a-long-secret")
    shown = said()
    lines = {line.split("  ")[0]: line for line in shown.splitlines()}
    assert "1 min" in lines["sync google_ads"]
    assert "2 of 2 accounts read: 40 new rows, 3 changed" in lines["sync google_ads"]
    assert "FAILED: shop with key [secret]" in lines["sources"]
    assert "never" in lines["tidy"]
    assert "sources: 2 times in a row, since" in shown
    assert "budgeteer run runs them, and is not running" in shown
    found = {row["job"]: row for row in json.loads(said("--json"))["jobs"]}
    assert found["sources"]["failed_in_row"] == 2
    assert found["sync google_ads"]["last"]["seconds"] == 90
    assert found["tidy"]["last"] is None
    assert datetime.fromisoformat(found["tidy"]["next_due"]) > datetime.now(UTC)


def test_show_has_the_last_runs_newest_first(store: Engine) -> None:
    ran(store, "sources", 2 * HOUR, "away", "sheet 2 of 3: shop")
    ran(store, "sources", HOUR)
    lines = said("show", "sources").splitlines()
    assert "nothing to do" in lines[1]
    assert "FAILED: away, after: sheet 2 of 3: shop" in lines[2]
    assert len(json.loads(said("show", "sources", "--last", "1", "--json"))["runs"]) == 1


def test_a_job_run_by_hand_is_recorded_like_any_other(store: Engine) -> None:
    assert said("run", "tidy") == "tidy: 0 records of old job runs dropped\n"
    assert json.loads(said("run", "expire", "--json")) == {"job": "expire", "ran": True, "did": None, "refused": None}
    assert said("run", "tidy").startswith("tidy: ")
    runs = json.loads(said("show", "tidy", "--json"))["runs"]
    assert [run["slot"][:8] for run in runs] == ["by hand "] * 2


def test_of_a_dead_run_by_hand_nobody_is_told_that_another_takes_it_over(store: Engine) -> None:
    for slot, told in (("by hand 2026-03-02", "run it again"), ("2026-03-02T07:00", "another takes it over")):
        assert leases.take(store, "tidy", slot, "web-1:4711:x", -HOUR, again=False)
        assert f"FAILED: its process died; {told}" in said("show", "tidy", "--last", "1")


def test_a_job_that_runs_elsewhere_is_not_run_and_it_says_where_and_since_when(store: Engine) -> None:
    assert leases.take(store, "tidy", "s", "web-1:4711:x", HOUR, again=False)
    assert leases.progress(store, "tidy", "s", "web-1:4711:x", "row 3 of 12")
    answer = said("run", "tidy")
    assert answer.startswith("Not run, since it is running already. tidy: row 3 of 12, since ")
    assert answer.endswith("on web-1, process 4711\n")
    assert json.loads(said("run", "tidy", "--json"))["ran"] is False
    assert "tidy: row 3 of 12, since " in said("list")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("show", "wacth"), "there is no job 'wacth'; there are digest, expire"),
        (("run", "sync tiktok"), "there is no job 'sync tiktok'; there are digest, expire"),
        (("run", "inbox"), "only the running bot has"),
    ],
)
def test_an_unknown_job_is_refused_with_what_there_is(store: Engine, args: tuple[str, ...], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        said(*args)
