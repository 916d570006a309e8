"""``budgeteer experiments``: a result is added, listed with its doubt, and revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from app import wiring
from app.cli import cli
from domain.errors import BadInput
from store.engine import open_engine, write
from store.ingest import MetricRow, load
from store.migrate import upgrade
from store.tables import Account
from tests.activation.world import NOW, seed

GIVEN = (
    "add", "Geo test DE", "--account", "Acme EU", "--campaign", "Brand", "--from", "2026-01-05", "--to", "2026-02-01",
    "--spend", "9800.50", "--incremental", "14200", "--low", "9000", "--high", "19500", "--source", "report 12",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    wiring.settings.cache_clear()
    engine = open_engine(url)
    upgrade(engine)
    seed(engine)
    yield engine
    engine.dispose()
    wiring.settings.cache_clear()


def said(*args: str) -> str:
    result = CliRunner().invoke(cli, ["experiments", *args], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_result_is_added_listed_with_its_range_and_revoked(store: Engine) -> None:
    assert said("list") == "No result of an experiment is kept.\n"
    assert said(*GIVEN) == "#1 is kept and calibrates Brand from now on.\n"
    line = said("list")
    assert "Acme EU: Brand · Geo test DE (geo test): 14,200 revenue (9,000 to 19,500 at 90 %) from €9,800.50" in line
    assert "ROAS 1.45 · report 12" in line
    (entry,) = json.loads(said("list", "--json"))["experiments"]
    assert (entry["incremental"], entry["spend"], entry["revoked_at"]) == (14200.0, 9800.5, None)
    assert said("revoke", "1") == "#1 'Geo test DE' counts no more.\n"
    assert said("list") == "No result of an experiment is kept.\n"
    assert "revoked by cli:" in said("list", "--all")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [("--spend", "9,800", "no amount"), ("--from", "5 Jan", "not a date"), ("--account", "Nobody", "Nobody")],
)
def test_what_cannot_be_read_is_bad_input(store: Engine, option: str, value: str, words: str) -> None:
    args = list(GIVEN)
    args[args.index(option) + 1] = value
    with pytest.raises(BadInput, match=words):
        CliRunner().invoke(cli, ["experiments", *args], catch_exceptions=False, standalone_mode=False)


@pytest.mark.parametrize(
    ("dropped", "more", "why"),
    [
        (("--campaign", "Brand"), (), "it is of the whole account"),
        ((), ("--campaign", "Generic"), "campaigns of several budgets at once"),
        ((), ("--outcome", "conversions"), "it is of conversions, the curves are of revenue"),
        ((), ("--from", "2025-10-01"), "its days lie outside those that curves are learned from, 2025-11-04"),
    ],
)
def test_a_result_that_calibrates_no_curve_is_kept_and_that_is_said(
    store: Engine, monkeypatch: pytest.MonkeyPatch, dropped: tuple[str, ...], more: tuple[str, ...], why: str
) -> None:
    monkeypatch.setattr(wiring, "clock", lambda config: lambda: NOW)
    grow(store)
    args = [a for a in GIVEN if a not in dropped] + list(more)
    printed = said(*args)
    assert printed.startswith("#1 is kept, but calibrates no curve: ")
    assert why in printed
    assert len(json.loads(said("list", "--json"))["experiments"]) == 1


def grow(store: Engine) -> None:
    """Four months of two campaigns, of which one has the budgets."""
    days = [NOW.date() - timedelta(n) for n in range(1, 121)]
    rows = [
        MetricRow(day, name, number, 1_000_000_000, 1, 1, 1.0, 1.0)
        for day in days
        for name, number in (("Brand", "9"), ("Generic", "10"))
    ]
    with write(store) as session:
        account = session.scalars(select(Account)).one()
        load(session, account, rows, source="api", content_sha256=None, complete=True, now=NOW)


def test_a_result_inside_the_days_of_one_budget_calibrates_it(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "clock", lambda config: lambda: NOW)
    grow(store)
    assert said(*GIVEN) == "#1 is kept and calibrates Brand from now on.\n"
