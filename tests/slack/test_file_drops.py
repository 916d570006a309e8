"""A CSV dropped into the bot's direct message: asked about by buttons, shown before it is loaded, loaded once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.slack import file_drops as flow
from app.slack.file_cards import CANCEL, CHOOSE, IMPORT
from app.slack.shift import Shift
from emulators.slack.workspace import Message
from store import accounts, bindings, labels
from store import file_drops as store_drops
from store.approvers import add_approver
from store.engine import read, write
from store.file_drops import Drop, get
from store.tables import Account, AuditEntry, DailyMetric, FileDrop, ImportRun
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, EVE, Office, deps_for, open_office
from tools.labels import platform_label

DM = {ANA: "D0ANA0000", BEN: "D0BEN0000", EVE: "D0EVE0000"}
GENERIC = (
    b"day,campaign,cost,clicks\n2026-02-25,Brand,10.50,3\n2026-02-26,Brand,20.25,4\n2026-02-26,<!channel> *x*,5.25,1\n"
)
UNCLEAR = b"day,campaign,cost\n01/02/2026,Brand,10.50\n02/02/2026,Brand,20.25\n"


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def _shown(office: Office, having: str, user: str = ANA) -> Message:
    found: Message = office.slack.people.wait_for(
        lambda w: next((m for m in reversed(w.messages(DM[user])) if m.get("bot_id") and having in m["text"]), None)
    )
    return found


def _labels(message: Message) -> dict[str, str]:
    """The buttons' words and their action ids."""
    rows = [b["elements"] for b in message.get("blocks", []) if b["type"] == "actions"]
    return {e["text"]["text"]: e["action_id"] for row in rows for e in row}


def _press(office: Office, message: Message, label: str, user: str = ANA, **more: Any) -> None:
    reply = office.slack.people.click(DM[user], message["ts"], _labels(message)[label], user, **more)
    assert reply.status == 200


def _type(office: Office, typed: str, user: str = ANA) -> None:
    seen = set(getattr(office, "_views", set()))
    view = office.slack.people.wait_for(lambda w: next((v for i, v in w.views.items() if i not in seen), None))
    object.__setattr__(office, "_views", seen | {view["id"]})
    assert office.slack.people.submit(view["id"], user, {flow.TYPED: {"text": typed}}).status == 200


def _drop(office: Office, name: str, content: bytes, user: str = ANA) -> None:
    """Drop a file that several platforms may have written, and say that it is none of theirs."""
    office.slack.people.drop(user, name, content)
    _press(office, _shown(office, "Where does this file come from?", user), platform_label("generic"), user)


def _drop_row(office: Office) -> Drop:
    with read(office.engine) as session:
        newest = session.scalars(select(FileDrop.id).order_by(FileDrop.created_at.desc())).first()
        return get(session, str(newest))


def _days(office: Office) -> list[tuple[str, int | None]]:
    with read(office.engine) as session:
        query = select(Account.name, DailyMetric.spend_micros).join(Account, Account.id == DailyMetric.account_id)
        rows = session.execute(
            query.where(Account.origin == "file").order_by(DailyMetric.day, DailyMetric.spend_micros)
        )
        return [(name, micros) for name, micros in rows]


def _to_summary(office: Office, content: bytes = GENERIC, account: str = "Side shop") -> Message:
    """Drop a generic file and answer everything it leaves open: a new account, its currency, its week."""
    _drop(office, "report.csv", content)
    _press(office, _shown(office, "Into which"), "New account…")
    _type(office, account)
    _press(office, _shown(office, "does not say its currency"), "USD")
    _press(office, _shown(office, "weeks begin"), "Monday")
    return _shown(office, "Load it?")


def test_a_file_is_asked_about_shown_and_loaded_and_can_be_asked_about(office: Office) -> None:
    _drop(office, "report.csv", GENERIC)
    first = _shown(office, "Into which")
    assert "Acme EU" not in _labels(first)  # another platform's account
    _press(office, first, "New account…")
    _type(office, "Side  shop")
    _press(office, _shown(office, "does not say its currency"), "USD")
    _press(office, _shown(office, "weeks begin"), "Sunday")
    ready = _shown(office, "Load it?")
    assert ready["ts"] == first["ts"]  # one message, edited
    assert "3 rows, 2026-02-25 to 2026-02-26, spend 36.00 USD" in ready["text"].replace("USD 36.00", "36.00 USD")
    assert "Side shop" in ready["text"]
    assert "&lt;!channel&gt;" in ready["text"]
    assert "<!channel>" not in json.dumps(ready["blocks"], ensure_ascii=False)
    assert _days(office) == []  # nothing before the button
    _press(office, ready, "Import")
    done = _shown(office, "is imported")
    assert "3 new, 0 updated, 0 unchanged" in done["text"]
    assert _days(office) == [("Side shop", 10_500_000), ("Side shop", 5_250_000), ("Side shop", 20_250_000)]
    row = _drop_row(office)
    assert (row.status, row.content, row.user) == ("imported", None, ANA)
    with read(office.engine) as session:
        account = accounts.find(session, "Side shop")[0]
        assert account.id in bindings.scope_for_channel(session, ANA, ANA)
        assert (account.week_start, account.currency, account.origin) == (6, "USD", "file")


def test_what_the_file_and_the_account_say_is_not_asked(office: Office) -> None:
    _press(office, _to_summary(office), "Import")
    _shown(office, "is imported")
    _drop(office, "again.csv", GENERIC.replace(b"10.50", b"11.50"))
    second = office.slack.people.wait_for(
        lambda w: next((m for m in w.messages(DM[ANA]) if "again.csv" in m["text"] and "Into which" in m["text"]), None)
    )
    _press(office, second, "Side shop")  # its currency, zone and week are known
    _press(office, _shown(office, "Load it?"), "Import")
    assert "0 new, 1 updated, 2 unchanged" in _shown(office, "updated, 2 un")["text"]


def test_campaigns_that_no_confirmed_label_fits_are_named_after_the_import(office: Office) -> None:
    _press(office, _to_summary(office), "Import")
    assert "label" not in _shown(office, "is imported")["text"]  # nobody labels here yet
    with write(office.engine) as session:
        scope = accounts.scope_for(session, "Side shop")
        labels.set_label(session, scope, "Brand", "brand", "brand", by=ANA, now=NOW)
    _drop(office, "again.csv", GENERIC.replace(b"10.50", b"11.50"))
    second = office.slack.people.wait_for(
        lambda w: next((m for m in w.messages(DM[ANA]) if "again.csv" in m["text"] and "Into which" in m["text"]), None)
    )
    _press(office, second, "Side shop")
    _press(office, _shown(office, "Load it?"), "Import")
    text = _shown(office, "updated, 2 un")["text"]
    assert "No brand label fits &lt;!channel&gt;" in text
    assert "Give them one with budgeteer labels propose" in text


def test_days_that_can_be_read_in_two_ways_are_asked(office: Office) -> None:
    _drop(office, "days.csv", UNCLEAR)
    _press(office, _shown(office, "Into which"), "New account…")
    _type(office, "Side shop")
    _press(office, _shown(office, "does not say its currency"), "Another…")
    _type(office, "chf")
    _press(office, _shown(office, "more than one way"), "Day first: 31/03/2024")
    _press(office, _shown(office, "weeks begin"), "Monday")
    assert "2026-02-01 to 2026-02-02" in _shown(office, "Load it?")["text"]
    assert "CHF" in _shown(office, "Load it?")["text"]


def test_a_typed_currency_that_is_none_is_refused_and_can_be_typed_again(office: Office) -> None:
    _drop(office, "days.csv", GENERIC)
    _press(office, _shown(office, "Into which"), "New account…")
    _type(office, "Side shop")
    asked = _shown(office, "does not say its currency")
    _press(office, asked, "Another…")
    _type(office, "dollars")
    assert "nknown currency" in _shown(office, "nknown currency")["text"]
    _press(office, asked, "Another…")
    _type(office, "EUR")
    _shown(office, "weeks begin")


def test_only_who_dropped_it_may_press_and_an_old_button_answers_no_new_question(office: Office) -> None:
    _drop(office, "report.csv", GENERIC)
    first = _shown(office, "Into which")
    office.slack.people.click(DM[ANA], first["ts"], CANCEL, BEN)
    assert "Only whoever dropped" in office.whisper(BEN)
    _press(office, first, "New account…")
    _type(office, "Side shop")
    _shown(office, "does not say its currency")
    office.slack.people.click(DM[ANA], first["ts"], f"{CHOOSE}_0", ANA, stale=first)
    assert "answered already" in office.whisper(ANA)
    for forged in ("", "nonsense:1:0", f"{_drop_row(office).id}:2:99", "x" * 2000):
        office.slack.people.click(DM[ANA], first["ts"], f"{CHOOSE}_0", ANA, stale=first, value=forged)
    office.settle()
    assert _drop_row(office).status == "asked"
    assert _days(office) == []


def test_cancel_keeps_nothing(office: Office) -> None:
    _drop(office, "report.csv", GENERIC)
    _press(office, _shown(office, "Into which"), "Cancel")
    assert _labels(_shown(office, "cancelled, nothing was loaded")) == {}
    assert (_drop_row(office).content, _days(office)) == (None, [])


def test_import_pressed_twice_and_delivered_twice_loads_once(office: Office) -> None:
    ready = _to_summary(office)
    for _ in range(3):
        office.slack.people.click(DM[ANA], ready["ts"], IMPORT, ANA, stale=ready)
    _shown(office, "is imported")
    office.settle()
    with read(office.engine) as session:
        assert len(session.scalars(select(ImportRun).where(ImportRun.source == "report.csv")).all()) == 1


def test_a_refused_file_says_which_row_and_why_as_the_command_line_does(office: Office) -> None:
    _drop(office, "bad *<!here>*.csv", GENERIC.replace(b"20.25", b"twenty"))
    _press(office, _shown(office, "Into which"), "New account…")
    _type(office, "Side shop")
    _press(office, _shown(office, "does not say its currency"), "USD")
    said = _shown(office, "was not loaded")
    assert "row 3: " in said["text"]
    assert "twenty" in said["text"]
    assert "nothing was loaded" in said["text"]
    assert "<!here>" not in said["text"]
    assert (_drop_row(office).status, _drop_row(office).content) == ("refused", None)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("report.xlsx", b"PK\x03\x04rest", "Excel"), ("reports.zip", b"PK\x03\x04rest", "archive"),
        ("shot.png", b"\x89PNG", "picture"), ("report.csv", b"PK\x03\x04rest", "Excel workbook or zip"),
        ("empty.csv", b"", "empty"), ("page.csv", b"<html>x</html>", "web page"),
        ("notes.csv", b"hello\nworld\n", "no column of a day"),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused_kindly(office: Office, name: str, content: bytes, says: str) -> None:
    office.slack.people.drop(ANA, name, content)
    assert says in _shown(office, "was not loaded")["text"]
    assert _drop_row(office).content is None


def test_a_file_elsewhere_than_at_slack_is_not_fetched_and_one_that_is_gone_is_named(office: Office) -> None:
    real = office.slack.people.base
    office.slack.people.base = "https://files.example.com"
    office.slack.people.drop(ANA, "report.csv", GENERIC)
    assert "not its own" in _shown(office, "was not loaded")["text"]
    office.slack.people.base = f"{real}/elsewhere"
    office.slack.people.drop(ANA, "second.csv", GENERIC)
    _shown(office, "has this file no more")
    assert _days(office) == []


def test_who_approves_nothing_makes_no_account_and_loads_into_none_they_do_not_see(office: Office) -> None:
    with write(office.engine) as session:
        hidden = accounts.ensure(session, platform="generic", name="Hidden", currency="USD", timezone="UTC",
                                 origin="file", now=NOW)  # fmt: skip
        add_approver(session, account_id=hidden.id, user=BEN, by="test", now=NOW)
    office.slack.faults["files.info"] = [("error", "fatal_error")]  # it is not even asked for
    office.slack.people.drop(EVE, "report.csv", GENERIC)
    said = _shown(office, "was not loaded", EVE)
    office.slack.faults.clear()
    assert "ask an approver" in said["text"]
    assert "Hidden" not in said["text"]
    _drop(office, "report.csv", GENERIC)  # Ana may make accounts, and does not see this one
    _press(office, _shown(office, "Into which"), "New account…")
    _type(office, "hidden")
    assert "you do not see" in _shown(office, "ou do not see")["text"].lower()
    office.settle()
    assert _days(office) == []


def test_a_worker_that_died_after_loading_is_followed_by_one_that_loads_nothing_again(office: Office) -> None:
    ready = _to_summary(office)
    deps = deps_for(office.slack, office.engine, office.asked, office.platform, office.clock)
    row = _drop_row(office)
    from app import importing

    importing.load(
        deps.engine, deps.config, deps.now(), row.name, row.content, flow.file_reading.said(row.reading)
    )  # fmt: skip
    press = flow.Press(IMPORT, f"{row.id}:{row.reading['serial']}", ANA, DM[ANA], "t1")
    from slack_sdk import WebClient

    flow.press(Shift(deps, WebClient(), lambda _key: None, 2), asdict(press))
    _shown(office, "is imported")
    with read(office.engine) as session:
        assert len(session.scalars(select(ImportRun).where(ImportRun.source == "report.csv")).all()) == 1
    assert ready["ts"] == _shown(office, "is imported")["ts"]


def test_what_nobody_confirms_in_a_day_goes_and_its_message_says_so(office: Office) -> None:
    ready = _to_summary(office)
    office.clock[0] = NOW + timedelta(hours=25)
    _press(office, ready, "Import")
    assert "in a day" in office.whisper(ANA)
    deps = deps_for(office.slack, office.engine, office.asked, office.platform, office.clock)
    flow.expire(deps, office.clock[0])
    assert _labels(_shown(office, "nobody confirmed it")) == {}
    assert (_drop_row(office).status, _drop_row(office).content) == ("expired", None)


def test_a_question_typed_beside_a_file_of_the_bot_and_files_in_channels_are_left_alone(office: Office) -> None:
    office.slack.people.say("C0MARKETING", ANA, "look", subtype="file_share", files=[{"id": "F1", "name": "a.csv"}])
    office.settle()
    assert office.said() == []
    with read(office.engine) as session:
        assert session.scalars(select(FileDrop)).all() == []


def _held_load(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event, list[str]]:
    """A load that says when it began and waits to be let go."""
    from app import importing

    real, began, go, loads = importing.load, threading.Event(), threading.Event(), []

    def load(*args: Any, **more: Any) -> Any:
        loads.append("load")
        began.set()
        go.wait(10)
        return real(*args, **more)

    monkeypatch.setattr(importing, "load", load)
    return began, go, loads


def test_a_press_while_the_file_is_being_loaded_changes_nothing_and_undo_takes_all_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = _to_summary(office)
    began, go, loads = _held_load(monkeypatch)
    _press(office, ready, "Import")
    assert began.wait(10)
    assert _drop_row(office).status == "loading"
    for action in (IMPORT, CANCEL):
        office.slack.people.click(DM[ANA], ready["ts"], action, ANA, stale=ready)
        office.slack.people.wait_for(
            lambda w, n=1 + (action == CANCEL): (
                len([m for m in w.whispers(ANA) if "being loaded just now" in m["text"]]) >= n
            )
        )
    assert _labels(_shown(office, "is being loaded")) == {}
    go.set()
    done = _shown(office, "is imported")
    office.settle()
    with read(office.engine) as session:
        assert len(session.scalars(select(ImportRun).where(ImportRun.source == "report.csv")).all()) == 1
        assert session.scalars(select(AuditEntry.action)).all().count("file.imported") == 1
    assert loads == ["load"]
    _press(office, done, "Undo import", confirm=True)
    assert "3 rows went" in _shown(office, "its import was undone")["text"]
    assert _days(office) == []


@pytest.mark.parametrize(("same", "later"), [(True, False), (False, True)])
def test_a_load_whose_process_died_is_taken_up_by_its_press_or_after_its_time_by_another(
    office: Office, same: bool, later: bool
) -> None:
    _to_summary(office)
    office.settle()
    row = _drop_row(office)
    at = datetime.now(UTC)
    with write(office.engine) as session:
        died = replace(row, reading={**row.reading, "pressed": "t1"})
        assert store_drops.claim(session, died, "dead", at, taken_up=False)
        assert not store_drops.claim(session, row, "second", at, taken_up=False)
    deps = deps_for(office.slack, office.engine, office.asked, office.platform, office.clock)
    pressed = flow.Press(IMPORT, f"{row.id}:{row.reading['serial']}", ANA, DM[ANA], "t1" if same else "t2")
    shift = Shift(deps, office.handle.app.client, lambda _key: None, 2 if same else 1)
    if later:
        flow.press(shift, asdict(pressed))
        assert "being loaded just now" in office.whisper(ANA)
        with write(office.engine) as session:
            claim = {"token": "dead", "until": (at - timedelta(seconds=1)).isoformat()}
            store_drops.read_as(session, row.id, {**died.reading, "claim": claim})
    flow.press(shift, asdict(pressed))
    _shown(office, "is imported")
    assert len(_days(office)) == 3


def test_no_writer_waits_while_a_file_is_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[str] = []
    for name in ("recognise", "_step"):
        real = getattr(flow, name)

        def reading(*args: Any, real: Any = real, name: str = name) -> Any:
            with write(office.engine, patience_ms=500) as session:  # raises where the reader holds the store
                session.execute(select(Account.id))
            waited.append(name)
            return real(*args)

        monkeypatch.setattr(flow, name, reading)
    _to_summary(office)
    assert waited.count("recognise") == waited.count("_step") == 5


def test_a_file_whose_load_would_hold_the_store_for_long_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MAX_ROWS", 2)
    _drop(office, "report.csv", GENERIC)
    _press(office, _shown(office, "Into which"), "New account…")
    _type(office, "Side shop")
    _press(office, _shown(office, "does not say its currency"), "USD")
    _press(office, _shown(office, "weeks begin"), "Monday")
    assert "this file holds 3 rows" in _shown(office, "was not loaded")["text"]
    assert _days(office) == []
