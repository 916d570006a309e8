"""Whether a write landed: the old value in a read-back proves nothing where it may have been put back since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from agent.activation import execute, settle_unknown
from agent.activation.settle import SECOND_ATTEMPT_WITHIN
from connectors.base import Transient
from domain.lifecycle import OpState, Status
from store import audit
from store.engine import read, write
from store.tables import JobRun
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import NOW, seed

MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """What a SIGKILL leaves behind: no handler runs, no lease is given back."""


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    platform = FakePlatform(tmp_path / "platform.db", settle_seconds=10)
    made = Bench(engine, platform, seed(engine))
    platform.now = lambda: made.now
    for entity in ("b1", "b2", "b3"):
        platform.put(entity)
    return made


def killed_after_landing(bench: Bench) -> str:
    """An approval whose write landed and whose executor died before it knew; its lease has run out."""
    approval = bench.approved()

    def die(where: str) -> None:
        if where == "after":
            raise Killed

    bench.platform.on_write = die
    with pytest.raises(Killed):
        execute(bench.deps(), approval)
    bench.platform.on_write = lambda _where: None
    with write(bench.engine) as session:
        session.execute(update(JobRun).values(leased_until=NOW - timedelta(days=9)))
    return approval


@pytest.mark.parametrize("later", [MINUTE, timedelta(hours=20)])
def test_what_a_person_put_back_after_it_landed_is_not_written_again(bench: Bench, later: timedelta) -> None:
    approval = killed_after_landing(bench)
    bench.platform.put("b1", "200")
    bench.now = NOW + later
    assert settle_unknown(bench.deps()) == {approval: Status.QUARANTINED}
    assert bench.platform.writes() == [("b1", 240_000_000)]
    assert bench.platform.amount("b1") == 200
    assert "240.00 EUR to 200.00 EUR by person@acme.example" in bench.detail(approval)


def test_what_a_rule_put_back_at_once_is_not_written_again(bench: Bench) -> None:
    bench.platform.fault(1, "put_back")
    approval = bench.approved()
    assert bench.run(approval) is Status.QUARANTINED
    assert len(bench.platform.writes()) == 1
    assert "by rule@acme.example" in bench.detail(approval)


def test_what_the_platform_called_applied_and_a_rule_put_back_is_not_written_again(bench: Bench) -> None:
    approval = bench.approved()
    bench.platform.on_write = lambda where: bench.platform.put("b1", "200") if where == "after" else None
    assert bench.run(approval) is Status.QUARANTINED
    assert len(bench.platform.writes()) == 1


@pytest.mark.parametrize("error", [Transient("503 for a moment"), KeyError("changeEvent")])
def test_without_the_change_history_there_is_no_second_attempt(bench: Bench, error: Exception) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved()

    def break_history(where: str) -> None:
        bench.platform.no_history = error if where == "after" else None

    bench.platform.on_write = break_history
    assert bench.run(approval) is Status.QUARANTINED
    assert len(bench.platform.writes()) == 1
    assert "history could not be read" in bench.detail(approval)


def test_a_second_attempt_waits_until_the_change_history_is_complete(bench: Bench) -> None:
    bench.platform.capabilities = replace(bench.platform.capabilities, history_seconds=180)
    bench.platform.fault(1, "lost_before")
    approval = bench.approved()
    assert bench.run(approval) is Status.UNKNOWN
    bench.now = NOW + 2 * MINUTE
    assert settle_unknown(bench.deps()) == {approval: Status.UNKNOWN}
    assert len(bench.platform.writes()) == 1
    bench.now = NOW + 3 * MINUTE
    assert settle_unknown(bench.deps()) == {approval: Status.APPLIED}
    assert len(bench.platform.writes()) == 2


def test_a_put_back_that_the_history_shows_minutes_later_is_still_seen(bench: Bench) -> None:
    bench.platform.capabilities = replace(bench.platform.capabilities, history_seconds=180)
    bench.platform.fault(1, "put_back")
    approval = bench.approved()
    assert bench.run(approval) is Status.UNKNOWN
    bench.now = NOW + 3 * MINUTE
    assert settle_unknown(bench.deps()) == {approval: Status.QUARANTINED}
    assert len(bench.platform.writes()) == 1


def test_a_write_that_lands_late_is_found_and_not_doubled(bench: Bench) -> None:
    bench.platform.fault(1, "late")
    approval = bench.approved()
    assert bench.run(approval) is Status.APPLIED
    assert len(bench.platform.writes()) == 1


def test_a_write_that_lands_after_the_settle_time_is_found_once_the_history_is_complete(bench: Bench) -> None:
    bench.platform.capabilities = replace(bench.platform.capabilities, settle_seconds=0, history_seconds=180)
    bench.platform.fault(1, "late")
    approval = bench.approved()
    assert bench.run(approval) is Status.UNKNOWN
    bench.now = NOW + MINUTE
    assert settle_unknown(bench.deps()) == {approval: Status.APPLIED}
    assert len(bench.platform.writes()) == 1


def test_an_intent_that_is_minutes_old_is_not_sent_again_without_a_person(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    bench.platform.failing_reads(1000)
    approval = bench.approved()
    assert bench.run(approval) is Status.UNKNOWN
    bench.platform.failing_reads(0)
    bench.now = NOW + SECOND_ATTEMPT_WITHIN + MINUTE
    assert settle_unknown(bench.deps()) == {approval: Status.QUARANTINED}
    assert len(bench.platform.writes()) == 1
    assert "too long ago to send again: a person has to decide" in bench.detail(approval)


def refuse_the_dry_run(bench: Bench) -> None:
    bench.platform.refuses = "campaign paused"


def expire_it(bench: Bench) -> None:
    bench.now = NOW + timedelta(hours=24)


def test_the_second_attempt_is_looked_at_like_the_first(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved()
    bench.platform.on_write = lambda where: refuse_the_dry_run(bench) if where == "after" else None
    assert bench.run(approval) is Status.FAILED
    assert len(bench.platform.writes()) == 1
    assert "nothing was changed, not sent again: the platform's own check refused it" in bench.detail(approval)


def test_what_landed_while_the_second_attempt_was_looked_at_is_applied(bench: Bench) -> None:
    bench.platform.fault(1, "lost_before")
    approval = bench.approved()
    landed: Callable[[], None] = lambda: bench.platform.put("b1", "240")  # noqa: E731
    history = bench.platform.recent_changes

    def lands_meanwhile(*asked: object) -> object:
        seen = history(*asked)  # type: ignore[arg-type]
        if bench.platform.writes():
            landed()
        return seen

    bench.platform.recent_changes = lands_meanwhile  # type: ignore[method-assign,assignment]
    assert bench.run(approval) is Status.APPLIED
    assert len(bench.platform.writes()) == 1


def test_what_was_approved_and_not_sent_before_it_expired_is_refused(bench: Bench) -> None:
    approval = bench.approved()
    expire_it(bench)
    assert settle_unknown(bench.deps()) == {approval: Status.REFUSED}
    assert bench.platform.writes() == []
    assert "not sent before it expired" in bench.detail(approval)


def test_what_was_sent_before_it_expired_is_settled_after(bench: Bench) -> None:
    approval = killed_after_landing(bench)
    expire_it(bench)
    assert settle_unknown(bench.deps()) == {approval: Status.APPLIED}
    assert len(bench.platform.writes()) == 1


def test_an_amount_that_moved_and_came_back_since_the_plan_is_written_and_noted(bench: Bench) -> None:
    approval = bench.approved()
    bench.platform.put("b1", "150")
    bench.platform.put("b1", "200")
    assert bench.run(approval) is Status.APPLIED
    assert bench.detail(approval).startswith("read back as 240.00 EUR; changed and put back since the plan: 200.00 EUR")
    with read(bench.engine) as session:
        (intended,) = [e for e in audit.entries(session, subject=approval) if e.action == "write.intended"]
    assert "person@acme.example" in intended.payload["noted"]


def test_a_refused_write_is_not_called_ours_where_somebody_else_set_the_same_amount(bench: Bench) -> None:
    bench.platform.fault(1, "rejected")
    approval = bench.approved()
    bench.platform.on_write = lambda where: bench.platform.put("b1", "240") if where == "after" else None
    assert bench.run(approval) is Status.FAILED
    assert "set by somebody else" in bench.detail(approval)


def test_a_read_back_that_raises_anything_leaves_the_outcome_unknown(bench: Bench) -> None:
    approval = bench.approved()
    bench.platform.read_back = lambda _change: {}["amount"]  # type: ignore[method-assign]
    assert bench.run(approval) is Status.UNKNOWN
    assert bench.states(approval) == [OpState.UNKNOWN]
