"""Undo import on a dropped file's message: taken back once, and what cannot be taken back is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.slack.file_cards import UNDO
from emulators.slack.workspace import Message
from store import bindings, undo
from store.accounts import scope_for
from store.engine import read, write
from store.tables import Account, ImportRun
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, Office, open_office
from tests.slack.test_file_drops import DM, GENERIC, _days, _drop, _labels, _press, _shown, _to_summary


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def _imported(office: Office) -> Message:
    _press(office, _to_summary(office), "Import")
    return _shown(office, "is imported")


def _again(office: Office, content: bytes) -> Message:
    """A second file into the account that the first one made."""
    office.clock[0] = NOW + timedelta(minutes=5)
    _drop(office, "later.csv", content)
    waits = office.slack.people.wait_for(
        lambda w: next((m for m in w.messages(DM[ANA]) if "later.csv" in m["text"] and "Into which" in m["text"]), None)
    )
    _press(office, waits, "Side shop")
    _press(office, _shown(office, "Load it?"), "Import")
    found: Message = office.slack.people.wait_for(
        lambda w: next((m for m in w.messages(DM[ANA]) if "later.csv* is imported" in m["text"]), None)
    )
    return found


def _undone(office: Office) -> list[tuple[int, str | None]]:
    with read(office.engine) as session:
        query = select(ImportRun).join(Account).where(Account.name == "Side shop").order_by(ImportRun.id)
        return [(r.id, r.undone_by) for r in session.scalars(query)]


def test_the_button_takes_the_load_back_once_and_a_second_press_is_told_so(office: Office) -> None:
    done = _imported(office)
    assert len(_days(office)) == 3
    for _ in range(3):
        office.slack.people.click(DM[ANA], done["ts"], UNDO, ANA, stale=done, confirm=True)
    said = _shown(office, "its import was undone")
    assert "3 rows went, 0 are as they were" in said["text"]
    assert (said["ts"], _labels(said)) == (done["ts"], {})
    assert "taken back already by you" in office.whisper(ANA, "already")
    office.settle()
    assert _days(office) == []
    assert [by for _, by in _undone(office)] == [ANA]


def test_another_persons_press_takes_nothing_back(office: Office) -> None:
    done = _imported(office)
    office.slack.people.click(DM[ANA], done["ts"], UNDO, BEN, confirm=True)
    assert "Only whoever dropped" in office.whisper(BEN)
    office.settle()
    assert len(_days(office)) == 3


def test_a_load_under_a_later_one_waits_until_that_is_taken_back(office: Office) -> None:
    first = _imported(office)
    later = _again(office, GENERIC.replace(b"10.50", b"11.50"))
    (under, _), (over, _) = _undone(office)
    _press(office, first, "Undo import", confirm=True)
    said = office.whisper(ANA, "built on")
    assert f"load {over} (later.csv" in said.lower()
    assert "Take that back first" in said
    assert [by for _, by in _undone(office)] == [None, None]
    _press(office, later, "Undo import", confirm=True)
    _shown(office, "later.csv*: its import was undone")
    assert ("Side shop", 10_500_000) in _days(office)
    _press(office, first, "Undo import", confirm=True)
    _shown(office, "report.csv*: its import was undone")
    assert (_days(office), _undone(office)) == ([], [(under, ANA), (over, ANA)])


def test_what_was_taken_back_on_the_server_is_shown_so_on_the_message(office: Office) -> None:
    done = _imported(office)
    ((run, _),) = _undone(office)
    with write(office.engine) as session:
        undo.undo(session, scope_for(session, None), run, by="root", now=NOW)
    _press(office, done, "Undo import", confirm=True)
    assert "taken back already by root" in _shown(office, "its import was undone")["text"]


def test_whoever_lost_the_sight_of_the_account_takes_nothing_back(office: Office) -> None:
    done = _imported(office)
    with write(office.engine) as session:
        bindings.bind(session, ANA, [office.asked.account])
    _press(office, done, "Undo import", confirm=True)
    assert "nothing was taken back" in office.whisper(ANA)
    assert len(_days(office)) == 3
