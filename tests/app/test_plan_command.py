"""``budgeteer plan`` as a person uses it: a plan in, shown, replaced, or refused with the row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app import wiring
from app.cli import cli
from domain.errors import BadInput
from store import accounts, ingest
from store.engine import write

NOW = datetime(2024, 6, 20, 9, tzinfo=UTC)


@pytest.fixture
def store(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two Google accounts and one on Meta, in two currencies."""
    with write(sqlite_engine) as session:
        for platform, name, currency in (
            ("google_ads", "Shop DE", "EUR"),
            ("google_ads", "Shop UK", "GBP"),
            ("meta", "Shop", "EUR"),
        ):
            owner = accounts.ensure(
                session, platform=platform, name=name, currency=currency, timezone="UTC", origin="file", now=NOW
            )
            rows = [
                ingest.MetricRow(date(2024, 6, 1) + timedelta(days=d), c, None, 10_000_000, 100, 10, 1.0, 30.0)
                for d in range(10) for c in ("Brand", "Generic Search")
            ]  # fmt: skip
            ingest.load(session, owner, rows, source="a.csv", content_sha256=None, complete=True, now=NOW)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    wiring.settings.cache_clear()
    yield tmp_path
    wiring.settings.cache_clear()


def plan(store: Path, *arguments: str, text: str | None = None) -> Result:
    if text is not None:
        (store / "plan.csv").write_text(text)
        arguments = ("import", str(store / "plan.csv"), *arguments)
    return CliRunner().invoke(cli, ["plan", *arguments])


def shown(store: Path) -> list[dict[str, object]]:
    return json.loads(plan(store, "show", "--json").output)["lines"]  # type: ignore[no-any-return]


def test_a_plan_is_loaded_shown_and_replaced_by_the_next(store: Path) -> None:
    first = plan(
        store,
        text="month,po,account,campaign,budget,margin\n2024-06,PO 1,shop de,brand,10k,35%\n"
        "2024-06,PO 2,Shop DE,,20k,\n",
    )
    assert first.exit_code == 0, first.exception
    assert "2 read: 2 new, 0 updated, 0 unchanged, 0 skipped" in first.output
    assert "budget     June 2024 €30,000.00 in 2 pools" in first.output
    assert [(x["pool"], x["account"], x["campaign"], x["budget"], x["margin"]) for x in shown(store)] == [
        ("PO 1", "Shop DE", "Brand", 10000.0, 0.35), ("PO 2", "Shop DE", None, 20000.0, None),
    ]  # fmt: skip
    again = plan(store, text="month,platform,budget\n06/2024,meta,5k\n")
    assert again.exit_code == 0
    assert len(shown(store)) == 3
    text = plan(store, "show", "--month", "2024-06").output
    assert "all the rest" in text
    assert "35 %" in text
    assert "€20,000.00" in text


def test_money_of_two_currencies_is_told_apart(store: Path) -> None:
    said = plan(store, text="month,account,budget\n2024-06,Shop DE,10k\n2024-06,Shop UK,5k\n").output
    assert "€10,000.00 and £5,000.00" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("month,account,budget\n2024-06,Shop,1\n2024-06,Shop FR,1\n", r"row 3: .*'Shop FR' \(did you mean 'Shop"),
        ("month,account,campaign,budget\n2024-06,Shop,Brnad,1\n", r"row 2: .*'Brnad' \(did you mean 'Brand'\?\)"),
        ("month,platform,budget\n2024-06,google,1\n", r"row 2: .*2 accounts \(Shop DE, Shop UK\); name one"),
        ("month,account,budget,currency\n2024-06,Shop UK,1,EUR\n", "row 2: .*is in EUR, but"),
        ("month,account,budget\n2024-06,Shop,1\n2024-06,shop,2\n", r"row 3: a second line for 'Shop' .*row 2"),
        ("month,po,account,budget\n2024-06,A,Shop,1\n2024-06,B,Shop,2\n", r"row 3: .*could not be told apart"),
    ],
)  # fmt: skip
def test_a_plan_for_the_wrong_thing_loads_nothing_and_says_which_row(store: Path, text: str, why: str) -> None:
    done = plan(store, text=text)
    assert isinstance(done.exception, BadInput)
    assert re.search(why, str(done.exception)), done.exception
    assert str(done.exception).endswith("nothing was loaded")
    assert shown(store) == []


def test_the_template_filled_in_is_a_plan(store: Path) -> None:
    drafted = plan(store, "template", "--month", "2024-07").output
    assert drafted.splitlines()[1:] == [
        "2024-07,,Shop DE,,EUR,,,,,,", "2024-07,,Shop UK,,GBP,,,,,,", "2024-07,,Shop,,EUR,,,,,,",
    ]  # fmt: skip
    filled = "\n".join(
        line.replace(",,,,,,", ",1000,3.0,,35%,2.5,no") if n else line for n, line in enumerate(drafted.splitlines())
    )
    assert plan(store, text=filled).exit_code == 0
    assert {(x["budget"], x["target_roas"], x["margin"], x["floor"]) for x in shown(store)} == {
        (1000.0, 3.0, 0.35, 2.5)
    }
