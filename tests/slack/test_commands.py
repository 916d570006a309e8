"""``/ads`` over signed HTTP: acknowledged at once, answered where it was typed, and never the only record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.slack import commands
from app.slack.commands import VERBS
from app.slack.shift import Shift
from store import bindings
from store.approvers import add_approver
from store.engine import read, write
from store.switches import GLOBAL, account_scope, set_kill_switch, switches_on
from store.tables import Account, AuditEntry, OutboxMessage
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, deps_for, open_office


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def _type(office: Office, text: str, user: str = ANA, channel: str = CHANNEL) -> None:
    reply = office.slack.people.command(channel, user, "/ads", text)
    assert (reply.status, reply.body) == (200, "")


def _second(office: Office, name: str = "Other", approver: str | None = None) -> int:
    with write(office.engine) as session:
        other = Account(platform="meta", name=name, currency="EUR", timezone="UTC", origin="api", created_at=NOW)
        session.add(other)
        session.flush()
        if approver:
            add_approver(session, account_id=other.id, user=approver, by="test", now=NOW)
        return other.id


def _stopped(office: Office) -> dict[str, str]:
    with read(office.engine) as session:
        return {s.scope: s.by for s in switches_on(session)}


def _actions(office: Office) -> list[str]:
    with read(office.engine) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def test_help_and_a_mistyped_word_name_every_command(office: Office) -> None:
    _type(office, "help")
    shown = office.whisper(ANA, "What I can do")
    assert all(f"/ads {verb}" in shown for verb in VERBS if verb != "help")
    _type(office, "hlep <!channel> *", BEN)
    assert "I do not know `/ads hlep`" in office.whisper(BEN)


def test_a_question_stands_in_the_channel_and_its_answer_in_the_thread(office: Office) -> None:
    _type(office, "ask what did we spend <!here> *now*?")
    root = office.bot(having=f"<@{ANA}> asked")
    assert "&lt;!here&gt;" in root["text"]
    answer = office.bot(having="€1,234.50")
    assert answer["thread_ts"] == root["ts"]
    ((_thread, text, scope, by),) = office.asked.questions
    assert (text, scope, by) == ("what did we spend <!here> *now*?", (office.asked.account,), ANA)
    office.slack.people.say(CHANNEL, BEN, "and Meta?", thread_ts=root["ts"])  # engaged: no mention is needed
    office.slack.people.wait_for(lambda _w: len(office.asked.questions) == 2)


def test_a_question_where_the_bot_is_no_member_or_nothing_is_bound_says_what_to_do(office: Office) -> None:
    office.slack.workspace.channels["C0OUTSIDE"] = "outside"
    office.slack.workspace.outside.add("C0OUTSIDE")
    _type(office, "ask what did we spend?", channel="C0OUTSIDE")
    assert "invite me" in office.whisper(ANA, "not in this channel")
    _second(office)
    _type(office, "ask what did we spend?", BEN)
    assert f"budgeteer channel bind {CHANNEL}" in office.whisper(BEN)
    office.settle()
    assert office.asked.questions == []


def test_what_waits_is_shown_with_its_card_and_amounts_and_only_to_an_approver(office: Office) -> None:
    card = office.card()
    office.settle()  # that it is posted is kept a moment after it is seen
    _type(office, "approvals")
    shown = office.whisper(ANA, "Waiting for you")
    assert "from €200.00 to €240.00" in shown
    assert f"/archives/{CHANNEL}/p{card['ts'].replace('.', '')}|Open the card>" in shown
    _type(office, "approvals", EVE)
    assert "Nothing waits for you" in office.whisper(EVE)


def test_status_says_how_fresh_the_data_are_and_what_is_used_of_the_caps(office: Office) -> None:
    _type(office, "status")
    shown = office.whisper(ANA, "Status")
    assert "Acme EU" in shown
    assert "data through 2026-03-0" in shown
    assert "net new spend in 24 h: €0.00 of €" in shown
    assert "Allowed, once a person approved" in shown


def test_an_approver_stops_and_allows_the_accounts_of_the_channel_and_everybody_sees_it(office: Office) -> None:
    own = account_scope(office.asked.account)
    _second(office)
    with write(office.engine) as session:
        bindings.bind(session, CHANNEL, [office.asked.account])
    _type(office, "stop-writes on")
    said = office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if "stopped writes" in m["text"]])
    assert f"<@{ANA}> stopped writes for *Acme EU*" in said[0]["text"]
    assert _stopped(office) == {own: ANA}
    _type(office, "stop-writes", BEN)
    assert f"Stopped* for Acme EU by <@{ANA}>" in office.whisper(BEN)
    _type(office, "stop-writes off", BEN)
    office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if "allowed writes again" in m["text"]])
    assert _stopped(office) == {}
    assert [a for a in _actions(office) if a.startswith("writes.")] == ["writes.stopped", "writes.resumed"]
    assert office.platform.writes() == []


@pytest.mark.parametrize("text", ["stop-writes on", "stop-writes off", "stop-writes on everything"])
def test_who_may_not_approve_for_each_account_stops_nothing_and_is_audited(office: Office, text: str) -> None:
    _type(office, text, EVE)
    assert "only a person who may approve for Acme EU" in office.whisper(EVE)
    assert _stopped(office) == {}
    assert "switch.not_allowed" in _actions(office)


def test_everything_is_stopped_only_by_who_approves_for_all(office: Office) -> None:
    other = _second(office)
    _type(office, "stop-writes on everything")
    assert "may approve for accounts that are not yours stops" in office.whisper(ANA)
    assert _stopped(office) == {}
    with write(office.engine) as session:
        add_approver(session, account_id=other, user=ANA, by="test", now=NOW)
    _type(office, "stop-writes on everything")
    office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if "every account" in m["text"]])
    assert _stopped(office) == {GLOBAL: ANA}


def test_an_account_is_named_among_those_that_the_person_sees(office: Office) -> None:
    other = _second(office, "Other", ANA)
    _type(office, "stop-writes on other")
    assert "stopped writes for *Other*" in office.whisper(ANA)
    assert not [t for t in office.said() if "Other" in t]  # this channel does not see it
    assert _stopped(office) == {account_scope(other): ANA}
    _type(office, "stop-writes on Secret", BEN)
    told = office.whisper(BEN, "no account that you see")
    assert "Other" not in told.replace("or everything", "")


def test_what_stays_stopped_by_another_switch_is_said(office: Office) -> None:
    with write(office.engine) as session:
        set_kill_switch(session, GLOBAL, on=True, by="cli:ops", now=NOW, reason="site down")
    _type(office, "stop-writes off")
    said = office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if "allowed writes" in m["text"]])
    assert "Still stopped: everything, by @cli:ops" in said[0]["text"]


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ({"deleted": True}, "deactivated"), ({"is_restricted": True}, "guest or from another company"),
        ({"is_stranger": True}, "guest or from another company"), ({"deleted": None}, "could not tell who you are"),
    ],
)  # fmt: skip
def test_whom_slack_does_not_vouch_for_allows_no_writes_and_may_still_stop_them(
    office: Office, mark: dict[str, object], says: str
) -> None:
    office.slack.workspace.marks[ANA] = mark
    _type(office, "stop-writes on")
    office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if "stopped writes" in m["text"]])
    for text in ("stop-writes off", "stop-writes off everything"):
        _type(office, text)
        office.settle()
    assert says in office.whisper(ANA)
    assert _stopped(office) == {account_scope(office.asked.account): ANA}
    assert _actions(office).count("switch.not_allowed") == 2
    assert "allowed writes" not in " ".join(office.said())


def _carry_out(office: Office, text: str, user: str, *, attempts: int = 1, typed_at: datetime | None = None) -> str:
    """What a worker answers to a stop-writes command; with ``attempts`` above 1 an earlier worker died with it."""
    deps = deps_for(office.slack, office.engine, office.asked, office.platform, office.clock)
    payload = {"text": text, "user": user, "channel": CHANNEL, "response_url": "", "trigger_id": f"{text} {user}"}
    shift = Shift(
        deps, office.handle.app.client, lambda _key: None, attempts, typed_at=typed_at or datetime.now(UTC)
    )  # fmt: skip
    return VERBS["stop-writes"](shift, commands.Command(**payload), text.partition(" ")[2]).text


def test_a_command_taken_up_again_lifts_no_stop_that_came_in_between(office: Office) -> None:
    own = account_scope(office.asked.account)
    _carry_out(office, "stop-writes on", ANA)
    _carry_out(office, "stop-writes off", ANA)
    _carry_out(office, "stop-writes on", BEN)
    told = _carry_out(office, "stop-writes off", ANA, attempts=2)
    assert _stopped(office) == {own: BEN}
    assert [a for a in _actions(office) if a.startswith("writes.")].count("writes.resumed") == 1
    assert "carried out before" in told
    assert f"Still stopped: account {office.asked.account}, by @{BEN}" in told
    _carry_out(office, "stop-writes on", BEN, attempts=2)
    assert [a for a in _actions(office) if a.startswith("writes.")].count("writes.stopped") == 2


def test_a_stop_set_after_off_was_typed_stays(office: Office) -> None:
    own = account_scope(office.asked.account)
    with write(office.engine) as session:
        set_kill_switch(session, own, on=True, by=BEN, now=NOW, reason="incident")
    told = _carry_out(office, "stop-writes off", ANA, typed_at=NOW - timedelta(seconds=1))
    assert _stopped(office) == {own: BEN}
    assert "stopped again after you typed" in told
    assert "Still stopped" in told


def test_a_channel_learns_no_name_of_an_account_that_it_does_not_see(office: Office) -> None:
    secret = _second(office, "Secret Client GmbH", BEN)
    with write(office.engine) as session:
        bindings.bind(session, CHANNEL, [office.asked.account])
    _type(office, "stop-writes on everything", EVE)
    assert "may approve for Acme EU and accounts that are not yours" in office.whisper(EVE)
    _type(office, "stop-writes on Secret Client GmbH", BEN)
    assert "Secret Client GmbH" in office.whisper(BEN, "stopped writes")
    _type(office, "stop-writes off everything", BEN)
    office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if "for every account" in m["text"]])
    office.settle()
    assert _stopped(office) == {account_scope(secret): BEN}
    shown = " ".join([*office.said(), *(m["text"] for m in office.slack.workspace.whispers(EVE))])
    assert "Secret" not in shown
    assert f"account {secret}" not in shown
    assert "More is still stopped elsewhere" in shown


def test_an_answer_that_does_not_reach_the_channel_goes_to_the_persons_messages(office: Office) -> None:
    office.slack.people.base = "https://elsewhere.example"  # a forged address is not called
    _type(office, "status")
    said = office.bot("D0ANA0000", having="Status")
    assert "Acme EU" in said["text"]
    with read(office.engine) as session:
        assert session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.channel == ANA)).one()


def test_a_command_delivered_twice_is_worked_off_once(office: Office) -> None:
    _type(office, "ask spend?")
    office.bot(having="€1,234.50")
    body = next(b for b, _ in office.slack.sender.log if "command=" in b)
    form = "application/x-www-form-urlencoded"
    assert office.slack.sender.send(body, content_type=form, timestamp=int(time.time()) - 60).status == 200
    office.settle()
    assert len(office.asked.questions) == 1
    assert len([t for t in office.said() if "asked:" in t]) == 1
