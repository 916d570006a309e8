"""``budgeteer import undo`` of orders and of a plan, on both databases: exact, audited once, its history kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from app import wiring
from app.cli import cli
from store import audit
from store.engine import read
from store.tables import ImportRun, Order, OrderRevision, PlanLine

Run = Callable[..., str]
ORDERS = "Order ID,Date,Total,Refunded,Currency\n1,2024-06-01,100,{refunded},USD\n2,2024-06-02,50,0,USD\n"
PLAN = "month,platform,account,budget,currency\n2024-06,google_ads,Ads,{budget},USD\n"


@pytest.fixture
def run(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    wiring.settings.cache_clear()

    def run_words(*words: str) -> str:
        done = CliRunner().invoke(cli, words)
        return done.output if done.exception is None else str(done.exception)

    yield run_words
    wiring.settings.cache_clear()


def written(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def held(engine: Engine, table: type[Order] | type[PlanLine]) -> list[Any]:
    keys = [c for c in table.__table__.columns if c.name != "id"]
    with read(engine) as session:
        return sorted(map(repr, session.execute(select(*keys))))


def audited(engine: Engine, load: int) -> list[str]:
    with read(engine) as session:
        assert audit.verify(session) is None
        return [e.action for e in audit.entries(session, subject=f"import:{load}")]


def loads(engine: Engine) -> list[int]:
    with read(engine) as session:
        return list(session.scalars(select(ImportRun.id).order_by(ImportRun.id)))


def test_orders_are_taken_back_with_an_audit_and_their_revisions_stay(engine: Engine, run: Run) -> None:
    shop = ("--platform", "orders", "--account", "Shop", "--currency", "USD")
    assert "2 sold" in run("import", written("a.csv", ORDERS.format(refunded=0)), *shop)
    before = held(engine, Order)
    assert "1 updated" in run("import", written("b.csv", ORDERS.format(refunded=40)), *shop)
    first, second = loads(engine)
    assert f"budgeteer import undo {second}" in run("import", "undo", str(first))
    assert "0 rows went, 1 are as they were" in run("import", "undo", str(second))
    assert held(engine, Order) == before
    assert "taken back already" in run("import", "undo", str(second))
    assert audited(engine, second) == ["import.undone"]
    with read(engine) as session:
        assert [r.old["refunds_micros"] for r in session.scalars(select(OrderRevision))] == [0]
    assert "2 rows went" in run("import", "undo", str(first))
    assert held(engine, Order) == []


def test_a_plan_is_taken_back_with_an_audit(engine: Engine, run: Run) -> None:
    head = "Day,Campaign,Cost\n2024-06-01,A,1\n"
    run("import", written("ads.csv", head), "--platform", "google_ads", "--account", "Ads", "--currency", "USD")
    run("plan", "import", written("p.csv", PLAN.format(budget=900)))
    before = held(engine, PlanLine)
    run("plan", "import", written("q.csv", PLAN.format(budget=700)))
    _, first, second = loads(engine)
    assert len(before) == 1
    assert held(engine, PlanLine) != before
    assert f"budgeteer import undo {second}" in run("import", "undo", str(first))
    assert "1 rows went, 1 are as they were" in run("import", "undo", str(second))
    assert held(engine, PlanLine) == before
    assert "taken back already" in run("import", "undo", str(second))
    assert audited(engine, second) == ["import.undone"]
