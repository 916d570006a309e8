"""Finish keeps what an approval knew of its amounts: who edited them may not approve the rest either."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine, select

from store import following
from store.approvals import decide
from store.engine import read, write
from store.tables import Approval, Operation
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed


def test_who_edited_the_amounts_does_not_approve_their_finish(engine: Engine) -> None:
    account = seed(engine)
    edited = opened(engine, recommendation(account, change("b1"), change("b2")), edited_by=["Ana"])
    assert decide(engine, edited, "Ben", "approve", now=NOW, limits=LIMITS).claimed
    with write(engine) as session:
        session.get_one(Approval, edited).status = "partially_applied"
        operations = session.scalars(select(Operation).where(Operation.approval_id == edited).order_by(Operation.seq))
        for operation, state in zip(operations, ("applied", "failed"), strict=True):
            operation.state, operation.approval_status, operation.settled_at = state, "partially_applied", NOW
    rest = following.Plan("finish", (change("b2"),))
    for user in ("Ben", "Ana"):
        fresh = following.propose(engine, edited, rest, user, now=NOW, limits=LIMITS).approval_id
        assert fresh is not None
        with read(engine) as session:
            assert session.get_one(Approval, fresh).proposed_by == user
        own = decide(engine, fresh, "Ana", "approve", now=NOW, limits=LIMITS)
        assert not own.claimed
        assert "you edited this amount, so another person has to approve it" in own.text
        if user == "Ben":
            assert decide(engine, fresh, "Ben", "reject", now=NOW, limits=LIMITS).outcome == "rejected"
    alone = replace(LIMITS, solo_mode=True)
    assert decide(engine, fresh, "Ana", "approve", now=NOW, limits=alone).claimed
