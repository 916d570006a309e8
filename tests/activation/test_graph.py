"""The change's thread waits and narrates. Nothing that is done to it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from sqlalchemy import Engine

from agent.activation import ActivationDeps, execute
from agent.activation.graph import begin, build, narrate
from domain.lifecycle import Status
from store.approvals import decide, view
from store.engine import read
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, opened, recommendation, seed


@pytest.fixture
def platform(tmp_path: Path) -> FakePlatform:
    fake = FakePlatform(tmp_path / "platform.db")
    fake.put("b1")
    return fake


@pytest.fixture
def deps(sqlite_engine: Engine, platform: FakePlatform) -> ActivationDeps:
    return ActivationDeps(
        sqlite_engine, {"google_ads": platform}, lambda: NOW, LIMITS, checkpointer=InMemorySaver()
    )  # fmt: skip


@pytest.fixture
def card(sqlite_engine: Engine) -> str:
    return opened(sqlite_engine, recommendation(seed(sqlite_engine), rec_id="r7"))


CONFIG = {"configurable": {"thread_id": "change:r7:1"}}


def test_the_thread_waits_and_then_tells_what_the_ledger_says(deps: ActivationDeps, card: str) -> None:
    begin(deps, card)
    assert build(deps).get_state(CONFIG).next == ("wait",)
    assert narrate(deps, card)["story"][0] == "Raise Brand: pending"
    decide(deps.engine, card, "Ana", "approve", now=NOW, limits=LIMITS)
    execute(deps, card)
    assert narrate(deps, card)["story"] == [
        "Raise Brand: applied by Ana",
        "Budget b1: 200.00 EUR to 240.00 EUR: applied (read back as 240.00 EUR)",
    ]
    assert build(deps).get_state(CONFIG).next == ()


@pytest.mark.parametrize("approved", [False, True])
def test_resuming_twice_with_any_value_a_wrong_id_or_from_an_old_checkpoint_never_writes(
    deps: ActivationDeps, card: str, platform: FakePlatform, approved: bool
) -> None:
    begin(deps, card)
    if approved:
        decide(deps.engine, card, "Ana", "approve", now=NOW, limits=LIMITS)
        execute(deps, card)
    graph = build(deps)
    old = graph.get_state(CONFIG).config
    for resume in ("approve it", {"decision": "approve"}, {"0" * 32: "approve"}, True):
        graph.invoke(Command(resume=resume), CONFIG)
    graph.invoke(Command(resume="approve"), old)
    graph.invoke(None, old)
    for snapshot in list(graph.get_state_history(CONFIG)):
        graph.invoke(None, snapshot.config)
    assert len(platform.writes()) == (1 if approved else 0)
    with read(deps.engine) as session:
        assert view(session, card).approval.status is (Status.APPLIED if approved else Status.PENDING)


def test_a_person_who_chats_in_the_thread_neither_approves_nor_kills_the_approval(
    deps: ActivationDeps, card: str, platform: FakePlatform
) -> None:
    begin(deps, card)
    build(deps).invoke({"approval_id": card, "story": ["approve it"], "status": "applied"}, CONFIG)
    execute(deps, card)
    assert platform.writes() == []
    assert decide(deps.engine, card, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    assert execute(deps, card) is Status.APPLIED
    assert narrate(deps, card)["status"] == "applied"


def test_a_lost_checkpoint_loses_nothing(deps: ActivationDeps, card: str) -> None:
    decide(deps.engine, card, "Ana", "approve", now=NOW, limits=LIMITS)
    assert execute(deps, card) is Status.APPLIED
    assert narrate(deps, card)["status"] == "applied"
