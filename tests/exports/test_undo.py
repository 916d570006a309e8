"""A load taken back: the store is what it was before, on both databases, and it stays known who did it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from app import wiring
from app.cli import cli
from app.importing import Options, load
from app.settings import Settings
from domain.errors import BadInput, Refused
from domain.scope import Scope
from store import accounts, audit, ingest, undo
from store.engine import read, write
from store.tables import Account, Campaign, DailyMetric, ImportRun, MetricRevision

NOW = datetime(2024, 7, 1, tzinfo=UTC)
HEAD = "Day,Campaign,Cost,Clicks,Conv. value\n"


def given_file(engine: Engine, text: str, name: str = "a.csv", account: str = "Shop") -> int:
    options = Options("google_ads", account, "USD")
    return load(engine, Settings(_env_file=None), NOW, name, (HEAD + text).encode(), options).counts.run_id


def taken_back(engine: Engine, run: int, by: str = "ann") -> undo.Undone:
    with write(engine) as session:
        return undo.undo(session, everything(session), run, by=by, now=NOW)


def everything(session: Any) -> Scope:
    return Scope(tuple(session.scalars(select(Account.id))) or (0,))


def held(engine: Engine) -> tuple[list[Any], list[Any]]:
    """All figures with the load they carry, and all campaigns."""
    with read(engine) as session:
        figures = session.execute(
            select(DailyMetric.__table__).order_by(DailyMetric.campaign_id, DailyMetric.day)
        ).all()
        return list(figures), list(session.execute(select(Campaign.name).order_by(Campaign.name)).scalars())


def test_new_rows_go_changed_rows_return_and_the_load_stays_known(engine: Engine) -> None:
    given_file(engine, "2024-01-01,A,1.50,3,--\n2024-01-02,A,2.50,4,9.25\n")
    before = held(engine)
    second = given_file(engine, "2024-01-02,A,7.77,5,--\n2024-01-03,B,1,1,1\n", "b.csv")
    assert held(engine) != before
    done = taken_back(engine, second)
    assert (done.removed, done.restored, done.already) == (1, 1, False)
    assert held(engine) == before
    with read(engine) as session:
        run = session.get_one(ImportRun, second)
        assert (run.undone_at, run.undone_by, run.source) == (NOW, "ann", "b.csv")
        entry = list(audit.entries(session, subject=f"import:{second}"))
        assert [(e.actor, e.action, dict(e.payload)["removed"]) for e in entry] == [("ann", "import.undone", 1)]
        assert audit.verify(session) is None


def test_a_second_call_says_that_it_was_done_and_does_nothing(engine: Engine) -> None:
    run = given_file(engine, "2024-01-01,A,1.50,3,1\n")
    taken_back(engine, run)
    after = held(engine)
    again = taken_back(engine, run, by="bob")
    assert (again.already, again.by, again.removed) == (True, "ann", 1)
    assert held(engine) == after == ([], [])
    with read(engine) as session:
        assert len(list(audit.entries(session, subject=f"import:{run}"))) == 1


@pytest.mark.parametrize("later", ["2024-01-01,A,9.99,3,1\n", "2024-01-01,A,1.50,3,1\n"])
def test_a_load_that_a_later_one_built_on_is_refused_until_that_is_taken_back(engine: Engine, later: str) -> None:
    first = given_file(engine, "2024-01-01,A,1.50,3,1\n")
    second = given_file(engine, later, "later.csv")
    before = held(engine)
    with pytest.raises(Refused, match=rf"load {second} \(later.csv.*budgeteer import undo {second}"):
        taken_back(engine, first)
    assert held(engine) == before
    taken_back(engine, second)
    taken_back(engine, first)
    assert held(engine)[0] == []


def test_a_later_load_of_other_days_or_another_account_is_no_hindrance(engine: Engine) -> None:
    first = given_file(engine, "2024-01-01,A,1.50,3,1\n")
    for text, account in (("2024-02-01,A,1,1,1\n", "Shop"), ("2024-01-01,A,1,1,1\n", "Other")):
        given_file(engine, text, account=account)
        given_file(engine, text, account=account)  # states it again: unchanged rows, on other days
    assert taken_back(engine, first).removed == 1


def test_a_read_of_the_platform_is_not_taken_back_and_what_it_built_on_stays(engine: Engine) -> None:
    first = given_file(engine, "2024-01-01,A,1.50,3,1\n")
    with write(engine) as session:
        account = accounts.find(session, "Shop")[0]
        row = ingest.MetricRow(date(2024, 1, 1), "A", None, 1_500_000, None, 4, None, None)
        synced = ingest.load(session, account, [row], source="api", content_sha256=None, complete=True, now=NOW)
    with pytest.raises(Refused, match="the next sync would read it again"):
        taken_back(engine, synced.run_id)
    with pytest.raises(Refused, match="cannot be taken back any more"):
        taken_back(engine, first)


def test_a_load_outside_the_scope_does_not_exist(engine: Engine) -> None:
    run = given_file(engine, "2024-01-01,A,1.50,3,1\n")
    given_file(engine, "2024-01-01,A,1.50,3,1\n", account="Other")
    with write(engine) as session:
        other = accounts.find(session, "Other")[0].id
        with pytest.raises(BadInput, match=f"there is no load {run}"):
            undo.undo(session, Scope((other,)), run, by="ann", now=NOW)


LOADS = st.lists(
    st.dictionaries(
        st.tuples(st.integers(1, 4), st.sampled_from("AB")),
        st.tuples(st.integers(0, 999), st.none() | st.integers(0, 9)),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loads=LOADS)
def test_taking_all_loads_back_one_by_one_walks_through_every_state_again(
    sqlite_engine: Engine, loads: list[dict[tuple[int, str], tuple[int, int | None]]]
) -> None:
    with write(sqlite_engine) as session:
        for table in (DailyMetric, MetricRevision, Campaign, ImportRun):
            session.execute(delete(table))
    states, runs = [figures_only(sqlite_engine)], []
    for rows in loads:
        lines = (f"2024-01-{d:02d},{c},{cost / 100:.2f},{'--' if n is None else n},1\n"
                 for (d, c), (cost, n) in rows.items())  # fmt: skip
        runs.append(given_file(sqlite_engine, "".join(lines)))
        states.append(figures_only(sqlite_engine))
    for run in reversed(runs):
        states.pop()
        taken_back(sqlite_engine, run)
        assert figures_only(sqlite_engine) == states[-1]


def figures_only(engine: Engine) -> list[Any]:
    """Figures by name: a campaign that went and came back has another number."""
    columns = [getattr(DailyMetric, name) for name in ("day", *ingest.FIGURES)]
    with read(engine) as session:
        query = select(Campaign.name, *columns).join(Campaign, Campaign.id == DailyMetric.campaign_id)
        return [tuple(row) for row in session.execute(query.order_by(Campaign.name, DailyMetric.day))]


@pytest.fixture
def run_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'cli.db'}")
    monkeypatch.chdir(tmp_path)
    wiring.settings.cache_clear()

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["import", *arguments], catch_exceptions=False)
        return done.output

    yield run
    wiring.settings.cache_clear()


def test_a_person_lists_the_loads_and_takes_one_back(run_cli: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "2024-01-01,A,1.50,3,1\n")
    assert "1 new" in run_cli("a.csv", "--platform", "google_ads", "--account", "Shop", "--currency", "USD")
    listed = run_cli("list").splitlines()
    assert listed[0].split() == ["load", "when", "(UTC)", "account", "what", "rows", "file"]
    assert "Shop (google_ads)" in listed[1]
    assert "a.csv" in listed[1]
    assert run_cli("undo", "1").startswith("Took load 1 back (a.csv, Shop): 1 rows went, 0 are as they were.")
    assert run_cli("undo", "1").startswith("Load 1 was taken back already, ")
    assert "taken back" in run_cli("list")
    loads = json.loads(run_cli("list", "--json"))["loads"]
    assert [(load["id"], load["kind"], load["undone_at"] is None) for load in loads] == [(1, "daily", False)]


def test_help_shows_how_to_load_and_the_other_commands(run_cli: Callable[..., str]) -> None:
    said = run_cli("--help")
    for part in (
        "import FILE [OPTIONS]",
        "--platform",
        "--week-start",
        "list",
        "undo RUN",
        "Example: budgeteer import",
    ):
        assert part in said
