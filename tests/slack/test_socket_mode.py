"""Deliveries over Socket Mode are held to what holds for signed ones: each is taken once, and none is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.slack import editing
from app.slack.cards import APPROVE
from app.slack.listeners import build_app
from app.slack.socket_mode import connect
from domain.errors import NotConfigured
from emulators.slack.server import DEFAULT_TOKEN
from tests.slack.office import ANA, BEN, CHANNEL, Office, deps_for, open_office
from tests.slack.test_editing import modal, submit


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path, socket_mode=True) as opened:
        yield opened


def test_a_connection_that_ends_without_a_word_is_opened_again_and_nothing_is_lost(office: Office) -> None:
    sockets = office.slack.sockets
    sockets.wait_for_line()
    sockets.cut()
    office.slack.people.mention(CHANNEL, ANA, "what did we spend?")
    office.bot(having="€1,234.50")
    assert sockets.greeted == 2
    office.settle()
    assert len(office.said()) == 1


def test_an_envelope_that_comes_again_is_acknowledged_and_not_worked_off_again(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    for _ in range(3):
        assert office.slack.sockets.again('"block_actions"').status == 200
    office.settle()
    assert len(office.platform.writes()) == 1
    assert office.slack.workspace.whispers(ANA) == []


def test_an_event_under_a_new_envelope_is_one_question(office: Office) -> None:
    message = office.slack.people.dm(ANA, "what did we spend?")
    office.bot("D0ANA0000")
    office.slack.sockets.event(message, "Ev-again")
    office.settle()
    assert len(office.said("D0ANA0000")) == len(office.asked.questions) == 1


def test_an_envelope_is_not_acknowledged_while_the_store_is_away_and_taken_when_it_comes_again(
    office: Office, tmp_path: Path
) -> None:
    sockets = office.slack.sockets
    sockets.ack_seconds = 2.0
    held = sqlite3.connect(tmp_path / "store.db", timeout=1, isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    office.slack.people.mention(CHANNEL, ANA, "what did we spend?")
    sockets.wait_for_reply('"app_mention"', status=0)
    sockets.ack_seconds = 20.0  # however busy the machine is, what comes again has time to be taken
    held.close()  # what it began ends with it
    sockets.wait_for_reply('"app_mention"', status=200)
    office.bot(having="€1,234.50")
    office.settle()
    assert len(office.asked.questions) == 1


def test_tokens_of_the_wrong_kind_and_socket_mode_switched_off_are_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    with open_office(sqlite_engine, tmp_path) as office:
        app = build_app(deps_for(office.slack, office.engine, office.asked, office.platform, office.clock))
        with pytest.raises(NotConfigured, match="xapp-"):
            connect(app, SecretStr(DEFAULT_TOKEN))
        with pytest.raises(NotConfigured, match="switched off"):
            connect(app, SecretStr(office.slack.app_token))


def test_an_edit_that_comes_again_is_answered_as_it_was(office: Office) -> None:
    card = office.card()
    view = modal(office, card)
    first = office.slack.people.submit(view["id"], BEN, {"amount:1": {"text": "1e5"}})
    again = office.slack.sockets.again('"view_submission"')
    assert "1e5" in first.body
    assert (again.status, again.body) == (200, first.body)
    assert submit(office, view, BEN, {1: "220.00"}) == {}
    assert office.slack.sockets.again('"view_submission"').body == ""
    office.bot(having="Amounts edited by")
    office.settle()
    assert len([t for t in office.said() if "Amounts edited by" in t]) == 1


@pytest.mark.parametrize("dies", ["before", "after"])
def test_an_edit_whose_process_died_is_never_answered_as_if_nothing_were_wrong(
    office: Office, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    card = office.card()
    view = modal(office, card)
    real = editing.submit

    def die(*args: Any) -> dict[str, str]:
        if dies == "after":
            real(*args)
        raise RuntimeError("killed")

    office.slack.sockets.ack_seconds = 1.0
    monkeypatch.setattr(editing, "submit", die)
    assert office.slack.people.submit(view["id"], BEN, {"amount:1": {"text": "220.00"}}).body == ""
    monkeypatch.setattr(editing, "submit", real)
    again = office.slack.sockets.again('"view_submission"')
    assert again.status == 200
    assert ("Edited by" in again.body) == (dies == "after")
    office.bot(having="Amounts edited by")
    office.settle()
    assert len([t for t in office.said() if "Amounts edited by" in t]) == 1
