"""Every change a platform tells is kept once, and ours are told from those of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select

from domain.account_change import AMOUNT, STATUS, AccountChange, amounts
from domain.money import Money
from domain.scope import Scope
from store import platform_changes
from store.change_log import record
from store.engine import read, write
from store.ledger import intent_key
from store.platform_changes import between
from store.tables import Attempt, Operation
from tests.activation.world import NOW, opened, recommendation, seed

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def raised(**more: Any) -> AccountChange:
    """b1 from 200 to 240 a day, as the platform dates it."""
    base = AccountChange(
        "changeEvents/1", NOW + MINUTE, "b1", "Budget b1", ("9",), AMOUNT, amounts(eur("200")), amounts(eur("240")),
        "robot@example.com", "GOOGLE_ADS_API",
    )  # fmt: skip
    return replace(base, **more)


def send(engine: Engine, account: int, outcome: str | None = "applied") -> None:
    """Leave in the ledger what an executor leaves when it sends b1 from 200 to 240 at NOW."""
    approval = opened(engine, recommendation(account))
    with write(engine) as session:
        operation = session.scalars(select(Operation).where(Operation.approval_id == approval)).one()
        key = intent_key(operation, 1)
        session.add(Attempt(key=key, operation_id=operation.id, number=1, intended_at=NOW, outcome=outcome))


def kept(engine: Engine, account: int, *changes: AccountChange) -> list[platform_changes.Seen]:
    with write(engine) as session:
        record(session, account, changes, now=NOW + HOUR)
    with read(engine) as session:
        return between(session, Scope((account,)), NOW - HOUR, NOW + HOUR)


def test_a_history_read_twice_is_kept_once_and_read_back_as_it_was_told(engine: Engine) -> None:
    account = seed(engine)
    paused = raised(
        source_id="changeEvents/2", at=NOW, field=STATUS, old={"status": "ENABLED"}, new={"status": "PAUSED"}
    )
    with write(engine) as session:
        assert record(session, account, [raised(), paused], now=NOW) == 2
    with write(engine) as session:
        assert record(session, account, [raised(), paused, raised()], now=NOW + HOUR) == 0
        assert record(session, account, [], now=NOW) == 0
    with read(engine) as session:
        seen = between(session, Scope((account,)), NOW - HOUR, NOW + HOUR)
        assert [s.change for s in seen] == [paused, raised()]
        assert [s.change.after for s in seen] == [None, eur("240")]
        assert platform_changes.read_through(session, Scope((account,)), account) == NOW


def test_what_the_ledger_sent_is_ours_and_everything_else_is_somebody_elses(engine: Engine) -> None:
    account = seed(engine)
    send(engine, account)
    foreign = {
        "another amount": raised(new=amounts(eur("241"))),
        "from another amount": raised(old=amounts(eur("120"))),
        "another budget": raised(entity="b2"),
        "hours later": raised(at=NOW + 5 * HOUR),
        "before it was sent": raised(at=NOW - HOUR),
        "not an amount": raised(field=STATUS),
    }
    changes = [raised(), *(replace(c, source_id=why) for why, c in foreign.items())]
    with write(engine) as session:
        record(session, account, changes, now=NOW + 6 * HOUR)
    with read(engine) as session:
        span = NOW - 2 * HOUR, NOW + 6 * HOUR
        seen = between(session, Scope((account,)), *span)
        others = between(session, Scope((account,)), *span, foreign_only=True)
    assert [s.change.source_id for s in seen if s.ours] == ["changeEvents/1"]
    assert {s.change.source_id for s in others} == set(foreign)


@pytest.mark.parametrize(("outcome", "ours"), [("rejected", False), ("unknown", True), (None, True)])
def test_a_write_that_was_refused_made_no_change_and_one_without_an_answer_may_have(
    sqlite_engine: Engine, outcome: str | None, ours: bool
) -> None:
    account = seed(sqlite_engine)
    send(sqlite_engine, account, outcome)
    (seen,) = kept(sqlite_engine, account, raised())
    assert seen.ours is ours


def test_only_what_is_in_scope_and_in_the_hours_asked_is_read(sqlite_engine: Engine) -> None:
    account = seed(sqlite_engine)
    kept(sqlite_engine, account, raised())
    with read(sqlite_engine) as session:
        assert between(session, Scope((account + 1,)), NOW - HOUR, NOW + HOUR) == []
        assert between(session, Scope((account,)), NOW - HOUR, NOW + HOUR, account_ids=[account + 1]) == []
        assert between(session, Scope((account,)), NOW + 2 * MINUTE, NOW + HOUR) == []
        assert between(session, Scope((account,)), NOW - HOUR, NOW + MINUTE) == []


def test_names_from_outside_lose_control_characters_and_what_no_column_holds(engine: Engine) -> None:
    account = seed(engine)
    (seen,) = kept(engine, account, raised(entity_name="Brand\x1b[31m\n" + "x" * 900, by=None))
    assert seen.change.entity_name == ("Brand [31m " + "x" * 900)[:500]
    assert seen.change.by is None
    with write(engine) as session, pytest.raises(ValueError, match="1 to 300 characters"):
        record(session, account, [raised(source_id="")], now=NOW)
