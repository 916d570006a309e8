"""A person bound by their own id hears of incidents by direct message, and can do there what a channel can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app import wiring
from app.cli import cli
from app.settings import Settings
from app.slack import alerts, shortcuts
from store import bindings, channels, incident_news, outbox
from store.engine import read, write
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, EVE, Office, open_office
from tests.slack.test_alerts import DAY, FIRST, found, look, only

DIRECT = "D0ANA0000"


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        opened.slack.sender.ack_seconds = 20.0
        with write(sqlite_engine) as session:
            bindings.bind(session, ANA, [opened.asked.account])
        yield opened


def direct(office: Office, having: str, person: str = DIRECT) -> dict[str, Any]:
    office.settle()
    return next(m for m in office.slack.workspace.messages(person) if having in m["text"])


def press(office: Office, message: dict[str, Any], action: str) -> None:
    assert office.slack.people.click(DIRECT, message["ts"], action, ANA).status == 200
    office.settle()


def test_it_is_posted_told_edited_and_acted_on_in_the_direct_message(office: Office) -> None:
    look(office, found(office))
    said = direct(office, "Conversions down")
    look(office, found(office, last_day=FIRST + DAY, money_micros=6_000_000_000), through=FIRST + DAY)
    assert direct(office, "*Worse.*")["thread_ts"] == said["ts"]
    assert "€6,000.00" in direct(office, "Conversions down")["text"]  # the one message was edited
    press(office, said, alerts.ACK)
    assert "looks at it" in direct(office, "Conversions down")["text"]
    press(office, said, alerts.INVESTIGATE)
    assert direct(office, "€1,234.50")["thread_ts"] == said["ts"]
    assert office.slack.people.shortcut(DIRECT, said["ts"], shortcuts.FIX, ANA).status == 200
    assert direct(office, "Approve budget change")["thread_ts"] == said["ts"]


def test_a_picture_stands_below_it(office: Office) -> None:
    look(office, found(office))
    said = direct(office, "Conversions down")
    name = incident_news.key(only(office).id, ANA)
    chart = {"title": "Conversions", "png": "aGk=", "alt": "a line", "below": name}
    with write(office.engine) as session:
        outbox.put(session, dedupe_key=f"{name}:chart", kind="chart", channel=ANA, payload=chart, now=NOW)
    office.settle()
    (shown,) = [m for m in office.slack.workspace.messages(DIRECT) if m.get("files")]
    assert shown["thread_ts"] == said["ts"]


def test_a_post_whose_answer_was_lost_is_found_in_the_direct_message_again(office: Office) -> None:
    look(office, found(office))
    office.settle()
    office.slack.faults["chat.postMessage"] = [("lost", 0)]
    other = {"metric": "spend", "keys": ("spend:up",), "direction": "up"}
    look(office, found(office), found(office, **other, days=()))
    office.settle()
    assert len([m for m in office.slack.workspace.messages(DIRECT) if "Spend up" in m["text"]]) == 1


def test_severity_is_theirs_and_who_cannot_be_reached_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with write(office.engine) as session:
        bindings.bind(session, BEN, [office.asked.account])
        bindings.bind(session, EVE, [office.asked.account])
        for person, least in ((ANA, "off"), (EVE, "critical")):
            kept = channels.digest_time(session, person)
            channels.set_digest(session, person, replace(kept, alerts=least), by="Ana", now=NOW)
    office.slack.faults["chat.postMessage"] = [("error", "messages_tab_disabled")]
    look(office, found(office))
    office.settle()
    assert [office.said(d) for d in (DIRECT, "D0EVE0000", "D0BEN0000")] == [[], [], []]
    with read(office.engine) as session:
        assert incident_news.unreached(session) == {BEN: "messages_tab_disabled"}
    url = office.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr(wiring, "settings", lambda: Settings(_env_file=None, database_url=url))
    listed = CliRunner().invoke(cli, ["channel", "list"], catch_exceptions=False).output
    assert "U0BEN0000: sees Acme EU" in listed
    assert "!! Slack did not take its last alert: messages_tab_disabled" in listed
