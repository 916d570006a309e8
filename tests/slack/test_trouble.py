"""What goes wrong between a click and its answer: a late redraw, a lost connection, a dead process, a locked store."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import OperationalError

from app.slack import clicks
from app.slack.cards import APPROVE, DETAILS
from app.slack.listeners import desk
from domain.lifecycle import Status
from domain.recommendation import Recommendation
from store.approvals import find, view
from store.engine import read, write
from store.tables import AuditEntry, InboxMessage
from tests.activation.world import change, recommendation
from tests.slack.office import ANA, CHANNEL, EVE, Office, open_office


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(engine, tmp_path) as opened:
        yield opened


def test_a_redraw_that_slack_put_off_does_not_undo_the_final_card(office: Office) -> None:
    card = office.card()
    office.settle()
    office.slack.faults["chat.update"] = [("429", 1)] * 3
    office.click(card, APPROVE, EVE, confirm=True)
    office.click(card, APPROVE, ANA, confirm=True, stale=card)
    office.until(card, "applied, and read back")
    office.settle()
    assert "applied, and read back" in office.until(card, "")["text"]


def test_a_click_whose_decision_cannot_be_stored_is_answered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    card, asked = office.card(), []

    def lost(*_args: Any, **_more: Any) -> None:
        asked.append(1)
        raise OperationalError("select", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(clicks.approvals, "decide", lost)
    office.click(card, APPROVE, ANA, confirm=True)
    assert "press again" in office.whisper(ANA, "not recorded")
    assert len(asked) == 2
    assert office.view(card).approval.status is Status.PENDING


def test_a_connection_lost_once_loses_no_click(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    card, real, failed = office.card(), clicks.approvals.decide, []

    def once(*args: Any, **more: Any) -> Any:
        if not failed:
            failed.append(1)
            raise OperationalError("select", {}, Exception("server closed the connection unexpectedly"))
        return real(*args, **more)

    monkeypatch.setattr(clicks.approvals, "decide", once)
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    assert len(office.platform.writes()) == 1


def test_a_click_whose_process_died_after_the_ack_is_taken_up_by_the_next(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_office(engine, tmp_path) as first:
        card = first.card()
        first.settle()
        monkeypatch.setattr(type(desk(first.handle.app)), "submit", lambda _self, _key: None)  # it dies here
        first.click(card, APPROVE, ANA, confirm=True)
        asked = first.slack.people.mention(CHANNEL, ANA, "spend?")
        first.slack.people.wait_for(lambda _: _waiting(engine) == 2)
        monkeypatch.undo()
        with write(engine) as session:  # a minute later
            session.execute(update(InboxMessage).values(created_at=datetime.now(UTC) - timedelta(minutes=1)))
        assert desk(first.handle.app).drain() == 2
        first.until(card, "applied, and read back")
        first.bot(thread_ts=asked["ts"], having="€1,234.50")
        first.settle()
        assert desk(first.handle.app).drain() == 0
        assert len(first.platform.writes()) == 1


def _waiting(engine: Engine) -> int:
    with read(engine) as session:
        return session.scalar(select(func.count()).where(InboxMessage.done_at.is_(None))) or 0


def test_slow_questions_keep_no_approval_waiting(office: Office) -> None:
    card, release = office.card(), threading.Event()
    office.settle()
    reply = office.asked.reply
    office.asked.reply = lambda question: (release.wait(20), reply(question))[1]
    for n in range(10):
        office.slack.people.mention(CHANNEL, ANA, f"spend {n}?")
    office.slack.people.wait_for(lambda _: len(office.asked.questions) >= 8)
    office.click(card, APPROVE, ANA, confirm=True)
    try:
        office.until(card, "applied, and read back")
    finally:
        release.set()


def test_a_locked_store_is_answered_in_time_with_503(office: Office) -> None:
    card, stop, ready = office.card(), threading.Event(), threading.Event()
    office.settle()

    def hold() -> None:
        with write(office.engine) as session:
            sqlite = office.engine.dialect.name == "sqlite"
            session.execute(text("select 1" if sqlite else "lock table seen_events in exclusive mode"))
            ready.set()
            stop.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    ready.wait()
    reply = office.slack.people.click(CHANNEL, card["ts"], DETAILS, ANA)
    stop.set()
    holder.join()
    assert reply.status == 503  # within the three seconds that the emulated Slack waits


def test_a_click_from_another_channel_is_audited_and_decides_nothing(office: Office) -> None:
    card = office.card()
    office.slack.workspace.channels["C0OTHER000"] = "other"
    office.slack.people.click("C0OTHER000", card["ts"], APPROVE, ANA, confirm=True, stale=card)
    office.whisper(ANA, "do not know this card")
    with read(office.engine) as session:
        assert "click.other_channel" in session.scalars(select(AuditEntry.action)).all()
    assert office.view(card).approval.status is Status.PENDING


def test_a_plan_that_no_number_of_cards_can_show_is_not_put_up_for_approval(office: Office) -> None:
    def many(account: int) -> Recommendation:
        return recommendation(account, *[change(f"b{n}") for n in range(101)])

    office.asked.draft = many
    office.slack.people.mention(CHANNEL, ANA, "recommend a budget")
    assert "101 changes, 5 cards can show 100 completely" in office.bot(having="nothing to approve")["text"]
    office.settle()
    assert not [t for t in office.said() if "Approve budget change" in t]


def test_forty_small_changes_are_two_cards_of_twenty_each_whole_26(office: Office) -> None:
    def many(account: int) -> Recommendation:
        small = [change(f"b{n:02}", "200", "220" if n % 2 else "180") for n in range(40)]
        return recommendation(account, *small, change("big", "200", "260"))

    office.asked.draft = many
    office.slack.people.mention(CHANNEL, ANA, "recommend a budget")
    office.slack.people.wait_for(lambda _: sum("Approve budget change" in t for t in office.said()) == 3)
    with read(office.engine) as session:
        cards = [view(session, found) for found in find(session, [Status.PENDING])]
    parts = sorted((len(c.operations), c.approval.tier, c.recommendation.title[-13:]) for c in cards)
    assert parts == [(1, 2, "(card 3 of 3)"), (20, 1, "(card 1 of 3)"), (20, 1, "(card 2 of 3)")]
    entities = [o.change.entity for c in cards for o in c.operations]
    assert len(entities) == len(set(entities)) == 41


def test_details_of_a_large_plan_come_in_as_many_messages_as_it_takes(office: Office) -> None:
    names = [f"Budget-{n:03d}-" + "x" * 200 for n in range(20)]

    def large(account: int) -> Recommendation:
        return recommendation(
            account, *[replace(change(f"b{n}"), entity_name=name) for n, name in enumerate(names)]
        )  # fmt: skip

    office.asked.draft = large
    card = office.card()
    office.click(card, DETAILS, ANA)
    office.bot(thread_ts=card["thread_ts"], having="Recommendation `")
    office.settle()
    thread = "".join(m["text"] for m in office.slack.workspace.messages(CHANNEL, card["thread_ts"]))
    assert all(name in thread for name in names)


def test_outcome_and_details_stand_in_the_thread_of_the_question(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    office.click(card, DETAILS, ANA)
    office.bot(thread_ts=card["thread_ts"], having="Operations")
    office.settle()
    posted = [m for m in office.slack.workspace.messages(CHANNEL) if m.get("bot_id")]
    assert {m["thread_ts"] for m in posted} == {card["thread_ts"]}


REQUEST = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "data",
    [
        REQUEST + b"X-Slack-Signature: v0=a\r\nX-Slack-Request-Timestamp: abc\r\nContent-Length: 6\r\n\r\nSECRET",
        REQUEST + b"Content-Length: 8\r\n\r\n\xff\xfeSECRET",
        REQUEST + b"Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{SECRET",
        REQUEST + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\npayload=SECRET",
    ],
)
def test_an_unsigned_request_is_refused_before_it_is_read(
    sqlite_engine: Engine, tmp_path: Path, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with open_office(sqlite_engine, tmp_path) as office:
        assert b" 401 " in _raw(office, data).split(b"\r\n")[0]
    told = capfd.readouterr()
    assert "Traceback" not in told.err
    assert "SECRET" not in told.err


def test_dripping_requests_are_hung_up_on_and_hold_nobody_else(sqlite_engine: Engine, tmp_path: Path) -> None:
    with open_office(sqlite_engine, tmp_path) as office:
        dripping = [socket.create_connection(("127.0.0.1", office.handle.port)) for _ in range(20)]
        for connection in dripping:
            connection.sendall(REQUEST + b"Content-Length: 500000\r\n\r\n{")
        stop = threading.Event()
        drip = threading.Thread(target=_drip, args=(dripping, stop))
        drip.start()
        answer = _raw(office, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", seconds=15)
        stop.set()
        drip.join()
        for connection in dripping:
            connection.close()
        assert answer.startswith(b"HTTP/1.1 200 ")


def _drip(connections: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(0.3):
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(b" ")


def _raw(office: Office, data: bytes, seconds: float = 3) -> bytes:
    with socket.create_connection(("127.0.0.1", office.handle.port), timeout=seconds) as connection:
        connection.sendall(data)
        time.sleep(0.05)
        return connection.recv(5_000)


def test_a_click_without_the_scope_to_see_who_clicked_says_exactly_that_and_decides_nothing(office: Office) -> None:
    card = office.card()
    office.settle()
    office.slack.workspace.scopes -= {"users:read"}
    office.click(card, APPROVE, ANA, confirm=True)
    said = office.whisper(ANA, "users:read")
    assert "budgeteer slack manifest" in said
    assert office.view(card).approval.status is Status.PENDING
    office.slack.workspace.scopes |= {"users:read"}
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
