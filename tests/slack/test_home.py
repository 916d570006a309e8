"""App Home: drawn from the store for one person, and again when an approval of theirs moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.slack import home
from app.slack.cards import APPROVE
from domain.lifecycle import Status
from domain.money import Money
from domain.policy import Limits
from emulators.slack.validate import check_home
from store import bindings, channels, plans
from store.engine import read, write
from store.switches import GLOBAL, set_kill_switch
from store.tables import Account, Approval, LabelRule, OutboxMessage, Source
from tests.activation.world import NOW, change, opened, recommendation, seed
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, open_office


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as shown:
        yield shown


def _page(office: Office, user: str, having: str = "") -> str:
    found = office.slack.people.wait_for(
        lambda w: user in w.homes and having in _words(w.homes[user]) and _words(w.homes[user])
    )
    return str(found)


def _words(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_it_is_drawn_when_opened_and_again_when_an_approval_moves(office: Office) -> None:
    office.slack.people.open_home(ANA)
    assert "Nothing waits for you" in _page(office, ANA)
    card = office.card()
    page = _page(office, ANA, "from €200.00 to €240.00")
    assert f"https://acme.slack.com/archives/{CHANNEL}/p{card['ts'].replace('.', '')}" in page
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    page = _page(office, ANA, "Nothing waits for you")
    assert "net new spend in 24 h: €40.00 of €" in page
    office.settle()
    with read(office.engine) as session:
        pages = list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "home")))
        assert {p.channel for p in pages} == {ANA}  # Ben never opened his
        assert len(pages) <= 5


def test_the_messages_tab_draws_nothing(office: Office) -> None:
    office.slack.people.open_home(ANA, tab="messages")
    office.settle()
    assert office.slack.workspace.homes == {}


def test_a_person_sees_only_what_they_approve_for_or_are_bound_to(engine: Engine) -> None:
    mine = seed(engine, approvers=(ANA,))
    opened(engine, recommendation(mine))
    with write(engine) as session:
        other = Account(platform="meta", name="Secret", currency="EUR", timezone="UTC", origin="api", created_at=NOW)
        session.add(other)
        session.flush()
        bindings.bind(session, BEN, [other.id])
    pages = {user: _words(_drawn(engine, user)) for user in (ANA, BEN, EVE)}
    assert "Acme EU" in pages[ANA]
    assert "Secret" not in pages[ANA]
    assert "Secret" in pages[BEN]
    assert "Acme EU" not in pages[BEN]
    assert "Nothing waits for you" in pages[BEN]
    assert "You see no account yet" in pages[EVE]
    assert not {"Secret", "Acme EU"} & set(pages[EVE].split())


def test_it_shows_what_is_stopped_by_whom_what_is_quarantined_and_which_labels_wait(engine: Engine) -> None:
    account = seed(engine, approvers=(ANA,))
    approval_id = opened(engine, recommendation(account))
    with write(engine) as session:
        set_kill_switch(session, GLOBAL, on=True, by=BEN, now=NOW, reason="<!channel> site *down*")
        session.get_one(Approval, approval_id).status = Status.QUARANTINED
        session.add(LabelRule(account_id=account, key="brand", value="yes", pattern="b", status="proposed",
                              proposed_at=NOW))  # fmt: skip
    page = _words(_drawn(engine, ANA))
    assert f"*Stopped* everywhere by <@{BEN}> since" in page
    assert "&lt;!channel&gt;" in page
    assert f"budgeteer approvals resolve {approval_id}" in page
    assert "1 proposed label waits" in page
    assert "Nothing waits for you" in page


def test_what_cannot_be_answered_yet_is_listed_as_data(engine: Engine) -> None:
    seed(engine, approvers=(ANA,))
    with read(engine) as session:
        view = home.gather(session, ANA, NOW, Limits(), lambda _s, _scope, _now: ["orders: <b> load a file"])
    assert "orders: &lt;b&gt; load a file" in _words(home.render(view, NOW, {}))


def test_it_says_what_the_accounts_cannot_answer_yet_and_no_more_once_the_file_is_there(office: Office) -> None:
    office.slack.people.open_home(ANA)
    before = _page(office, ANA, "What I cannot answer yet")
    assert "are we on track" in before
    assert "Drop the CSV into our direct messages, or on the server: budgeteer plan" in before
    with write(office.engine) as session:
        account = session.get_one(Account, office.asked.account)
        line = plans.Line(account.id, account.name, account.platform, NOW.date().replace(day=1), account.currency,
                          budget=Money(Decimal(6000), account.currency))  # fmt: skip
        plans.load(session, [line], source="plan.csv", content_sha256=None, now=NOW)
        session.add(Source(name="another client", url="u", options={}, every_hours=1, added_by="x", added_at=NOW,
                           error="gone"))  # fmt: skip
    office.slack.people.open_home(ANA)
    office.settle()
    after = _page(office, ANA, "What I cannot answer yet")
    assert "are we on track" not in after
    assert "no margin is planned" in after
    assert "another client" not in after


def test_a_page_with_very_much_on_it_is_one_that_slack_takes(engine: Engine) -> None:
    account = seed(engine, approvers=(ANA,))
    for n in range(14):
        opened(engine, recommendation(account, replace(change(f"x{n}"), entity_name="*" + "n" * 400), rec_id=f"r{n}"))
    with write(engine) as session:
        for n in range(30):
            session.add(Account(platform="meta", name=f"{n} " + "é" * 190, currency="EUR", timezone="UTC",
                                origin="file", created_at=NOW))  # fmt: skip
        session.flush()
        bindings.bind(session, ANA, list(session.scalars(select(Account.id))))
    page = _drawn(engine, ANA)
    check_home(page)
    assert "and 4 more" in _words(page)
    assert "and 21 more" in _words(page)


def _drawn(engine: Engine, user: str) -> dict[str, Any]:
    with read(engine) as session:
        return home.render(home.gather(session, user, NOW, Limits()), NOW, {})  # type: ignore[return-value]


def test_it_shows_when_the_digests_of_their_own_channels_come_and_of_no_other(office: Office) -> None:
    workspace = office.slack.workspace
    workspace.channels["C0SECRET00"] = "secret"
    workspace.absent.add(("C0SECRET00", ANA))
    with write(office.engine) as session:
        for channel in (CHANNEL, "C0SECRET00", ANA):
            bindings.bind(session, channel, [office.asked.account])
            when = channels.DigestTime(channel != ANA, 7, "Europe/Berlin", weekly=True)
            channels.set_digest(session, channel, when, by="Ana", now=NOW)
    office.slack.people.open_home(ANA)
    page = _page(office, ANA, "Digests and alerts")
    assert f"<#{CHANNEL}>: digest at 07:00 Europe/Berlin, Monday to Friday, weekly" in page
    assert "here, by direct message: digest at 07:00 Europe/Berlin, weekly" in page
    assert "C0SECRET00" not in page
    workspace.scopes = workspace.scopes - {"groups:read"}
    office.slack.people.open_home(ANA)
    page = _page(office, ANA, "I may not read")
    assert "here, by direct message" in page
    assert CHANNEL not in page
