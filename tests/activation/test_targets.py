"""A bid target takes the same way as a budget: approved exactly, written once, read back, and never sent blindly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from agent.activation import follow_up, settle_unknown
from domain.lifecycle import OpState, Status
from store import audit
from store.approvals import decide, set_kill_switch
from store.engine import read, write
from store.tables import BidTarget, Reservation
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, bids, change, opened, recommendation, seed, target


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    platform = FakePlatform(tmp_path / "platform.db", settle_seconds=10)
    for entity, value in (("b1", "200"), ("t1", "30"), ("t2", "30"), ("r1", "4"), ("p1", "30")):
        platform.put(entity, value, shared=entity == "p1")
    found = Bench(engine, platform, seed(engine))
    bids(engine, found.account)
    return found


def refused(bench: Bench, *changes: object) -> str:
    approval = opened(bench.engine, recommendation(bench.account, *changes))  # type: ignore[arg-type]
    answer = decide(bench.engine, approval, "Ana", "approve", now=NOW, limits=LIMITS)
    assert not answer.claimed
    assert bench.platform.writes() == []
    return answer.text


def test_targets_are_written_once_exactly_and_the_one_that_may_spend_less_goes_first(bench: Bench) -> None:
    approval = bench.approved(target("r1", "4", "3.6"), target("t1", "30", "29.9"))
    assert bench.run(approval) is Status.APPLIED
    assert bench.run(approval) is Status.APPLIED
    assert bench.platform.writes() == [("t1", 29_900_000), ("r1", 3_600_000)]
    assert [bench.detail(approval, n) for n in (1, 2)] == ["read back as 29.90 EUR", "read back as 3.60"]
    with read(bench.engine) as session:
        assert audit.verify(session) is None
        assert session.scalars(select(Reservation.micros)).all() == [0]  # a target takes nothing of the envelope


def test_a_target_whose_answer_was_lost_is_found_by_reading_and_not_sent_again(bench: Bench) -> None:
    bench.platform.fault(1, "lost_after")
    approval = bench.approved(target())
    assert bench.run(approval) is Status.APPLIED
    assert bench.platform.writes() == [("t1", 27_500_000)]


def test_a_campaigns_target_that_never_landed_is_sent_once_more(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved(target())
    assert bench.run(approval) is Status.APPLIED
    assert len(bench.platform.writes()) == 2


def test_without_a_history_a_lost_portfolio_write_is_for_a_person_and_never_sent_again(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved(target("p1", affects=("Brand", "Unseen")))
    assert bench.run(approval) is Status.QUARANTINED
    settle_unknown(bench.deps())
    assert len(bench.platform.writes()) == 1
    assert "keeps no history of portfolios" in bench.detail(approval)


def test_a_portfolio_that_steers_a_campaign_not_on_the_card_is_not_touched(bench: Bench) -> None:
    approval = bench.approved(target("p1", affects=("Brand",)))
    assert bench.run(approval) is Status.REFUSED
    assert bench.platform.writes() == []
    assert "also bids for Unseen, not shown on the card" in bench.detail(approval)


def test_a_target_that_moved_since_the_plan_is_stale_and_nothing_is_written(bench: Bench) -> None:
    approval = bench.approved(target())
    bench.platform.put("t1", "31")
    assert bench.run(approval) is Status.STALE
    assert bench.platform.writes() == []


def test_bidding_that_began_to_learn_since_the_approval_is_left_alone(bench: Bench) -> None:
    approval = bench.approved(target())
    bench.platform.learning = True
    assert bench.run(approval) is Status.REFUSED
    assert bench.platform.writes() == []


def test_a_strategy_that_was_switched_since_the_approval_has_no_target_to_set(bench: Bench) -> None:
    approval = bench.approved(target())
    bench.platform.switched = True
    assert bench.run(approval) is Status.REFUSED
    assert bench.platform.writes() == []
    assert "not a target CPA any more" in bench.detail(approval)


def test_a_campaign_that_was_paused_since_the_approval_is_left_alone(bench: Bench) -> None:
    approval = bench.approved(target())
    bench.platform.put("t1", "30", enabled=False)
    assert bench.run(approval) is Status.REFUSED
    assert bench.platform.writes() == []


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("39.01", "beyond the step limit of 30 % for a target CPA"),
        ("20.99", "beyond the step limit of 30 % for a target CPA"),
        ("30.005", "not a multiple of 0.01 EUR"),
    ],
)
def test_a_step_beyond_the_limit_is_refused_in_either_direction(bench: Bench, after: str, said: str) -> None:
    assert said in refused(bench, target(after=after))


def test_a_roas_finer_than_a_per_cent_or_beyond_what_the_platform_takes_is_refused(bench: Bench) -> None:
    assert "not a multiple of 0.01" in refused(bench, target("r1", "4", "4.005"))
    assert "1100.00 is outside what the platform takes (0.01 to 1000.00)" in refused(bench, target("r1", "900", "1100"))


def test_steps_within_a_day_count_together(bench: Bench) -> None:
    assert bench.run(bench.approved(target("t1", "30", "36"))) is Status.APPLIED
    bench.platform.fault(9, "rejected")
    approval = opened(bench.engine, recommendation(bench.account, target("t1", "36", "39.6")))
    answer = decide(bench.engine, approval, "Ana", "approve", now=NOW, limits=LIMITS)
    assert not answer.claimed
    assert "+32.0 % in 24 hours" in answer.text


def test_budgets_and_targets_never_share_a_plan(bench: Bench) -> None:
    assert "budgets or bid targets, not both" in refused(bench, change(), target())


def test_learning_and_a_first_target_are_refused_in_the_claim(bench: Bench) -> None:
    with write(bench.engine) as session:
        row = session.get_one(BidTarget, (bench.account, "t1"))
        row.learning = True
    assert "still learning" in refused(bench, target())
    assert "was never read" in refused(bench, replace(target(), entity="t9"))
    assert "was never read" in refused(bench, replace(target(), entity="r1"))  # it bids for ROAS
    assert "a first one is a person's to set" in refused(bench, target("t2", "0", "30"))


def test_the_kill_switch_and_undo_hold_for_targets(bench: Bench) -> None:
    approval = bench.approved(target("r1", "4", "4.5"))
    with write(bench.engine) as session:
        set_kill_switch(session, "global", on=True, by="Ana", reason="check", now=NOW)
    assert bench.run(approval) is Status.REFUSED
    with write(bench.engine) as session:
        set_kill_switch(session, "global", on=False, by="Ana", reason="over", now=NOW)
    applied = bench.approved(target("r1", "4", "4.5"))
    assert bench.run(applied) is Status.APPLIED
    undo = follow_up(bench.deps(), applied, "undo", "Ana")
    assert undo.approval_id is not None, undo.text
    decide(bench.engine, undo.approval_id, "Ben", "approve", now=NOW, limits=LIMITS)
    assert bench.run(undo.approval_id) is Status.APPLIED
    assert bench.platform.writes() == [("r1", 4_500_000), ("r1", 4_000_000)]
    assert bench.states(undo.approval_id) == [OpState.APPLIED]


def test_a_portfolios_target_is_taken_back_without_a_history_but_not_where_it_moved_or_has_none_any_more(
    bench: Bench,
) -> None:
    applied = bench.approved(target("p1", affects=("Brand", "Unseen")))
    assert bench.run(applied) is Status.APPLIED
    bench.platform.put("p1", "28", shared=True)
    moved = follow_up(bench.deps(), applied, "undo", "Ana")
    assert (moved.approval_id, "stands at 28.00 EUR, not at 27.50 EUR" in moved.text) == (None, True)
    bench.platform.put("p1", "27.5", shared=True)
    bench.platform.switched = True
    assert "has no target CPA any more" in follow_up(bench.deps(), applied, "undo", "Ana").text
    bench.platform.switched = False
    undo = follow_up(bench.deps(), applied, "undo", "Ana")
    assert undo.approval_id is not None, undo.text
    assert decide(bench.engine, undo.approval_id, "Ben", "approve", now=NOW, limits=LIMITS).claimed
    bench.platform.put("p1", "29", shared=True)
    assert bench.run(undo.approval_id) is Status.STALE
    assert bench.platform.writes() == [("p1", 27_500_000)]
