"""``budgeteer experiments``: a result is added, listed with its doubt, and revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app import wiring
from app.cli import cli
from domain.errors import BadInput
from store.engine import open_engine
from store.migrate import upgrade
from tests.activation.world import seed

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
