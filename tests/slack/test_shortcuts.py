"""A message's shortcuts ask of the incident that the store knows there, once, and say so where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from app.slack import shortcuts
from app.slack.listeners import desk
from store import bindings
from store.engine import write
from store.tables import InboxMessage
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, CHANNEL, Office, open_office
from tests.slack.test_alerts import DAY, FIRST, alerted, found, look

WHY = 'why did conversions of "Brand" change on 2026-03-02'


@pytest.fixture
def office(request: pytest.FixtureRequest, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path, socket_mode=getattr(request, "param", "http") == "socket") as opened:
        opened.slack.sender.ack_seconds = opened.slack.sockets.ack_seconds = 20.0  # however busy the machine is
        with write(sqlite_engine) as session:
            bindings.bind(session, CHANNEL, [opened.asked.account])
        yield opened


def use(office: Office, message: dict[str, Any], callback_id: str, user: str = ANA) -> None:
    office.settle()  # until then the store does not know the ts of what Slack already shows
    assert office.slack.people.shortcut(CHANNEL, message["ts"], callback_id, user).status == 200


def questions(office: Office) -> list[str]:
    return [text for _, text, _, _ in office.asked.questions]


@pytest.mark.parametrize("office", ["http", "socket"], indirect=True)
def test_an_alert_is_explained_in_its_thread_and_a_lost_worker_explains_it_once(office: Office) -> None:
    said = alerted(office)
    use(office, said, shortcuts.EXPLAIN)
    office.bot(thread_ts=said["ts"], having="€1,234.50")
    office.settle()
    with write(office.engine) as session:  # its process died before it could write that it was done
        row = update(InboxMessage).where(InboxMessage.kind == "question")
        session.execute(row.values(done_at=None, leased_until=NOW))
    assert desk(office.handle.app).drain() == 1
    office.settle()
    answers = [m for m in office.slack.workspace.messages(CHANNEL, said["ts"]) if "€1,234.50" in m["text"]]
    assert (len(answers), set(questions(office))) == (1, {WHY})


def test_news_in_the_thread_stand_for_their_alert_and_a_fix_is_a_card(office: Office) -> None:
    said = alerted(office)
    look(office, found(office, last_day=FIRST + DAY, money_micros=6_000_000_000), through=FIRST + DAY)
    worse = office.bot(thread_ts=said["ts"], having="*Worse.*")
    use(office, worse, shortcuts.FIX)
    assert office.bot(thread_ts=said["ts"], having="Approve budget change")


def test_what_is_no_alert_of_ours_is_said_to_whoever_asked_alone(office: Office) -> None:
    said = alerted(office)
    forged = office.slack.people.say(CHANNEL, BEN, said["text"])  # the same words, from a person
    use(office, forged, shortcuts.EXPLAIN)
    assert "no alert of mine" in office.whisper(ANA)
    with write(office.engine) as session:
        bindings.bind(session, CHANNEL, [another(session)])  # an alert of an account that this channel no longer sees
    use(office, said, shortcuts.FIX, BEN)
    assert "no alert of mine" in office.whisper(BEN)
    assert questions(office) == []


def test_where_no_budget_can_mend_it_the_shortcut_says_what_would(office: Office) -> None:
    look(office, found(office, kind="tracking_break"))
    said = office.bot(having="tracking")
    use(office, said, shortcuts.FIX)
    assert "check the tag" in office.whisper(ANA)
    assert questions(office) == []


def another(session: Any) -> int:
    from store import accounts

    return int(
        accounts.ensure(
            session, platform="meta", name="Other", currency="EUR", timezone="UTC", origin="file", now=NOW
        ).id
    )
