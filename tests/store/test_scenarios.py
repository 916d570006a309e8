"""Saved plans: kept as they were, one name an account, seen only in scope."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from domain.errors import BadInput
from domain.scope import Scope
from store import accounts, scenarios
from store.engine import read, write
from store.scenarios import Saved
from store.tables import AuditEntry, Scenario

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
CONTENT = {"plan": {"amounts": [{"entity": "b1", "exact": "120.01"}], "total": 120.01}, "figures": "abc"}


@pytest.fixture
def owner(engine: Engine) -> int:
    with write(engine) as session:
        return accounts.ensure(session, platform="google_ads", name="Acme", currency="EUR", timezone="UTC",
                               origin="file", now=NOW).id  # fmt: skip


def keep(engine: Engine, owner: int, name: str = "spring", **more: Any) -> Saved:
    with write(engine) as session:
        return scenarios.save(
            session, Scope((owner,)), account_id=owner, name=name, as_of=date(2026, 3, 16), content=CONTENT, by="ana",
            now=NOW, **more,
        )  # fmt: skip


def test_a_plan_comes_back_as_it_was_saved(engine: Engine, owner: int) -> None:
    kept = keep(engine, owner, "  spring   push ")
    with read(engine) as session:
        (found,) = scenarios.get(session, Scope((owner,)), "SPRING PUSH")
    assert found == kept
    assert (found.name, found.content, found.as_of, found.recommendation_id) == (
        "spring push", CONTENT, date(2026, 3, 16), None,
    )  # fmt: skip


def test_a_name_is_taken_until_it_is_forgotten_and_the_row_stays(engine: Engine, owner: int) -> None:
    keep(engine, owner)
    with pytest.raises(BadInput, match="saved as 'Spring' already"):
        keep(engine, owner, "Spring")
    with write(engine) as session:
        scenarios.forget(session, Scope((owner,)), "spring", by="ben", now=NOW)
    again = keep(engine, owner)
    with read(engine) as session:
        assert [s.id for s in scenarios.kept(session, Scope((owner,)))] == [again.id]
        rows = {(r.removed_by, r.content["figures"]) for r in session.scalars(select(Scenario))}
        actions = [a.action for a in session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]
    assert rows == {("ben", "abc"), (None, "abc")}
    assert actions == ["scenario.saved", "scenario.forgotten", "scenario.saved"]


def test_the_database_itself_keeps_a_name_once(engine: Engine, owner: int) -> None:
    keep(engine, owner)
    with pytest.raises(IntegrityError), write(engine) as session:
        session.add(Scenario(id="x", account_id=owner, name="spring", as_of=date(2026, 3, 16), content={},
                             created_by="eve", created_at=NOW))  # fmt: skip


def test_what_a_plan_was_turned_into_is_noted_once(engine: Engine, owner: int) -> None:
    kept = keep(engine, owner)
    with write(engine) as session:
        assert scenarios.proposed(session, Scope((owner,)), kept, "r1", by="ana", now=NOW)
        assert not scenarios.proposed(session, Scope((owner,)), kept, "r2", by="ana", now=NOW)
        assert scenarios.get(session, Scope((owner,)), "spring")[0].recommendation_id == "r1"


def test_another_account_s_plans_are_neither_seen_nor_forgotten(engine: Engine, owner: int) -> None:
    kept = keep(engine, owner)
    elsewhere = Scope((owner + 1,))
    with write(engine) as session:
        assert scenarios.kept(session, elsewhere) == []
        assert not scenarios.proposed(session, elsewhere, kept, "r1", by="eve", now=NOW)
        with pytest.raises(BadInput, match="no plan is saved as 'spring'; saved: none"):
            scenarios.forget(session, elsewhere, "spring", by="eve", now=NOW)
        with pytest.raises(BadInput, match="not seen here"):
            scenarios.save(session, elsewhere, account_id=owner, name="x", as_of=date(2026, 3, 16), content={},
                           by="eve", now=NOW)  # fmt: skip


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\u202eb"])
def test_a_name_is_short_and_printable(engine: Engine, owner: int, name: str) -> None:
    with pytest.raises(BadInput, match="1 to 100 printable"):
        keep(engine, owner, name)
