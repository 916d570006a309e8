"""Deliveries over Socket Mode are held to what holds for signed ones: each is taken once, and none is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.slack.cards import APPROVE
from app.slack.listeners import build_app
from app.slack.socket_mode import connect
from domain.errors import NotConfigured
from emulators.slack.server import DEFAULT_TOKEN
from tests.slack.office import ANA, CHANNEL, Office, deps_for, open_office


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
    office.slack.sockets.ack_seconds = 2.0
    held = sqlite3.connect(tmp_path / "store.db", timeout=1, isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    threading.Timer(2.2, held.close).start()  # what it began ends with it
    office.slack.people.mention(CHANNEL, ANA, "what did we spend?")
    office.bot(having="€1,234.50")
    replies = [reply for body, reply in office.slack.sockets.log if '"app_mention"' in body]
    assert replies[0].status == 0
    assert replies[-1].status == 200
    office.settle()
    assert len(office.asked.questions) == 1


def test_tokens_of_the_wrong_kind_and_socket_mode_switched_off_are_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    with open_office(sqlite_engine, tmp_path) as office:
        app = build_app(deps_for(office.slack, office.engine, office.asked, office.platform, office.clock))
        with pytest.raises(NotConfigured, match="xapp-"):
            connect(app, SecretStr(DEFAULT_TOKEN))
        with pytest.raises(NotConfigured, match="switched off"):
            connect(app, SecretStr(office.slack.app_token))
