"""The change's own thread behind a card: begun when it opens, told of every end, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine

from agent.activation import ActivationDeps
from agent.activation.graph import build, narrate
from agent.deps import AskDeps
from agent.graph import ask
from agent.state import Plan, ToolCall
from app.bot import begin_thread, carry_out, tell
from app.slack import questions
from app.slack.cards import APPROVE, REJECT
from app.slack.clients import web_client
from app.slack.incoming import Question
from domain.lifecycle import MOVES, Status
from domain.scope import Scope
from emulators.slack.workspace import Message
from store import approvals
from store.approvals import decide, view
from store.engine import read
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, opened, recommendation, seed
from tests.slack.office import ANA, BEN, CHANNEL, Office, deps_for, open_office, saver_of


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(engine, tmp_path) as opened_:
        yield opened_


def _thread(office: Office, card: Message) -> Any:
    """What a fresh process reads of the card's thread from the checkpoints."""
    activation = ActivationDeps(office.engine, {}, lambda: NOW, LIMITS, checkpointer=saver_of(office.engine))
    approval = office.view(card).approval
    config = {"configurable": {"thread_id": f"change:{approval.recommendation_id}:{approval.revision}"}}
    return build(activation).get_state(config)


def _ended(office: Office, card: Message) -> str:
    """The end that the thread was told. A look between two of its checkpoints sees no end, or one on the way."""

    def end(_: object) -> str | None:
        state = _thread(office, card)
        told = state.values.get("status")
        return told if state.next == () and told and not MOVES.get(Status(told)) else None

    told: str = office.slack.people.wait_for(end)
    return told


def test_an_opened_card_has_a_thread_that_waits_through_a_chat_until_the_approval(office: Office) -> None:
    card = office.card()
    office.slack.people.wait_for(lambda _: _thread(office, card).next == ("wait",))
    deps = AskDeps(
        office.engine, saver_of(office.engine), lambda: NOW,
        rules=lambda _question, _context: Plan(calls=(ToolCall("freshness", {}),), exact=True),
    )  # fmt: skip
    thread = f"slack:{CHANNEL}:{card['thread_ts']}"
    for text in ("approve it", "how old are the figures?"):
        ask(deps, thread, text, scope=Scope((office.asked.account,)), asked_by=ANA)
    waiting = _thread(office, card)
    assert waiting.next == ("wait",)
    assert waiting.tasks[0].interrupts[0].value == {"approval_id": office.view(card).approval.id}
    office.click(card, APPROVE, ANA, confirm=True)
    assert _ended(office, card) == "applied"


def test_a_rejection_and_a_replacement_end_their_threads(office: Office) -> None:
    older = office.card()
    office.slack.people.mention(CHANNEL, ANA, "recommend again")
    office.until(older, "Replaced by a newer proposal")
    assert _ended(office, older) == "superseded"
    newer = office.bot(having="Approve budget change")
    office.click(newer, REJECT, BEN)
    modal = office.slack.people.wait_for(lambda w: next(iter(w.views.values()), None))
    office.slack.people.submit(modal["id"], BEN, {"reason": {"text": "no"}})
    assert _ended(office, newer) == "rejected"


class _Broken(InMemorySaver):
    """Checkpoints on a disk that is gone."""

    def get_tuple(self, config: Any) -> Any:
        raise OSError("disk is gone")


def test_lost_checkpoints_stop_neither_the_opening_nor_the_write(
    sqlite_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    deps = ActivationDeps(sqlite_engine, {"google_ads": platform}, lambda: NOW, LIMITS, checkpointer=_Broken())
    card = opened(sqlite_engine, recommendation(seed(sqlite_engine)))
    begin_thread(deps, card)
    assert decide(sqlite_engine, card, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    assert carry_out(deps, card) is Status.APPLIED
    tell(deps, card)
    assert len(platform.writes()) == 1
    assert [m for m in caplog.messages if "OSError" in m and card in m]
    with pytest.raises(OSError, match="gone"):
        narrate(deps, card)  # the fault is real


class _Killed(BaseException):
    """The process dies here."""


def test_a_process_that_dies_between_answer_and_card_leaves_neither_and_the_next_try_opens_one(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_office(engine, tmp_path) as office:
        deps = deps_for(office.slack, engine, office.asked, office.platform, office.clock)
        plan = recommendation(office.asked.account, rec_id="r9")
        office.asked.draft = lambda _account: plan
        answer = partial(questions.answer, deps, web_client(deps))
        at = office.slack.people.say(CHANNEL, ANA, "recommend a budget")["ts"]
        asked = Question(CHANNEL, at, at, ANA, "recommend a budget", direct=False)

        def die(*_args: Any, **_more: Any) -> None:
            raise _Killed

        with monkeypatch.context() as dying:
            dying.setattr(approvals, "open_approval", die)
            with pytest.raises(_Killed):
                answer(asked)
        office.settle()
        assert office.said() == []
        office.asked.draft = lambda _account: replace(plan, id="r10")
        answer(asked)
        card = office.bot(having="Approve budget change")
        office.asked.draft = lambda _account: replace(plan, id="r11")
        answer(asked)  # and once more: it died after the answer was kept
        office.settle()
        cards = [text for text in office.said() if "udget change" in text]
        assert len(cards) == 1
        assert len([text for text in office.said() if "Raise Brand." in text]) == 1
        with read(engine) as session:
            assert approvals.find(session, list(Status)) == (view(session, office.view(card).approval.id).approval.id,)
