"""One approved operation after another: what is written, what is read back, and what stops it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from agent.activation import execute, settle_unknown
from agent.activation.deps import Hold, LostHold
from app import wiring
from app.settings import Settings
from domain.lifecycle import OpState, Status
from domain.policy import Limits, quorum, tier
from store import audit
from store.approvals import add_approver, decide, remove_approver, set_kill_switch
from store.engine import read, write
from store.tables import Attempt, AuditEntry, JobRun, Reservation
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed

A, F, S, U, Q = OpState.APPLIED, OpState.FAILED, OpState.SKIPPED, OpState.UNKNOWN, OpState.QUARANTINED


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    platform = FakePlatform(tmp_path / "platform.db", settle_seconds=10)
    for entity in ("b1", "b2", "b3"):
        platform.put(entity)
    return Bench(engine, platform, seed(engine))


def test_an_approved_change_is_written_once_read_back_and_recorded(bench: Bench) -> None:
    approval = bench.approved()
    assert bench.run(approval) is Status.APPLIED
    assert bench.run(approval) is Status.APPLIED
    assert bench.platform.writes() == [("b1", 240_000_000)]
    operation = bench.view(approval).operations[0]
    assert (operation.state, operation.detail) == (A, "read back as 240.00 EUR")
    attempt = operation.attempts[0]
    assert (attempt.number, attempt.outcome, attempt.request_id, attempt.read_back) == (
        1,
        "applied",
        "req-1",
        "desired",
    )
    assert attempt.read_value == change().after
    assert bench.time.slept == []
    with read(bench.engine) as session:
        assert audit.verify(session) is None
        assert [e.action for e in audit.entries(session, subject=approval)] == [
            "approval.opened", "approval.executing", "write.intended", "write.answered", "operation.applied",
            "approval.applied",
        ]  # fmt: skip


@pytest.mark.parametrize("status", ["pending", "rejected"])
def test_nothing_is_written_that_nobody_approved(bench: Bench, status: str) -> None:
    approval = opened(bench.engine, recommendation(bench.account))
    if status == "rejected":
        decide(bench.engine, approval, "Ana", "reject", now=NOW, limits=LIMITS)
    assert bench.run(approval) == status
    assert settle_unknown(bench.deps()) == {}
    assert bench.platform.writes() == []


def test_an_applied_write_whose_answer_was_lost_is_found_by_reading_and_not_sent_again(bench: Bench) -> None:
    bench.platform.fault(1, "lost_after")
    approval = bench.approved()
    assert bench.run(approval) is Status.APPLIED
    assert len(bench.platform.writes()) == 1
    assert bench.view(approval).operations[0].attempts[0].outcome == "unknown"


def test_a_write_that_never_landed_is_sent_once_more_after_the_settle_time_and_never_a_third_time(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved()
    assert bench.run(approval) is Status.APPLIED
    assert sum(bench.time.slept) == pytest.approx(10)
    assert [a.number for a in bench.view(approval).operations[0].attempts] == [1, 2]
    again = bench.approved(change("b2"))
    for n in (3, 4, 5):
        bench.platform.fault(n, "lost_before")
    assert bench.run(again) is Status.FAILED
    assert len(bench.platform.writes()) == 4
    assert "after 2 attempts the platform still shows 200.00 EUR" in bench.detail(again)
    with read(bench.engine) as session:
        assert len(set(session.scalars(select(Attempt.key)))) == 4


def test_a_stale_read_back_is_waited_for_and_not_taken_for_a_failure(bench: Bench) -> None:
    approval = bench.approved()
    bench.platform.stale_reads("b1", 3)
    assert bench.run(approval) is Status.APPLIED
    assert len(bench.platform.writes()) == 1
    assert bench.time.slept == [0.25, 0.5, 1.0]


def test_a_read_back_that_shows_a_third_value_is_for_a_person(bench: Bench) -> None:
    bench.platform.fault(1, "foreign")
    approval = bench.approved()
    assert bench.run(approval) is Status.QUARANTINED
    assert bench.states(approval) == [Q]
    assert "a person has to look" in bench.detail(approval)
    assert bench.run(approval) is Status.QUARANTINED
    assert len(bench.platform.writes()) == 1


def test_without_a_read_back_the_outcome_stays_unknown_until_one_succeeds(bench: Bench) -> None:
    bench.platform.fault(1, "lost_after")
    bench.platform.failing_reads(1000)
    approval = bench.approved(change("b1"), change("b2", after="210"))
    assert bench.run(approval) is Status.UNKNOWN
    assert bench.states(approval) == [U, S]
    assert settle_unknown(bench.deps()) == {approval: Status.UNKNOWN}
    bench.platform.failing_reads(0)
    assert settle_unknown(bench.deps()) == {approval: Status.PARTIALLY_APPLIED}
    assert len(bench.platform.writes()) == 1


def test_an_unknown_outcome_that_proves_to_be_before_goes_back_to_executing_once(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    bench.platform.failing_reads(1000)
    approval = bench.approved()
    assert bench.run(approval) is Status.UNKNOWN
    bench.platform.failing_reads(0)
    assert settle_unknown(bench.deps()) == {approval: Status.APPLIED}
    assert len(bench.platform.writes()) == 2
    with read(bench.engine) as session:
        moves = [e.action for e in audit.entries(session, subject=approval) if e.action.startswith("approval.")]
    assert moves[1:] == ["approval.executing", "approval.unknown", "approval.executing", "approval.applied"]


@pytest.mark.parametrize("reads_fail", [False, True])
def test_a_rejected_write_fails_with_the_platforms_reason_and_is_not_repeated(bench: Bench, reads_fail: bool) -> None:
    bench.platform.fault(1, "rejected")
    bench.platform.failing_reads(1000 if reads_fail else 0)
    approval = bench.approved()
    assert bench.run(approval) is Status.FAILED
    assert bench.detail(approval) == "refused by the platform: the budget is too low"
    assert len(bench.platform.writes()) == 1


def test_a_connector_that_raises_in_a_write_leaves_it_to_the_read_back(bench: Bench) -> None:
    bench.platform.fault(1, "raises")
    approval = bench.approved()
    assert bench.run(approval) is Status.APPLIED
    assert [a.outcome for a in bench.view(approval).operations[0].attempts] == ["unknown", "applied"]


def test_cuts_go_first_and_the_first_failure_skips_the_rest(bench: Bench) -> None:
    bench.platform.fault(2, "rejected")
    approval = bench.approved(change("b1"), change("b2", after="150"), change("b3", after="230"))
    assert bench.run(approval) is Status.PARTIALLY_APPLIED
    assert bench.platform.writes() == [("b2", 150_000_000), ("b3", 230_000_000)]
    assert bench.states(approval) == [A, F, S]
    assert bench.detail(approval, 3) == "not sent: an operation before it did not go through"


def test_a_value_that_moved_on_the_platform_makes_the_whole_plan_stale(bench: Bench) -> None:
    approval = bench.approved(change("b1"), change("b2", after="150"))
    bench.platform.put("b1", "201")
    assert bench.run(approval) is Status.STALE
    assert bench.platform.writes() == []
    assert bench.states(approval) == [S, F]
    assert "shows 201.00 EUR, the plan was made on 200.00 EUR" in bench.detail(approval, 2)


def test_a_stale_or_refused_plan_gives_its_part_of_the_envelope_back(bench: Bench) -> None:
    approval = bench.approved()
    bench.platform.put("b1", "201")
    bench.run(approval)
    with read(bench.engine) as session:
        assert session.get_one(Reservation, approval).released_at == NOW


def remove_ana(bench: Bench) -> None:
    with write(bench.engine) as session:
        remove_approver(session, account_id=bench.account, user="Ana", by="setup", now=NOW)


def stop_writes(bench: Bench) -> None:
    with write(bench.engine) as session:
        set_kill_switch(session, "global", on=True, by="Ben", now=NOW)


def lower_the_step(bench: Bench) -> None:
    bench.limits = Limits(max_step=Decimal("0.10"))


def lose_the_envelope(bench: Bench) -> None:
    bench.limits = Limits(envelope=Decimal("0.01"))


def let_the_data_age(bench: Bench) -> None:
    bench.now = NOW + timedelta(days=4)


def share_the_budget(bench: Bench) -> None:
    bench.platform.put("b1", shared=True)


def disable_the_budget(bench: Bench) -> None:
    bench.platform.put("b1", enabled=False)


def refuse_the_dry_run(bench: Bench) -> None:
    bench.platform.refuses = "budget too low for this campaign"


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (remove_ana, "may no longer approve (Ana)"),
        (stop_writes, "writes are stopped: everything, by @Ben"),
        (lower_the_step, "above the step limit of +10 %"),
        (lose_the_envelope, "over the envelope"),
        (let_the_data_age, "days ago"),
        (share_the_budget, "also pays for Unseen"),
        (disable_the_budget, "not enabled"),
        (refuse_the_dry_run, "budget too low for this campaign"),
    ],
)
def test_what_changed_between_approval_and_write_refuses_it(
    bench: Bench, happens: Callable[[Bench], None], reason: str
) -> None:
    approval = bench.approved()
    happens(bench)
    assert bench.run(approval) is Status.REFUSED
    assert bench.platform.writes() == []
    assert bench.detail(approval).startswith("not sent: ")
    assert reason in bench.detail(approval)
    with read(bench.engine) as session:
        assert session.scalar(select(AuditEntry).where(AuditEntry.action == "approval.refused")) is not None


def test_a_kill_switch_in_the_middle_of_a_batch_stops_before_the_next_operation(bench: Bench) -> None:
    approval = bench.approved(change("b1"), change("b2", after="150"), change("b3", after="230"))
    bench.platform.on_write = lambda where: stop_writes(bench) if where == "after" else None
    assert bench.run(approval) is Status.PARTIALLY_APPLIED
    assert bench.platform.writes() == [("b2", 150_000_000)]
    assert bench.states(approval) == [A, F, S]
    assert "writes are stopped" in bench.detail(approval, 2)


def test_no_second_attempt_while_writes_are_stopped(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved()
    bench.platform.on_write = lambda where: stop_writes(bench) if where == "after" else None
    assert bench.run(approval) is Status.FAILED
    assert len(bench.platform.writes()) == 1
    assert "nothing was changed, not sent again: writes are stopped" in bench.detail(approval)


def test_a_partial_batch_keeps_of_the_envelope_what_it_added(bench: Bench) -> None:
    bench.platform.fault(2, "rejected")
    approval = bench.approved(change("b1", after="220"), change("b2", after="230"))
    assert bench.run(approval) is Status.PARTIALLY_APPLIED
    with read(bench.engine) as session:
        reservation = session.get_one(Reservation, approval)
        assert (reservation.micros, reservation.released_at) == (20_000_000, None)


def test_a_platform_that_is_not_connected_is_a_refusal_not_a_crash(bench: Bench) -> None:
    approval = bench.approved()
    assert execute(replace(bench.deps(), connectors={}), approval) is Status.REFUSED
    assert "google_ads is not connected" in bench.detail(approval)


def test_an_executor_that_was_stopped_for_too_long_does_not_write(bench: Bench) -> None:
    approval = bench.approved()
    deps = bench.deps()
    waits = iter([0.0, 0.0, 0.0, 1000.0])
    stopped = replace(deps, monotonic=lambda: next(waits, 1000.0))
    assert execute(stopped, approval) is Status.EXECUTING
    assert bench.platform.writes() == []
    assert settle_unknown(deps) == {approval: Status.APPLIED}
    assert len(bench.platform.writes()) == 1


def test_an_approval_that_another_executor_holds_is_left_alone_until_it_lets_go(bench: Bench) -> None:
    approval = bench.approved()
    other = Hold(bench.deps(), approval)
    assert other.take()
    bench.platform.refuses = "campaign paused"  # whoever looks now would stop it for good
    assert bench.run(approval) is Status.EXECUTING
    assert settle_unknown(bench.deps()) == {approval: Status.EXECUTING}
    assert (bench.platform.writes(), bench.states(approval)) == ([], [OpState.WAITING])
    bench.platform.refuses = None
    other.release()
    assert bench.run(approval) is Status.APPLIED


def test_an_executor_that_lost_its_hold_neither_writes_nor_lets_the_other_ones_go(bench: Bench) -> None:
    approval = bench.approved()
    deps = bench.deps()
    mine, other = Hold(deps, approval), Hold(deps, approval)
    assert mine.take()
    with write(bench.engine) as session:
        session.execute(update(JobRun).values(leased_until=datetime(2000, 1, 1, tzinfo=UTC)))
    assert other.take()
    with pytest.raises(LostHold):
        mine.keep()
    mine.release()
    assert bench.run(approval) is Status.EXECUTING
    assert bench.platform.writes() == []


@pytest.mark.parametrize("where", ["write.intended", "write.answered", "operation.applied", "approval.applied"])
def test_an_executor_whose_database_connection_is_cut_settles_by_reading_and_never_writes_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if bench.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to cut")
    approval = bench.approved()
    append = audit.append

    def cut(session: Session, actor: str, action: str, *more: Any) -> None:
        if action == where:
            pid = session.scalar(text("select pg_backend_pid()"))
            with bench.engine.connect() as other:
                other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        append(session, actor, action, *more)

    with monkeypatch.context() as patched:
        patched.setattr("store.audit.append", cut)
        with pytest.raises(OperationalError):
            bench.run(approval)
    assert bench.run(approval) is Status.APPLIED
    assert bench.platform.writes() == [("b1", 240_000_000)]
    with read(bench.engine) as session:
        assert audit.verify(session) is None


def test_two_people_are_needed_where_the_setting_says_so_and_both_have_to_stand_when_it_is_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWO_PEOPLE_ABOVE_TIER", "1")
    bench.limits = wiring.limits(Settings(_env_file=None))
    raised = recommendation(bench.account, change(), tier=tier([change()], bench.limits))
    assert quorum(raised.tier, bench.limits) == 2
    small = [change("b2", after="220"), change("b3", after="180")]
    assert quorum(tier(small, bench.limits), bench.limits) == 1
    approval = opened(bench.engine, raised, quorum=quorum(raised.tier, bench.limits))

    def click(user: str) -> str:
        return decide(bench.engine, approval, user, "approve", now=NOW, limits=bench.limits).outcome

    assert [click("Ana"), click("Ana")] == ["voted", "not_allowed"]
    assert bench.run(approval) is Status.PENDING
    assert bench.platform.writes() == []
    assert click("Ben") == "claimed"
    remove_ana(bench)
    assert bench.run(approval) is Status.REFUSED
    assert bench.platform.writes() == []
    again = opened(bench.engine, recommendation(bench.account, change(), tier=2), quorum=2)
    with write(bench.engine) as session:
        add_approver(session, account_id=bench.account, user="Cyd", by="setup", now=NOW)
    for user in ("Ben", "Cyd"):
        answer = decide(bench.engine, again, user, "approve", now=NOW, limits=bench.limits)
    assert answer.claimed
    assert bench.run(again) is Status.APPLIED
    assert len(bench.platform.writes()) == 1
