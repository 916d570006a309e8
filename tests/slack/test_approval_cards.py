"""Cards over signed HTTP: posted, clicked by whoever, redrawn from the store. Numbers are those of the contract."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select

from app.slack.cards import APPROVE, DETAILS, EDIT, MORE, REJECT, UNDO
from domain.lifecycle import Status
from domain.scope import Scope
from emulators.slack.person import Refusal
from store import answers, audit
from store.answers import StoredAnswer
from store.engine import read, write
from store.tables import AuditEntry
from tests.activation.world import NOW, change, recommendation
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, an_answer, approval_id, open_office


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(engine, tmp_path) as opened:
        yield opened


def _buttons(card: dict[str, object]) -> list[str]:
    blocks: list[dict[str, object]] = card["blocks"]  # type: ignore[assignment]
    rows = [b["elements"] for b in blocks if b["type"] == "actions"]
    return [e["action_id"] for e in rows[0]]  # type: ignore[attr-defined]


def test_an_approved_change_is_applied_once_and_the_card_says_what_was_read_back(office: Office) -> None:
    card = office.card()
    assert _buttons(card) == [APPROVE, EDIT, REJECT, DETAILS, MORE]
    with pytest.raises(Refusal, match=r"€200\.00 to €240\.00/day"):  # the dialog repeats the money
        office.click(card, APPROVE, ANA)
    office.click(card, APPROVE, ANA, confirm=True)
    after = office.until(card, "applied, and read back")
    assert _buttons(after) == [UNDO, DETAILS]
    assert f"<@{ANA}> approved 10:42" in after["text"]
    assert "read back €240.00/day" in after["text"]
    assert office.platform.writes() == [("b1", 240_000_000)]
    office.bot(thread_ts=card["thread_ts"], having="applied")
    with read(office.engine) as session:
        assert audit.verify(session) is None


def test_a_double_click_writes_once_and_answers_both_1(office: Office) -> None:
    card = office.card()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: office.click(card, APPROVE, ANA, confirm=True, stale=card), range(2)))
    assert f"lready approved by <@{ANA}> at 10:42" in office.whisper(ANA, "lready approved")
    office.until(card, "applied, and read back")
    assert len(office.platform.writes()) == 1


def test_of_two_people_one_wins_and_the_other_is_told_who_2_and_3(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    office.click(card, REJECT, BEN, stale=card)  # Ben's client still shows the buttons
    assert office.whisper(BEN) == f"Already approved by <@{ANA}> at 10:42."
    assert office.view(card).approval.status is Status.APPLIED
    assert len(office.platform.writes()) == 1


def test_a_rejection_keeps_its_reason_as_data_and_writes_nothing(office: Office) -> None:
    card = office.card()
    office.click(card, REJECT, BEN)
    view = office.slack.people.wait_for(lambda w: next(iter(w.views.values()), None))
    reply = office.slack.people.submit(view["id"], BEN, {"reason": {"text": "<!channel> no\u202e money"}})
    assert reply.status == 200
    after = office.until(card, "rejected")
    assert "&lt;!channel&gt; no money" in after["text"]
    assert _buttons(after) == [DETAILS]
    assert office.platform.writes() == []


def test_a_click_delivered_twice_counts_once_4(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, ANA, confirm=True)
    office.until(card, "applied, and read back")
    body = next(b for b, _ in office.slack.sender.log if "block_actions" in b)
    again = office.slack.sender.send(
        body, content_type="application/x-www-form-urlencoded", timestamp=int(time.time()) - 100
    )
    assert again.status == 200
    office.settle()
    assert office.slack.workspace.whispers(ANA) == []
    assert len(office.platform.writes()) == 1


def test_a_replayed_click_is_refused_21(office: Office) -> None:
    card = office.card()
    sender, at = office.slack.sender, int(time.time()) - 30
    office.click(card, DETAILS, ANA)
    payload = next(b for b, _ in sender.log if "block_actions" in b)
    form = "application/x-www-form-urlencoded"
    assert sender.send(payload, content_type=form, timestamp=at).status == 200
    assert sender.send(payload, content_type=form, timestamp=at).status == 401
    assert sender.send(payload, content_type=form, timestamp=at - 600).status == 401
    assert sender.send(payload, content_type=form, signature="v0=no").status == 401


def test_a_restart_between_post_and_click_changes_nothing_5(engine: Engine, tmp_path: Path) -> None:
    with open_office(engine, tmp_path) as first:
        card = first.card()
        first.handle.stop()
        first.notifier.stop()
        account = first.asked.account
        with open_office(engine, tmp_path, slack=first.slack, account=account) as second:
            second.click(card, APPROVE, ANA, confirm=True)
            second.until(card, "applied, and read back")
            assert len(second.platform.writes()) == 1


def test_talk_in_the_thread_leaves_the_approval_alive_12_and_24(office: Office) -> None:
    card = office.card()
    for text in ("approve it", "looks good to me", "why so much?"):
        office.slack.people.say(CHANNEL, ANA, text, thread_ts=card["thread_ts"])
    office.bot(thread_ts=card["thread_ts"], having="Only the buttons on the card count")
    office.settle()
    assert office.view(card).approval.status is Status.PENDING
    assert office.platform.writes() == []
    office.click(card, APPROVE, BEN, confirm=True)
    office.until(card, "applied, and read back")


def test_who_is_no_approver_is_told_whom_to_ask_15(office: Office) -> None:
    card = office.card()
    office.click(card, APPROVE, EVE, confirm=True)
    assert office.whisper(EVE) == f"You are not an approver for Acme EU, ask <@{ANA}> or <@{BEN}>."
    office.click(card, REJECT, EVE)
    assert office.view(card).approval.status is Status.PENDING
    with read(office.engine) as session:
        assert "click.not_allowed" in session.scalars(select(AuditEntry.action)).all()


def test_a_tampered_value_decides_nothing_22(office: Office) -> None:
    card, other = office.card(), None
    office.asked.draft = lambda account: recommendation(account, change("b2"))
    office.slack.people.mention(CHANNEL, ANA, "recommend again")
    other = office.slack.people.wait_for(
        lambda w: next((m for m in w.messages(CHANNEL) if "Budget b2" in m["text"]), None)
    )
    bad = ["", "nonsense", "x" * 2000, json.dumps({"approval": approval_id(card), "after": 9_999})]
    for value in bad:
        office.click(card, APPROVE, ANA, confirm=True, value=value)
    office.slack.people.wait_for(lambda w: len(w.whispers(ANA)) == len(bad))
    assert all("do not know this card" in m["text"] for m in office.slack.workspace.whispers(ANA))
    assert office.platform.writes() == []
    # another approval's id is at most a click on that approval: its own amounts, its own rules
    office.click(card, APPROVE, EVE, confirm=True, value=approval_id(other))
    office.whisper(EVE, "not an approver")
    assert office.platform.writes() == []


def test_a_button_pressed_in_another_channel_opens_nothing_22(office: Office) -> None:
    card = office.card()
    office.slack.workspace.channels["C0OTHER000"] = "other"
    reply = office.slack.people.click("C0OTHER000", card["ts"], APPROVE, ANA, confirm=True, stale=card)
    assert reply.status == 200
    assert "do not know this card" in office.whisper(ANA)
    assert office.view(card).approval.status is Status.PENDING


def test_tampered_metadata_of_the_modal_has_only_the_persons_own_rights_22(office: Office) -> None:
    card = office.card()
    office.click(card, REJECT, EVE)
    view = office.slack.people.wait_for(lambda w: next(iter(w.views.values()), None))
    values = {"reason": {"text": "mine now"}}
    office.slack.people.submit(view["id"], EVE, values, private_metadata=approval_id(card))
    office.whisper(EVE, "not an approver")
    office.slack.people.submit(view["id"], ANA, values, private_metadata='{"user": "U0ANA0000"}')
    office.bot("D0ANA0000", having="do not know this card")
    assert office.view(card).approval.status is Status.PENDING


def test_an_expired_card_says_so_and_writes_nothing_10(office: Office) -> None:
    card = office.card()
    office.clock[0] += timedelta(days=30)
    office.click(card, APPROVE, ANA, confirm=True)
    assert "xpired" in office.whisper(ANA)
    assert _buttons(office.until(card, "Expired")) == [DETAILS]
    assert office.platform.writes() == []


def test_a_newer_proposal_closes_the_older_card_11(office: Office) -> None:
    older = office.card()
    office.slack.people.mention(CHANNEL, ANA, "recommend again")
    after = office.until(older, "Replaced by a newer proposal")
    assert _buttons(after) == [DETAILS]
    office.click(older, APPROVE, ANA, confirm=True, stale=older)
    assert "newer proposal" in office.whisper(ANA)


def test_details_are_posted_once_in_the_thread(office: Office) -> None:
    card = office.card()
    for _ in range(3):
        office.click(card, DETAILS, EVE)
    office.slack.people.wait_for(lambda w: len(w.whispers(EVE)) == 3)
    office.settle()
    details = [m for m in office.slack.workspace.messages(CHANNEL) if "Operations" in m["text"]]
    assert len(details) == 1
    assert "`b1`" in details[0]["text"]
    assert "revenue / spend" in details[0]["text"]


def test_when_a_whisper_cannot_be_delivered_the_thread_has_it(office: Office) -> None:
    card = office.card()
    office.slack.faults["chat.postEphemeral"] = [("error", "user_not_in_channel")]
    office.click(card, APPROVE, EVE, confirm=True)
    assert f"<@{EVE}>: You are not an approver" in office.bot(having="not an approver")["text"]


def test_the_platforms_refusal_is_shown_as_it_is_and_nothing_is_claimed_applied(office: Office) -> None:
    card = office.card()
    office.platform.put("b1", "210")  # somebody changed it meanwhile: 9
    office.click(card, APPROVE, ANA, confirm=True)
    assert "Nothing was written" in office.until(card, "no longer what the plan started from")["text"]
    assert office.platform.writes() == []


def test_feedback_is_kept_for_answers_this_channel_may_see(office: Office) -> None:
    account = office.asked.account
    kept: dict[str, tuple[str, Scope]] = {}
    for name, scope in (("ours", Scope((account,))), ("theirs", Scope((account, 999)))):
        said = an_answer(f"Spend of {name} was €1,234.50.")
        stored = StoredAnswer(said.id, "t", "spend?", "rules", said.to_json(), scope.account_ids, ANA, NOW, None)
        with write(office.engine) as session:
            answers.save(session, scope, stored)
        office.asked.reply = lambda _text, said=said: said  # type: ignore[misc]
        office.slack.people.mention(CHANNEL, ANA, "spend?")
        shown, kept[name] = office.bot(having=name), (said.id, scope)
        reply = office.slack.people.click(CHANNEL, shown["ts"], "answer_feedback:negative_button", ANA)
        assert reply.status == 200

    def feedback(name: str) -> str | None:
        answer_id, scope = kept[name]
        with read(office.engine) as session:
            found = answers.get(session, scope, answer_id)
        assert found is not None
        return found.feedback

    assert office.slack.people.wait_for(lambda _: feedback("ours")) == "bad"
    office.settle()
    assert feedback("theirs") is None


def test_an_unknown_form_is_refused_without_a_trace(office: Office) -> None:
    reply = office.slack.sender.send(urlencode({"payload": "{"}), content_type="application/x-www-form-urlencoded")
    assert reply.status >= 400
    assert "Traceback" not in reply.body
