"""The jobs that look after approvals."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from agent.activation import ActivationDeps
from domain.lifecycle import Status
from scheduler.jobs import expire, verify
from store.approvals import decide
from store.engine import read
from store.tables import OutboxMessage
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
