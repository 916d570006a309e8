"""Proposed labels over signed HTTP: posted, decided by whoever may, redrawn from the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.slack import label_cards
from app.slack.label_cards import CONFIRM, REJECT
from domain.scope import Scope
from emulators.slack.workspace import Message
from store import audit, labels
from store.approvers import remove_approver
from store.engine import read, write
from store.tables import AuditEntry, Campaign
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, open_office

NAMES = ("DE | Brand* <!channel>", "DE | Generic", "AT | Brand", "AT | Generic")


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def _posted(office: Office) -> Message:
    account = office.asked.account
    with write(office.engine) as session:
        session.add_all(Campaign(account_id=account, name=name) for name in NAMES)
        session.flush()
        labels.propose_rules(session, account, NOW)
        label_cards.post(session, account, CHANNEL, NOW)
    return office.bot(having="Labels for Acme EU")


def _keys(office: Office) -> set[str]:
    with read(office.engine) as session:
        return set(labels.known_labels(session, Scope((office.asked.account,))))


def _buttons(message: Message) -> list[str]:
    return [e["action_id"] for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]


def test_an_approver_confirms_a_key_once_and_the_message_says_who(office: Office) -> None:
    message = _posted(office)
    assert _buttons(message) == [CONFIRM, REJECT] * 2  # brand and country
    assert "<!channel>" not in str(message["blocks"])
    assert "&lt;!channel&gt;" in str(message["blocks"])
    assert _keys(office) == set()
    office.click(message, CONFIRM, ANA)
    after = office.until(message, f"*brand*: confirmed by <@{ANA}>")
    assert _buttons(after) == [CONFIRM, REJECT]
    assert office.whisper(ANA) == "The label brand is confirmed: 2 rules."
    assert _keys(office) == {"brand"}
    office.click(after, REJECT, BEN)
    office.until(message, f"*country*: rejected by <@{BEN}>")
    assert _keys(office) == {"brand"}


def test_a_second_click_on_an_old_message_is_told_who_was_first(office: Office) -> None:
    message = _posted(office)
    office.click(message, CONFIRM, ANA)
    office.until(message, "confirmed by")
    office.click(message, REJECT, BEN, stale=message)
    assert f"already confirmed by <@{ANA}> on 2026-03-04" in office.whisper(BEN)
    assert _keys(office) == {"brand"}


def test_who_is_no_approver_decides_nothing_and_is_told_who_may(office: Office) -> None:
    message = _posted(office)
    office.click(message, CONFIRM, EVE)
    assert f"<@{ANA}>" in office.whisper(EVE, "Only an approver")
    assert _keys(office) == set()
    with read(office.engine) as session:
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "labels.refused"
        assert audit.verify(session) is None


def test_anybody_decides_where_no_approver_is_named_yet(office: Office) -> None:
    with write(office.engine) as session:
        for user in (ANA, BEN):
            remove_approver(session, account_id=office.asked.account, user=user, by="setup", now=NOW)
    message = _posted(office)
    assert "anybody here may decide" in str(message["blocks"])
    office.click(message, CONFIRM, EVE)
    office.until(message, f"confirmed by <@{EVE}>")


@pytest.mark.parametrize("value", ["999999", "brand", "1 or 1=1", ""])
def test_a_tampered_button_opens_nothing_and_is_answered(office: Office, value: str) -> None:
    message = _posted(office)
    office.click(message, CONFIRM, ANA, value=value)
    assert "do not know these proposals" in office.whisper(ANA)
    assert _keys(office) == set()
