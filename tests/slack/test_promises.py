"""What came of a change is posted once, below its card, by whichever process delivers it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.slack.cards import APPROVE
from app.slack.promise_sending import said
from domain.promise import Measured, Total
from domain.scope import Scope
from emulators.slack.workspace import Message
from store import promises, promising
from store.approvals import add_approver
from store.engine import read, write
from store.promises import PromiseView
from store.tables import Promise
from tests.activation.world import NOW, change, recommendation
from tests.slack.office import ANA, CHANNEL, Office, open_office
from tests.store.test_promising import applied


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened_:
        yield opened_


def thread(card: Message) -> str:
    """Where replies to the card go: it stands in the thread of the question."""
    return str(card.get("thread_ts") or card["ts"])


def kept(office: Office) -> PromiseView:
    with read(office.engine) as session:
        (found,) = promises.listed(session, Scope((office.asked.account,)))
    return found


def measured(office: Office, found: Measured) -> None:
    with write(office.engine) as session:
        promising.keep(session, kept(office).id, found, NOW + timedelta(days=40))


def test_the_outcome_stands_once_in_the_thread_of_the_change(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied")
    office.settle()
    promise = kept(office)
    details = {
        "compared_with": [["Brand <b>", 1.0]],
        "notes": ["promotion Spring *sale* (2026-03-09)"],
        "spend_added": 1200.0,
    }
    result = Measured("measured", None, promise.window_end, Total(500, 1200, 1900, 0.9), "synthetic control", details)
    measured(office, result)
    measured(office, result)  # another process, the same moment
    posted = office.bot(thread_ts=thread(card), having="What came of")
    assert "+€1,200, likely between +€500 and +€1,900" in posted["text"]
    assert "Predicted for these days: +€1,400 (+€900 to +€1,900): in line with what was predicted" in posted["text"]
    assert "Brand &lt;b&gt;" in posted["text"]
    office.settle()
    below = office.slack.workspace.messages(CHANNEL, thread(card))
    assert sum("What came of" in m["text"] for m in below) == 1
    with read(office.engine) as session:
        assert session.scalars(select(Promise.told_at)).one() is not None


def test_without_a_counterfactual_the_reason_is_posted_and_no_realised_figure(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied")
    office.settle()
    measured(office, Measured("no_counterfactual", "the change left no campaign alone", kept(office).window_end))
    text = office.bot(thread_ts=thread(card), having="What came of")["text"]
    assert "there is no counterfactual: the change left no campaign alone." in text
    assert "likely between" not in text


def test_an_effect_that_may_be_none_and_one_that_was_missed_are_said_so(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied")
    office.settle()
    promise = kept(office)
    shown = replace(promise, status="measured", details={"level": 0.9}, method="m")
    none = said(replace(shown, realised=Total(-100, 50, 200, 0.9)))
    assert "cannot be told from no effect at all" in none
    assert "less than was predicted" in none
    assert "more than was predicted" in said(replace(shown, realised=Total(2900, 3000, 3100, 0.9)))


def changed_again(office: Office, after: timedelta) -> None:
    """Another change of the same budget, settled as any process would."""
    account = office.asked.account
    with write(office.engine) as session:
        add_approver(session, account_id=account, user="Ana", by="setup", now=NOW)
    applied(office.engine, recommendation(account, change("b1", "240", "250")), at=NOW + after)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (21, "changed again on 2026-03-25, so what came of it will be measured over the 20 days up to 2026-03-24"),
        (5, "it is not measured: changed again on 2026-03-09: fewer than 14 whole days are left to measure."),
    ],
)
def test_that_a_later_change_cut_or_ended_its_days_is_told_once_in_its_thread(
    office: Office, days: int, told: str
) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied")
    office.settle()
    first = kept(office)
    changed_again(office, timedelta(days=days))
    assert told in office.bot(thread_ts=thread(card), having="changed again")["text"]
    with write(office.engine) as session:  # a process that measures later
        promising.keep(session, first.id, Measured("void", "late", first.window_end), NOW + timedelta(days=50))
    office.bot(thread_ts=thread(card), having="What came of")
    below = office.slack.workspace.messages(CHANNEL, thread(card))
    assert sum("changed again on" in m["text"] for m in below) == 1
    assert sum("What came of" in m["text"] for m in below) == 1
