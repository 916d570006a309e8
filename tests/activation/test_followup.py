"""Undo and finish: read live, proposed through the same gates, once; what somebody else set is left alone."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agent.activation import follow_up
from connectors.base import Transient
from domain.lifecycle import Status
from domain.policy import Limits
from store import audit
from store.approvals import decide, set_kill_switch
from store.engine import read, write
from store.following import Followed
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, change, seed


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    platform = FakePlatform(tmp_path / "platform.db")
    for entity in ("b1", "b2", "b3"):
        platform.put(entity)
    return Bench(engine, platform, seed(engine))


def applied(bench: Bench, *changes: object) -> str:
    card = bench.approved(*changes)  # type: ignore[arg-type]
    assert bench.run(card) is Status.APPLIED
    bench.now = NOW + timedelta(hours=1)
    bench.platform.now = lambda: bench.now
    return card


def undo(bench: Bench, card: str, user: str = "Ana") -> Followed:
    return follow_up(bench.deps(), card, "undo", user)


def carried_out(bench: Bench, made: Followed, user: str = "Ben") -> Status:
    assert made.approval_id is not None, made.text
    answer = decide(bench.engine, made.approval_id, user, "approve", now=bench.now, limits=LIMITS)
    assert answer.claimed, answer.text
    return bench.run(made.approval_id)


def test_an_undo_is_a_proposal_of_its_own_and_puts_the_amount_back_14(bench: Bench) -> None:
    card = applied(bench)
    made = undo(bench, card)
    assert bench.platform.writes() == [("b1", 240_000_000)]  # proposed, not written
    shown = bench.view(str(made.approval_id))
    assert (shown.approval.status, shown.approval.undoes) == (Status.PENDING, card)
    assert "what that change has done until then is done" in str(shown.recommendation.not_estimated)
    assert any("last changed on 2026-03-04" in w for w in shown.recommendation.warnings)
    assert carried_out(bench, made) is Status.APPLIED
    assert bench.platform.amount("b1") == 200
    assert bench.view(card).approval.status is Status.APPLIED
    with read(bench.engine) as session:
        assert audit.verify(session) is None


def test_an_undo_asked_for_twice_is_answered_and_may_itself_be_undone_14(bench: Bench) -> None:
    card = applied(bench)
    first = undo(bench, card)
    assert undo(bench, card, "Ben").text == "to undo this is proposed already, by @Ana at 11:42; decide on that card"
    carried_out(bench, first)
    assert undo(bench, card).text == "nothing is proposed: all of it stands as it should already"
    back = undo(bench, str(first.approval_id))
    assert carried_out(bench, back) is Status.APPLIED
    assert bench.platform.amount("b1") == 240
    again = undo(bench, card)  # the change stands again, so it can be taken back again
    assert again.approval_id is not None
    assert bench.view(again.approval_id).approval.revision == 2


def test_of_two_people_who_undo_at_once_one_opens_a_card_14(bench: Bench) -> None:
    card = applied(bench)
    made: list[Followed] = []
    start = threading.Barrier(2)

    def press(user: str) -> None:
        start.wait()
        made.append(undo(bench, card, user))

    people = [threading.Thread(target=press, args=(user,)) for user in ("Ana", "Ben")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(m.approval_id is not None for m in made) == [False, True]
    assert any("proposed already" in m.text for m in made)


def test_an_undo_after_a_foreign_edit_is_refused_and_names_who_14(bench: Bench) -> None:
    card = applied(bench)
    bench.now += timedelta(minutes=30)
    bench.platform.put("b1", "300")
    answer = undo(bench, card)
    assert answer.approval_id is None
    assert "stands at 300.00 EUR, not at 240.00 EUR; somebody set it" in answer.text
    assert "person@acme.example" in answer.text
    bench.now += timedelta(minutes=1)
    bench.platform.put("b1", "240")  # put back: allowed, and said
    made = undo(bench, card)
    warnings = bench.view(str(made.approval_id)).recommendation.warnings
    assert any("was changed and put back since" in w for w in warnings)


def test_a_foreign_edit_between_the_undo_and_its_approval_makes_it_stale_14(bench: Bench) -> None:
    made = undo(bench, applied(bench))
    bench.platform.put("b1", "300")
    assert carried_out(bench, made) is Status.STALE
    assert bench.platform.amount("b1") == 300


def test_an_undo_goes_through_the_same_gates(bench: Bench) -> None:
    card = applied(bench, change("b1", "200", "110"))
    assert "above the step limit of +50 %" in undo(bench, card).text
    assert undo(bench, card, "Eve").text == "you are not an approver for Acme EU, ask @Ana or @Ben"
    outside = follow_up(bench.deps(), card, "undo", "Ana", presence="outside")
    assert "guest or from another company" in outside.text
    with write(bench.engine) as session:
        set_kill_switch(session, "global", on=True, by="Ana", now=bench.now)
    other = replace(bench, limits=Limits())
    assert "writes are stopped" in undo(other, card).text
    assert undo(bench, bench_pending(bench)).text == "nothing to undo: this is pending"


def bench_pending(bench: Bench) -> str:
    from tests.activation.world import opened, recommendation

    return opened(bench.engine, recommendation(bench.account, change("b3")))


def test_a_platform_that_does_not_answer_proposes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    card = applied(bench)

    def away(*_: object) -> object:
        raise Transient("timed out")

    monkeypatch.setattr(bench.platform, "state", away)
    assert undo(bench, card).text.startswith("the platform could not be asked, so nothing is proposed")


def test_a_batch_that_stopped_half_way_is_finished_or_taken_back_8(bench: Bench) -> None:
    bench.platform.fault(2, "rejected")
    card = bench.approved(change("b1"), change("b2"), change("b3"))
    assert bench.run(card) is Status.PARTIALLY_APPLIED
    rest = follow_up(bench.deps(), card, "finish", "Ana")
    shown = bench.view(str(rest.approval_id))
    assert [o.change.entity for o in shown.operations] == ["b2", "b3"]
    assert shown.approval.finishes == card
    again = follow_up(bench.deps(), card, "finish", "Ben")
    assert again.text == "to finish this is proposed already, by @Ana at 10:42; decide on that card"
    assert carried_out(bench, rest) is Status.APPLIED
    assert [bench.platform.amount(b) for b in ("b1", "b2", "b3")] == [240, 240, 240]
    assert bench.view(card).finished is not None
    bench.now = NOW + timedelta(hours=1)
    made = undo(bench, card)  # takes back only what this card wrote
    assert [o.change.entity for o in bench.view(str(made.approval_id)).operations] == ["b1"]
