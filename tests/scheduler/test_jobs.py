"""The jobs that look after approvals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from agent.activation import ActivationDeps
from domain.lifecycle import Status
from scheduler.jobs import expire, tidy, verify
from store.approvals import decide
from store.engine import read, write
from store.tables import JobRun, OutboxMessage, SeenEvent
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed


def deps(engine: Engine, tmp_path: Path, *, hours: float = 0) -> ActivationDeps:
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    return ActivationDeps(engine, {"google_ads": platform}, lambda: NOW + timedelta(hours=hours), LIMITS)


def test_what_lapsed_is_closed_and_its_card_redrawn_once(engine: Engine, tmp_path: Path) -> None:
    account = seed(engine)
    lapsed = opened(engine, recommendation(account, hours=1))
    opened(engine, recommendation(account, change("b2"), hours=3))
    late = deps(engine, tmp_path, hours=2)
    assert expire(late) == (lapsed,)
    assert expire(late) == ()
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_a_claim_whose_process_died_before_it_began_is_taken_up(engine: Engine, tmp_path: Path) -> None:
    card = opened(engine, recommendation(seed(engine)))
    assert decide(engine, card, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    at_work = deps(engine, tmp_path)
    assert verify(at_work) == {card: Status.APPLIED}
    assert verify(at_work) == {}


def test_tidying_drops_what_is_old_and_keeps_what_may_still_be_asked_for(engine: Engine) -> None:
    today = datetime.now(UTC)
    ended = {"old": 31, "recent": 29}
    with write(engine) as session:
        for slot, days in ended.items():
            at = today - timedelta(days=days)
            session.add(JobRun(job="verify", slot=slot, owner="o", leased_until=at, started_at=at, finished_at=at))
        at = today - timedelta(days=400)
        session.add(JobRun(job="execute", slot="never ended", owner="o", leased_until=at, started_at=at))
        for slot, days in {"the one before": 400, "the last run": 399}.items():
            then = today - timedelta(days=days)
            session.add(
                JobRun(job="yearly", slot=slot, owner="o", leased_until=then, started_at=then, finished_at=then)
            )
        session.add_all(SeenEvent(key=f"event {days}", at=today - timedelta(days=days)) for days in (8, 6))
    tidy(engine)
    tidy(engine)
    with read(engine) as session:
        assert set(session.scalars(select(JobRun.slot))) == {"recent", "never ended", "the last run"}
        assert set(session.scalars(select(SeenEvent.key))) == {"event 6"}
