"""Edit and reject as people do them: a modal, errors beside the inputs, a fresh card in the thread."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.slack import modals
from app.slack.cards import APPROVE, EDIT, MORE, REJECT
from domain.lifecycle import Status
from domain.scope import Scope
from emulators.slack.person import Refusal
from store import audit
from store.approvals import remove_approver, set_kill_switch
from store.barred import in_force
from store.engine import read, write
from store.tables import Approval, AuditEntry, OutboxMessage
from tests.activation.world import NOW, change, recommendation
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, approval_id, open_office


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def modal(office: Office, card: dict[str, Any], user: str = BEN, action: str = EDIT) -> dict[str, Any]:
    before = set(office.slack.workspace.views)
    office.click(card, action, user)
    found: dict[str, Any] = office.slack.people.wait_for(
        lambda w: next((v for i, v in w.views.items() if i not in before), None)
    )
    return found


def submit(office: Office, view: dict[str, Any], user: str, amounts: dict[int, str], **more: Any) -> dict[str, str]:
    """The errors beside the inputs, empty where it went through."""
    values: dict[str, Any] = {f"amount:{n}": {"text": text} for n, text in amounts.items()}
    if "keep" in more:
        values["keep:0"] = {"options": more.pop("keep")}
    reply = office.slack.people.submit(view["id"], user, values, **more)
    assert reply.status == 200, reply
    return dict(json.loads(reply.body)["errors"]) if reply.body else {}


def actions(office: Office) -> list[str]:
    with read(office.engine) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def fresh_card(office: Office, having: str = "Amounts edited by") -> dict[str, Any]:
    return office.bot(having=having)


def test_an_edit_closes_the_card_and_posts_a_fresh_one_that_somebody_else_approves_16(office: Office) -> None:
    card = office.card()
    assert submit(office, modal(office, card), BEN, {1: "230"}) == {}
    fresh = fresh_card(office)
    assert fresh["thread_ts"] == card["thread_ts"]
    assert "from €200.00 to €230.00/day" in fresh["text"]
    assert "not estimated for your amounts" in fresh["text"]
    older = office.until(card, f"Edited by <@{BEN}>")
    assert "acme.slack.com/archives" in json.dumps(office.until(card, "open it"))
    assert APPROVE not in json.dumps(older["blocks"])
    office.click(fresh, APPROVE, BEN, confirm=True)
    assert "edited this amount, so another person has to approve it, ask" in office.whisper(BEN)
    office.click(fresh, APPROVE, ANA, confirm=True)
    office.until(fresh, "applied, and read back")
    assert office.platform.writes() == [("b1", 230_000_000)]
    assert office.view(fresh).approval.revision == 2
    assert "approval.edited" in actions(office)
    with read(office.engine) as session:
        assert audit.verify(session) is None


WRONG = {
    "1,000": "is not an amount", "NaN": "is not an amount", "inf": "is not an amount", "1e308": "is not an amount",
    "-5": "negative", "": "is not an amount", "240.001": "finer than EUR", "９９": "is not an amount",
    "9" * 40: "beyond what can be stored", "1.234,50": "is not an amount",
    "310": "above the step limit of +50 %", "0.001": "finer than EUR", "200": "already at",
}  # fmt: skip


def test_what_cannot_be_is_told_beside_the_amount_and_changes_nothing_20(office: Office) -> None:
    card = office.card()
    view = modal(office, card)
    for typed, says in WRONG.items():
        errors = submit(office, view, BEN, {1: typed})
        assert says.lower() in errors["amount:1"].lower(), (typed, errors)
    assert "nothing to edit" in submit(office, view, BEN, {1: "240.00"})["amount:1"]
    assert office.view(card).approval.status is Status.PENDING
    assert office.slack.workspace.views[view["id"]]["private_metadata"] == approval_id(card)


def test_the_envelope_and_a_stop_are_told_beside_the_amount(office: Office) -> None:
    office.asked.draft = lambda account: recommendation(account, change("b1"), change("b2"), change("b3"))
    card = office.card()
    view = modal(office, card)
    errors = submit(office, view, BEN, {1: "290", 2: "290", 3: "290"})
    assert "over the envelope" in errors["keep:0"]
    with write(office.engine) as session:
        set_kill_switch(session, "global", on=True, by=ANA, now=NOW, reason="launch")
    assert "writes are stopped" in submit(office, view, BEN, {1: "230"})["keep:0"].lower()
    assert "Writes are stopped* (everything) by <@U0ANA0000>" in office.until(card, "Writes are stopped")["text"]
    with write(office.engine) as session:
        set_kill_switch(session, "global", on=False, by=ANA, now=NOW)
    office.slack.people.wait_for(lambda w: "stopped" not in w.find(CHANNEL, card["ts"])["text"])


def test_operations_are_left_out_by_their_boxes_26(office: Office) -> None:
    office.asked.draft = lambda account: recommendation(account, change("b1"), change("b2"), change("b3"))
    card = office.card()
    view = modal(office, card)
    assert "nothing is left" in submit(office, view, BEN, {}, keep=[])["keep:0"].lower()
    assert submit(office, view, BEN, {3: "1,000"}, keep=["1", "2"]) == {}  # what is left out is not read
    fresh = fresh_card(office)
    office.click(fresh, APPROVE, ANA, confirm=True)
    office.until(fresh, "applied, and read back")
    assert sorted(office.platform.writes()) == [("b1", 240_000_000), ("b2", 240_000_000)]


def test_an_edit_of_what_was_decided_or_lapsed_says_so(office: Office) -> None:
    card = office.card()
    view = modal(office, card)
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    assert submit(office, view, BEN, {1: "230"})["amount:1"] == "Already approved by @Ana at 10:42."
    office.click(card, EDIT, BEN, stale=card)
    assert "lready approved" in office.whisper(BEN)
    office.asked.draft = lambda account: recommendation(account, change("b2"))
    other = office.card()
    late = modal(office, other)
    office.clock[0] += timedelta(days=30)
    assert "xpired at" in submit(office, late, BEN, {1: "230"})["amount:1"]
    assert [w for w in office.platform.writes() if w[0] == "b2"] == []


def test_two_edits_and_an_approval_at_once_have_one_winner_and_answered_losers(office: Office) -> None:
    card = office.card()
    first, second = modal(office, card, BEN), modal(office, card, ANA)
    with ThreadPoolExecutor(3) as pool:
        edits = [pool.submit(submit, office, v, u, {1: a}) for v, u, a in ((first, BEN, "230"), (second, ANA, "210"))]
        pool.submit(office.click, card, APPROVE, ANA, confirm=True, stale=card).result()
        errors = [e.result() for e in edits]
    office.settle()
    with read(office.engine) as session:
        statuses = session.scalars(select(Approval.status).order_by(Approval.revision)).all()
    approved = statuses[0] == Status.APPLIED
    assert sum(not e for e in errors) + approved == 1
    assert len(statuses) == 1 + sum(not e for e in errors)
    assert all("dited by" in e["amount:1"] or "lready approved" in e["amount:1"] for e in errors if e)
    assert len(office.platform.writes()) == approved


def test_a_stranger_edits_nothing_and_metadata_gives_no_rights_22(office: Office) -> None:
    card = office.card()
    office.click(card, EDIT, EVE)
    assert "not an approver" in office.whisper(EVE)
    assert office.slack.workspace.views == {}  # refused at the button
    view = modal(office, card, BEN)
    assert "not an approver" in submit(office, view, EVE, {1: "230"})["amount:1"]
    for forged in ("", "nonsense", json.dumps({"approval": approval_id(card), "user": ANA})):
        assert "do not know this card" in submit(office, view, ANA, {1: "230"}, private_metadata=forged)["amount:1"]
    assert office.view(card).approval.status is Status.PENDING


def test_the_modal_says_who_may_approve_the_edited_amounts(office: Office) -> None:
    view = office.view(office.card())
    assert "*somebody else* has to approve" in json.dumps(modals.editing(view))
    assert "in solo mode whoever edited too" in json.dumps(modals.editing(view, solo=True))


def test_a_process_killed_right_after_an_edit_leaves_the_fresh_card_to_the_next(office: Office) -> None:
    card = office.card()
    view = modal(office, card)
    office.notifier.stop()  # nobody posts any more, as after a kill
    assert submit(office, view, BEN, {1: "230"}) == {}
    with read(office.engine) as session:
        fresh = session.scalars(select(Approval).where(Approval.revision == 2)).one()
        waiting = session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe_key == f"card:{fresh.id}")).one()
        assert (fresh.status, waiting.sent_at, waiting.thread_ts) == (Status.PENDING, None, card["thread_ts"])
    office.click(card, APPROVE, ANA, confirm=True, stale=card)
    assert "dited by" in office.whisper(ANA)
    assert office.platform.writes() == []


def test_votes_for_the_older_amounts_do_not_count_for_the_edited_ones(office: Office) -> None:
    card = office.card()
    with write(office.engine) as session:
        session.get_one(Approval, approval_id(card)).quorum = 2
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "Approved so far (1 of 2)")
    assert submit(office, modal(office, card), BEN, {1: "230"}) == {}
    fresh = fresh_card(office)
    assert office.view(fresh).votes == ()
    assert office.view(fresh).approval.quorum == 2


def test_a_rejections_chip_becomes_a_rule_and_the_card_says_until_when(office: Office) -> None:
    card = office.card()
    view = modal(office, card, action=REJECT)
    reply = office.slack.people.submit(
        view["id"], BEN, {"why": {"option": "wrong_campaign"}, "reason": {"text": "not this <!here>"}}
    )
    assert reply.status == 200
    assert "Not proposed again before 2026-06-02" in office.until(card, "rejected")["text"]
    with read(office.engine) as session:
        (bar,) = in_force(session, Scope((office.asked.account,)), NOW + timedelta(days=1))
    assert (bar.entity, bar.direction, bar.reason, bar.by) == ("b1", 0, "wrong_campaign", BEN)


def test_snooze_reminds_that_person_alone_and_decides_nothing(office: Office) -> None:
    card = office.card()
    office.click(card, f"{MORE}/hour", EVE)
    assert "I will remind you at" in office.whisper(EVE)
    with write(office.engine) as session:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "snooze")).one()
        assert row.channel == EVE
        row.not_before = row.created_at - timedelta(days=300)
    office.slack.workspace.open_direct(EVE)
    told = office.slack.people.wait_for(
        lambda w: next(
            (m for c in (EVE, w.open_direct(EVE)) for m in w.messages(c) if "asked to be" in m["text"]), None
        )
    )
    assert "acme.slack.com" in told["text"]
    assert office.view(card).approval.status is Status.PENDING


def test_a_replayed_edit_is_refused_and_never_answered_as_if_it_went_through(office: Office) -> None:
    view = modal(office, office.card())
    assert "amount:1" in submit(office, view, BEN, {1: "1e5"})
    body = next(b for b, _ in reversed(office.slack.sender.log) if "view_submission" in b)
    form, at = "application/x-www-form-urlencoded", int(time.time()) - 60
    replies = [office.slack.sender.send(body, content_type=form, timestamp=at) for _ in range(2)]
    assert [r.status for r in replies] == [200, 401]
    assert "1e5" in replies[0].body  # signed anew it is the same submission, and has the answer that it had


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ({"deleted": True}, "deactivated"),
        ({"is_restricted": True}, "guest or from another company"),
        ({"is_ultra_restricted": True}, "guest or from another company"),
        ({"is_stranger": True}, "guest or from another company"),
        ({"deleted": None}, "could not tell who you are"),
    ],
)
def test_whom_slack_does_not_vouch_for_decides_nothing_15(office: Office, mark: dict[str, Any], says: str) -> None:
    card = office.card()
    view = modal(office, card, ANA)
    office.slack.workspace.marks[ANA] = mark
    office.click(card, APPROVE, ANA, confirm=True)
    assert says in office.whisper(ANA)
    office.click(card, EDIT, ANA)
    office.settle()
    assert list(office.slack.workspace.views) == [view["id"]]
    assert says in submit(office, view, ANA, {1: "230"})["amount:1"]
    assert office.view(card).approval.status is Status.PENDING
    assert actions(office).count("click.not_allowed") == 3
    assert office.platform.writes() == []


def test_where_slack_does_not_answer_nothing_is_decided_and_a_role_removed_after_posting_is_refused_15(
    office: Office,
) -> None:
    card = office.card()
    office.slack.faults["users.info"] = [("error", "missing_scope")]
    office.click(card, APPROVE, ANA, confirm=True)
    assert "then try again" in office.whisper(ANA)
    with write(office.engine) as session:
        remove_approver(session, account_id=office.asked.account, user=ANA, by="setup", now=NOW)
    office.click(card, APPROVE, ANA, confirm=True)
    office.whisper(ANA, "not an approver")
    assert office.platform.writes() == []


def test_an_amount_is_asked_for_as_it_has_to_be_typed(office: Office) -> None:
    view = modal(office, office.card())
    (block,) = [b for b in view["blocks"] if b["type"] == "input"]
    assert block["element"]["initial_value"] == "240.00"
    with pytest.raises(Refusal, match="no button"):
        office.slack.people.click(CHANNEL, office.bot(having="Approve budget")["ts"], "approval_forged", ANA)
