"""Out of quarantine: a person looks, live, and says what a change came to; its budget is free again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agent.activation import look, resolve, settle_unknown
from agent.activation.deps import Hold
from connectors.base import Transient
from domain.errors import BadInput, Refused
from domain.lifecycle import OpState, Status
from store import audit
from store.engine import read
from store.tables import Reservation
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import change, opened, recommendation, seed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    platform = FakePlatform(tmp_path / "platform.db")
    for entity in ("b1", "b2", "b3"):
        platform.put(entity)
    return Bench(engine, platform, seed(engine))


def quarantined(bench: Bench, *changes: object, nth: int = 1) -> str:
    bench.platform.fault(nth, "foreign")
    card = bench.approved(*changes)  # type: ignore[arg-type]
    assert bench.run(card) is Status.QUARANTINED
    return card


@pytest.mark.parametrize(("amount", "outcome"), [("240", "applied"), ("200", "failed")])
def test_what_the_platform_agrees_with_is_settled_and_frees_the_budget(bench: Bench, amount: str, outcome: str) -> None:
    card = quarantined(bench)
    with pytest.raises(Refused, match=f"budgeteer approvals resolve {card}"):
        opened(bench.engine, recommendation(bench.account))
    bench.platform.put("b1", amount)
    seen = look(bench.deps(), card)
    assert str(seen[0]) == f"Budget b1: 200.00 EUR to 240.00 EUR; the platform shows {amount}.00 EUR"
    other = "failed" if outcome == "applied" else "applied"
    with pytest.raises(Refused, match=f"not settled as {other}"):
        resolve(bench.deps(), card, seen, other, by="cli:rita", certain=False)  # type: ignore[arg-type]
    assert resolve(bench.deps(), card, seen, outcome, by="cli:rita", certain=False) == outcome  # type: ignore[arg-type]
    assert bench.states(card) == [OpState(outcome)]
    assert len(bench.platform.writes()) == 1
    with read(bench.engine) as session:
        assert audit.verify(session) is None
        last = list(audit.entries(session, subject=card))[-2:]
        assert [(e.actor, e.action) for e in last] == [
            ("cli:rita", "operation.resolved"),
            ("cli:rita", f"approval.{outcome}"),
        ]
        assert last[0].payload["read_back"]["micros"] == int(amount) * 1_000_000
        assert (session.get_one(Reservation, card).released_at is None) is (outcome == "applied")
    assert settle_unknown(bench.deps()) == {}
    opened(bench.engine, recommendation(bench.account, change("b1", amount, "230")))


def test_a_third_value_is_settled_only_by_one_who_is_certain(bench: Bench) -> None:
    card = quarantined(bench)
    seen = look(bench.deps(), card)
    for outcome in ("applied", "failed"):
        with pytest.raises(Refused, match=r"the platform shows 1\.00 EUR\. Where you know better, add --yes"):
            resolve(bench.deps(), card, seen, outcome, by="cli:rita", certain=False)  # type: ignore[arg-type]
    assert resolve(bench.deps(), card, seen, "failed", by="cli:rita", certain=True) is Status.FAILED


def test_a_platform_that_cannot_be_read_agrees_with_nothing(bench: Bench) -> None:
    card = quarantined(bench)

    def silent(_change: object) -> object:
        raise Transient("503 for a moment")

    bench.platform.read_back = silent  # type: ignore[method-assign,assignment]
    seen = look(bench.deps(), card)
    with pytest.raises(Refused, match="nothing could be read: 503"):
        resolve(bench.deps(), card, seen, "applied", by="cli:rita", certain=False)
    assert resolve(bench.deps(), card, seen, "applied", by="cli:rita", certain=True) is Status.APPLIED


def test_a_batch_of_which_some_was_applied_is_partially_applied(bench: Bench) -> None:
    card = quarantined(bench, change("b1"), change("b2", after="150"), change("b3", after="230"), nth=2)
    assert bench.states(card) == [OpState.APPLIED, OpState.QUARANTINED, OpState.SKIPPED]
    bench.platform.put("b3", "200")
    seen = look(bench.deps(), card)
    assert resolve(bench.deps(), card, seen, "failed", by="cli:rita", certain=False) is Status.PARTIALLY_APPLIED


def test_only_what_is_in_quarantine_is_resolved_and_only_once(bench: Bench) -> None:
    done = bench.approved()
    bench.run(done)
    with pytest.raises(Refused, match="is applied, so there is nothing"):
        look(bench.deps(), done)
    with pytest.raises(BadInput, match="no approval"):
        look(bench.deps(), "made-up")
    card = bench.approved(change("b2", after="210"))
    bench.platform.fault(2, "foreign")
    bench.run(card)
    seen = look(bench.deps(), card)
    resolve(bench.deps(), card, seen, "failed", by="cli:rita", certain=True)
    with pytest.raises(Refused, match="look again"):
        resolve(bench.deps(), card, seen, "applied", by="cli:rita", certain=True)


def test_the_command_lists_shows_refuses_and_settles(sqlite_engine: Engine, tmp_path: Path) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    card = quarantined(Bench(sqlite_engine, platform, seed(sqlite_engine)))

    def run(*args: str) -> str:
        env = {**os.environ, "DATABASE_URL": str(sqlite_engine.url), "PYTHONPATH": str(ROOT)}
        call = [sys.executable, "-c", "from app.cli import main; main()", "approvals", *args]
        return subprocess.run(call, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60).stdout

    (row,) = json.loads(run("list", "--json"))["approvals"]
    assert (row["id"], row["status"], row["operations"][0]["state"]) == (card, "quarantined", "quarantined")
    assert "google_ads is not connected" in run("resolve", card)
    assert "add --yes" in run("resolve", card, "--as", "failed")
    assert json.loads(run("resolve", card, "--as", "failed", "--yes", "--json"))["status"] == "failed"
    assert run("list") == "No approval is open.\n"


def never_answered(bench: Bench, *changes: object) -> str:
    """The write was lost, and no reading has succeeded since."""
    bench.platform.fault(1, "lost_after")
    bench.platform.failing_reads(10_000)
    card = bench.approved(*changes)  # type: ignore[arg-type]
    assert bench.run(card) is Status.UNKNOWN
    return card


def test_an_outcome_that_stays_unknown_is_settled_by_a_person_once_no_attempt_can_be_under_way(bench: Bench) -> None:
    card = never_answered(bench)
    with pytest.raises(Refused, match=r"still being read back; a person may settle it from 10:52 UTC"):
        look(bench.deps(), card)
    bench.now += timedelta(minutes=11)
    assert settle_unknown(bench.deps()) == {card: Status.UNKNOWN}
    seen = look(bench.deps(), card)
    assert "nothing could be read" in str(seen[0])
    with pytest.raises(Refused, match="add --yes"):
        resolve(bench.deps(), card, seen, "applied", by="cli:rita", certain=False)
    assert resolve(bench.deps(), card, seen, "applied", by="cli:rita", certain=True) is Status.APPLIED
    with pytest.raises(Refused, match="nothing for a person to resolve"):
        look(bench.deps(), card)
    with read(bench.engine) as session:
        assert audit.verify(session) is None
    assert settle_unknown(bench.deps()) == {}
    assert len(bench.platform.writes()) == 1


def test_a_person_does_not_settle_what_a_process_is_reading_back(bench: Bench) -> None:
    card = never_answered(bench)
    bench.now += timedelta(minutes=11)
    seen = look(bench.deps(), card)
    hold = Hold(bench.deps(), card)
    assert hold.take()
    with pytest.raises(Refused, match="by a process just now"):
        resolve(bench.deps(), card, seen, "failed", by="cli:rita", certain=True)
    hold.release()
    assert resolve(bench.deps(), card, seen, "failed", by="cli:rita", certain=True) is Status.FAILED
