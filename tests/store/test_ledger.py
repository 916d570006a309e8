"""The ledger: an intent is committed once, with its operation, and only while it may be sent."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, func, select, update

from domain.errors import IllegalMove
from domain.lifecycle import OpState, Status
from store import ledger
from store.approvals import decide, set_kill_switch, view
from store.engine import read, write
from store.tables import Approval, Attempt, Operation
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed


@pytest.fixture
def card(engine: Engine) -> str:
    approval = opened(engine, recommendation(seed(engine), change("b1"), change("b2", after="180")))
    assert decide(engine, approval, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    return approval


def operations(engine: Engine, card: str) -> list[str]:
    with read(engine) as session:
        return [o.id for o in view(session, card).operations]


def attempts(engine: Engine) -> int:
    with read(engine) as session:
        return session.scalar(select(func.count()).select_from(Attempt)) or 0


def test_twenty_threads_that_intend_one_write_get_one_intent(engine: Engine, card: str) -> None:
    first = operations(engine, card)[0]
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(ledger.intend(engine, first, 1, NOW))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 20
    assert sum(g is not None for g in got) == 1
    assert attempts(engine) == 1


def test_a_second_operation_waits_until_the_first_is_settled(engine: Engine, card: str) -> None:
    first, second = operations(engine, card)
    assert ledger.intend(engine, first, 1, NOW) is not None
    assert ledger.intend(engine, second, 1, NOW) is None
    ledger.settle(engine, first, OpState.APPLIED, detail="", reading=None, now=NOW)
    assert ledger.intend(engine, second, 1, NOW) is not None


def test_no_intent_before_an_approval_after_a_stop_or_beyond_two_attempts(engine: Engine, card: str) -> None:
    first = operations(engine, card)[0]
    for status in ("pending", "applied", "unknown"):
        with write(engine) as session:
            session.execute(update(Approval).values(status=status))
        assert ledger.intend(engine, first, 1, NOW) is None
    with write(engine) as session:
        session.execute(update(Approval).values(status="executing"))
        set_kill_switch(session, "platform:google_ads", on=True, by="Ben", now=NOW)
    assert ledger.intend(engine, first, 1, NOW) is None
    with write(engine) as session:
        set_kill_switch(session, "platform:google_ads", on=False, by="Ben", now=NOW)
        session.execute(update(Operation).values(state="unknown"))
    assert ledger.intend(engine, first, 3, NOW) is None
    assert attempts(engine) == 0


def test_an_attempt_is_intended_once_even_where_its_operation_was_put_back(engine: Engine, card: str) -> None:
    first, second = operations(engine, card)
    assert ledger.intend(engine, first, 1, NOW) is not None
    with write(engine) as session:
        session.execute(update(Operation).where(Operation.id == first).values(state="waiting"))
    assert ledger.intend(engine, first, 1, NOW) is None
    assert attempts(engine) == 1
    assert second != first


def test_the_key_differs_for_every_part_of_a_write() -> None:
    base = {
        "approval_id": "a", "platform": "g", "account": "1", "entity": "b", "field": "daily_budget",
        "before_micros": 1, "after_micros": 2, "currency": "EUR",
    }  # fmt: skip
    changed = [{**base, k: 3 if isinstance(v, int) else f"{v}x"} for k, v in base.items()]
    keys = {ledger.intent_key(Operation(**row), n) for row in [base, *changed] for n in (1, 2)}
    assert len(keys) == 2 * (len(base) + 1)


def test_a_settled_operation_does_not_move_again(engine: Engine, card: str) -> None:
    first = operations(engine, card)[0]
    ledger.settle(engine, first, OpState.FAILED, detail="", reading=None, now=NOW)
    assert not ledger.settle(engine, first, OpState.FAILED, detail="again", reading=None, now=NOW)
    with pytest.raises(IllegalMove):
        ledger.settle(engine, first, OpState.APPLIED, detail="", reading=None, now=NOW)


def test_an_approval_that_is_over_stays_as_it_is(engine: Engine, card: str) -> None:
    assert ledger.conclude(engine, card, lambda _: Status.APPLIED, NOW) is Status.APPLIED
    assert ledger.conclude(engine, card, lambda _: Status.FAILED, NOW) is Status.APPLIED
    assert not ledger.resume(engine, card, NOW)


@pytest.mark.parametrize("meanwhile", [{"state": "sent"}, {"approval_status": "failed"}], ids=["state", "status"])
def test_each_condition_of_the_intent_holds_by_itself(engine: Engine, card: str, meanwhile: dict[str, str]) -> None:
    first = operations(engine, card)[0]
    with write(engine) as session:
        session.execute(update(Operation).where(Operation.id == first).values(**meanwhile))
    with write(engine) as session:
        assert not ledger._take(session, first, OpState.WAITING)


def test_an_operation_that_is_not_where_the_attempt_begins_gets_no_intent(engine: Engine, card: str) -> None:
    """No attempt of it is in the ledger, so its key is free: the operation's own state has to refuse."""
    first = operations(engine, card)[0]
    for state, number in (("sent", 1), ("applied", 1), ("unknown", 1), ("waiting", 2), ("sent", 2)):
        with write(engine) as session:
            session.execute(update(Operation).where(Operation.id == first).values(state=state))
        assert ledger.intend(engine, first, number, NOW) is None
    assert attempts(engine) == 0
