"""What came of changes as an answer: the record, one change, and what cannot be said yet."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, update

from app.cli.promises_command import command
from domain.promise import Measured, Total
from domain.scope import Scope
from store import promises, promising
from store.engine import read, write
from store.tables import Promise
from tests.activation.world import NOW, change, recommendation, seed
from tests.store.test_promising import applied
from tools.base import ToolContext
from tools.promises import PromisesArguments, run

DAY = timedelta(days=1)


@pytest.fixture
def account(sqlite_engine: Engine) -> int:
    return seed(sqlite_engine, entities=("b1", "b2", "b3", "b4", "b5", "b6", "b7"))


def context(engine: Engine, account: int) -> ToolContext:
    return ToolContext(engine, Scope((account,)), (NOW + 50 * DAY).date(), "UTC", now=NOW + 50 * DAY)


def measured(engine: Engine, account: int, entity: str, total: Total | None, reason: str | None = None) -> str:
    """A change of ``entity`` predicted to bring 1,400 (900 to 1,900), and what was found."""
    card = applied(engine, recommendation(account, change(entity)))
    identity = promising.promise_id(card)
    with write(engine) as session:
        end = session.get_one(Promise, identity).window_end
        status = "measured" if total else "no_counterfactual"
        promising.keep(session, identity, Measured(status, reason, end, total, "m"), NOW + 45 * DAY)
    return identity


def test_nothing_is_judged_before_anything_was_applied_or_measured(sqlite_engine: Engine, account: int) -> None:
    asked = context(sqlite_engine, account)
    assert "no change was applied through here yet" in (run(asked, PromisesArguments()).refused or "")
    applied(sqlite_engine, recommendation(account))
    refused = run(asked, PromisesArguments()).refused or ""
    assert "the first can be on 2026-04-11" in refused  # 30 days after the 4th of March, and 7 for conversions
    one = run(asked, PromisesArguments(campaigns=("brand",)))
    assert one.refused is None
    assert "it is not known yet: its days end on 2026-04-03" in one.text
    assert {f.label for f in one.facts} == {"predicted effect, mean", "predicted effect, low", "predicted effect, high"}


def test_the_record_counts_and_adds_up_what_was_measured(sqlite_engine: Engine, account: int) -> None:
    measured(sqlite_engine, account, "b1", Total(500, 1200, 1900, 0.9))
    measured(sqlite_engine, account, "b2", Total(-300, -100, 100, 0.9))
    measured(sqlite_engine, account, "b3", None, "the change left no campaign alone")
    result = run(context(sqlite_engine, account), PromisesArguments())
    values = {f.label: f.value for f in result.facts}
    assert values["changes measured (revenue)"] == 2
    assert values["ranges that held (revenue)"] == 1
    assert values["predicted of all"] == 2800
    assert values["realised of all"] == 1100
    assert float(values["realised of all, high"] or 0) == pytest.approx(1100 + (700**2 + 200**2) ** 0.5)
    assert "no counterfactual" in result.text
    assert result.table is not None
    assert [row[-2] for row in result.table.rows].count("no counterfactual") == 1
    assert all(row[4] is None for row in result.table.rows if row[-2] == "no counterfactual")


def test_a_day_without_a_change_names_the_days_that_had_one(sqlite_engine: Engine, account: int) -> None:
    measured(sqlite_engine, account, "b1", Total(500, 1200, 1900, 0.9))
    period = {"start": "2026-03-05", "end": "2026-03-05"}
    refused = run(context(sqlite_engine, account), PromisesArguments.model_validate({"period": period})).refused
    assert refused == "no change was applied through here on 2026-03-05; changes were applied on 2026-03-04"
    other = ToolContext(sqlite_engine, Scope((account + 1,)), NOW.date(), "UTC")
    assert "no change was applied" in (run(other, PromisesArguments()).refused or "")


def test_the_command_prints_the_table_the_record_and_one_change_whole(
    sqlite_engine: Engine, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(sqlite_engine.url))
    runner = CliRunner()
    assert "No change was applied yet" in runner.invoke(command, []).output
    identity = measured(sqlite_engine, account, "b1", Total(500, 1200, 1900, 0.9))
    measured(sqlite_engine, account, "b2", None, "the change left no campaign alone")
    shown = runner.invoke(command, []).output
    assert "+€1,400 (+€900 to +€1,900)" in shown
    assert "as predicted" in shown
    assert "the change left no campaign alone" in shown
    assert "Record of revenue in EUR: 1 measured, 1 as predicted" in shown
    found = json.loads(runner.invoke(command, ["--json"]).output)
    by_id = {p["id"]: p for p in found["promises"]}
    assert by_id[identity]["realised"]["mid"] == 1200
    unknown = next(p for p in found["promises"] if p["id"] != identity)
    assert unknown["realised"] == {
        "mid": None,
        "low": None,
        "high": None,
        "reason": "the change left no campaign alone",
    }
    assert found["scores"][0]["bias"] == -200
    whole = runner.invoke(command, ["show", identity[:6]]).output
    assert "Budget b1: 200.00 EUR to 240.00 EUR (daily budget)" in whole
    assert "Window: 2026-03-05 to 2026-04-03 (30 of 30 days)" in whole


def test_the_digest_tells_once_what_was_measured_since_the_last_one(sqlite_engine: Engine, account: int) -> None:
    from tools.digest import DigestArguments, build

    measured(sqlite_engine, account, "b1", Total(500, 1200, 1900, 0.9))
    with write(sqlite_engine) as session:
        session.execute(update(Promise).values(measured_at=NOW - timedelta(hours=3)))
    asked = ToolContext(sqlite_engine, Scope((account,)), NOW.date(), "UTC", now=NOW)
    for language, words in (("en", "as predicted, given both ranges"), ("de", "wie vorhergesagt")):
        digest = build(asked, DigestArguments(), picture=False, language=language)
        (line,) = digest.outcomes
        assert words in line
        assert {"realised effect, mean", "predicted effect, mean"} <= {f.label for f in digest.facts}
    with write(sqlite_engine) as session:
        session.execute(update(Promise).values(measured_at=NOW - 9 * DAY))
    assert build(asked, DigestArguments(), picture=False).outcomes == ()
    with read(sqlite_engine) as session:
        assert len(promises.listed(session, Scope((account,)))) == 1
