"""What is stored must be what was shown: an amount that was written over is neither offered, claimed nor sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, update

from domain.lifecycle import Status
from domain.ratio import NO_CURRENCY
from domain.recommendation_json import to_json
from store import audit, ledger
from store.approvals import decide, view
from store.engine import read, write
from store.tables import Attempt, Operation, RecommendationRow
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed


def the_operation(engine: Engine) -> None:
    with write(engine) as session:
        session.execute(update(Operation).values(after_micros=290_000_000))


def the_recommendation(engine: Engine) -> None:
    with write(engine) as session:
        row = session.scalars(select(RecommendationRow)).one()
        plan = recommendation(row.account_id, change(after="210"), rec_id=row.id)
        row.content = to_json(replace(plan, title="Raise Brand"))


def the_unit(engine: Engine) -> None:
    with write(engine) as session:
        session.execute(update(Operation).values(currency=NO_CURRENCY))  # a budget that is a ratio is no change at all


@pytest.fixture(params=[the_operation, the_recommendation, the_unit])
def tamper(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    return request.param


def test_a_plan_that_was_written_over_is_said_to_be_so_and_not_claimed(engine: Engine, tamper) -> None:  # type: ignore[no-untyped-def]
    card = opened(engine, recommendation(seed(engine)), quorum=2)
    with read(engine) as session:
        assert not view(session, card).tampered
    tamper(engine)
    with read(engine) as session:
        assert view(session, card).tampered
    answer = decide(engine, card, "Ana", "approve", now=NOW, limits=LIMITS)
    assert (answer.outcome, answer.text) == ("refused", "not applied: the stored plan is not the one that was shown")
    assert decide(engine, card, "Ana", "reject", now=NOW, limits=LIMITS).status is Status.REJECTED


def test_a_plan_that_was_written_over_after_its_claim_is_not_sent(engine: Engine, tmp_path, tamper) -> None:  # type: ignore[no-untyped-def]
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    bench = Bench(engine, platform, seed(engine))
    card = bench.approved()
    tamper(engine)
    assert bench.run(card) is Status.REFUSED
    assert platform.writes() == []
    assert "not the one that was approved" in bench.detail(card)


def test_the_intent_itself_refuses_a_plan_that_was_written_over_and_one_that_expired(engine: Engine, tamper) -> None:  # type: ignore[no-untyped-def]
    rec = recommendation(seed(engine))
    card = opened(engine, rec)
    assert decide(engine, card, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    with read(engine) as session:
        operation = view(session, card).operations[0].id
    assert ledger.intend(engine, operation, 1, rec.expires_at) is None
    tamper(engine)
    assert ledger.intend(engine, operation, 1, NOW) is None
    with read(engine) as session:
        assert session.scalars(select(Attempt)).all() == []
        refused = [e.payload["reason"] for e in audit.entries(session, subject=card) if e.action == "write.refused"]
    assert refused == ["expired before it was sent", "the stored plan is not the one that was approved"]
