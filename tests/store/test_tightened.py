"""Settings that moved while a card was open: the claim and the write go by what they are now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from domain.errors import BadInput
from domain.lifecycle import Status
from domain.policy import Freeze, Limits
from domain.scope import Scope
from store import audit
from store.approvals import add_approver, decide, view
from store.barred import in_force
from store.engine import read, write
from store.suppressions import lift
from store.tables import AuditEntry
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed

STRICT = Limits(two_people_above_tier=1)


def test_a_quorum_that_was_raised_holds_for_an_open_card_and_the_card_says_so_17(engine: Engine) -> None:
    card = opened(engine, recommendation(seed(engine)))
    first = decide(engine, card, "Ana", "approve", now=NOW, limits=STRICT)
    assert (first.outcome, first.text) == ("voted", "your approval counts; 1 more person has to approve: @Ben")
    with read(engine) as session:
        assert view(session, card).approval.quorum == 2
        changed = [e.payload for e in audit.entries(session, subject=card) if e.action == "approval.quorum_changed"]
    assert changed == [{"quorum": [1, 2], "tier": [2, 2]}]
    again = decide(engine, card, "Ana", "approve", now=NOW, limits=STRICT)
    assert (again.claimed, again.outcome) == (False, "not_allowed")
    assert decide(engine, card, "Ben", "approve", now=NOW, limits=STRICT).claimed


def test_a_quorum_is_never_loosened_by_a_setting_except_for_a_team_of_one_16(engine: Engine) -> None:
    account = seed(engine)
    card = opened(engine, recommendation(account), quorum=2)
    assert decide(engine, card, "Ana", "approve", now=NOW, limits=LIMITS).outcome == "voted"
    other = opened(engine, recommendation(account, change("b2")), quorum=2)
    solo = decide(engine, other, "Ana", "approve", now=NOW, limits=Limits(solo_mode=True, two_people_above_tier=1))
    assert solo.claimed


def test_a_tier_that_was_lowered_to_a_person_no_longer_suffices_for_a_larger_step_17(engine: Engine) -> None:
    account = seed(engine, approvers=("Ben",))
    with write(engine) as session:
        add_approver(session, account_id=account, user="Low", tier=1, by="setup", now=NOW)
    card = opened(engine, recommendation(account, change("b1", "200", "170"), tier=1))
    strict = Limits(warn_step=Decimal("0.10"))  # 15 % is no small step any more
    assert "not an approver" in decide(engine, card, "Low", "approve", now=NOW, limits=strict).text
    assert decide(engine, card, "Low", "approve", now=NOW, limits=LIMITS).claimed


@pytest.mark.parametrize(
    ("strict", "says"),
    [
        (Limits(max_step=Decimal("0.10")), "above the step limit of +10 %"),
        (Limits(envelope=Decimal("0.01")), "over the envelope"),
        (Limits(freezes=(Freeze(NOW - timedelta(days=1), NOW + timedelta(days=1), "Sale"),)), "Sale"),
        (STRICT, "approved by 1 of the 2 people that the settings ask for now"),
    ],
)
def test_what_was_tightened_after_the_approval_is_refused_just_before_the_write_17(
    sqlite_engine: Engine, tmp_path: Path, strict: Limits, says: str
) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    bench = Bench(sqlite_engine, platform, seed(sqlite_engine))
    card = bench.approved()
    assert replace(bench, limits=strict).run(card) is Status.REFUSED
    assert says in bench.detail(card)
    assert platform.writes() == []


def test_a_person_approves_once_however_often_and_a_removed_editors_vote_is_none_16(engine: Engine) -> None:
    account = seed(engine)
    card = opened(engine, recommendation(account), quorum=2, edited_by=["Ana"])
    solo = Limits(solo_mode=True)
    assert decide(engine, card, "Ana", "approve", now=NOW, limits=solo).claimed
    other = opened(engine, recommendation(account, change("b2")), quorum=2)
    for _ in range(3):
        assert not decide(engine, other, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    with read(engine) as session:
        assert len(view(session, other).votes) == 1


def test_a_rejections_rule_is_lifted_once_by_a_person_and_audited(engine: Engine) -> None:
    account = seed(engine)
    card = opened(engine, recommendation(account, change("b1"), change("b2", "200", "150")))
    decide(engine, card, "Ana", "reject", now=NOW, limits=LIMITS, chip="too_large", reason="x\u202e")
    scope, later = Scope((account,)), NOW + timedelta(days=1)
    with read(engine) as session:
        bars = {b.entity: b for b in in_force(session, scope, later)}
        assert in_force(session, Scope((account + 1,)), later) == ()
        assert in_force(session, scope, NOW + timedelta(days=15)) == ()
    assert {e: b.direction for e, b in bars.items()} == {"b1": 1, "b2": -1}
    assert (bars["b1"].forbids(1), bars["b1"].forbids(-1), bars["b1"].note) == (True, False, "x")
    with write(engine) as session:
        assert lift(session, scope, bars["b1"].id, by="cli:rita", now=later) == "b1"
    with pytest.raises(BadInput, match="was lifted"), write(engine) as session:
        lift(session, scope, bars["b1"].id, by="cli:rita", now=later)
    with pytest.raises(BadInput, match="no suppression"), write(engine) as session:
        lift(session, Scope((account + 1,)), bars["b2"].id, by="cli:rita", now=later)
    with read(engine) as session:
        assert [b.entity for b in in_force(session, scope, later)] == ["b2"]
        assert "suppression.lifted" in session.scalars(select(AuditEntry.action)).all()
        assert audit.verify(session) is None
