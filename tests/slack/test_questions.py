"""Questions over signed HTTP: one answer in the thread, whatever Slack delivers and however often."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agent.state import Clarify
from app.slack.answers import render
from domain.errors import CannotAnswer
from domain.evidence import Chart, Table
from emulators.slack.events import envelope
from store.engine import write
from store.tables import Account
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, CHANNEL, Office, an_answer, fact, open_office


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def test_a_mention_is_answered_once_in_its_thread(office: Office) -> None:
    asked = office.slack.people.mention(CHANNEL, ANA, "what did we spend &amp; earn?")
    answer = office.bot(having="€1,234.50")
    office.settle()
    assert answer["thread_ts"] == asked["ts"]
    assert len(office.said()) == 1  # app_mention and message of one ts: one reply
    (question,) = office.asked.questions
    assert question == (f"slack:{CHANNEL}:{asked['ts']}", "what did we spend & earn?", (office.asked.account,), ANA)
    assert "Data through Google Ads 2026-03-03" in answer["text"]
    assert "answered without AI" in answer["text"]
    assert answer["unfurl_links"] is False
    assert office.slack.workspace.statuses[0]["thread_ts"] == asked["ts"]


def test_four_deliveries_of_one_event_are_one_reply(office: Office) -> None:
    message = office.slack.people._write(CHANNEL, ANA, "<@U0BUDGET0> spend?", None)
    body = json.dumps(envelope({**message, "type": "app_mention"}, "Ev1"))
    began = int(time.time())
    for number in range(4):
        at = began - number  # a retry is signed anew
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"} if number else None
        assert office.slack.sender.send(body, retry=retry, timestamp=at).status == 200
    office.bot(having="€1,234.50")
    office.settle()
    assert len(office.asked.questions) == len(office.said()) == 1


def test_a_direct_message_is_answered_in_its_thread(office: Office) -> None:
    asked = office.slack.people.dm(ANA, "spend?")
    assert office.bot(asked["channel"], having="€1,234.50")["thread_ts"] == asked["ts"]


def test_a_reply_without_a_mention_counts_only_where_the_bot_is_engaged(office: Office) -> None:
    people = office.slack.people
    stranger = people.say(CHANNEL, BEN, "lunch?")
    people.say(CHANNEL, ANA, "pizza", thread_ts=stranger["ts"])
    asked = people.mention(CHANNEL, ANA, "spend?")
    office.bot(thread_ts=asked["ts"], having="€1,234.50")
    office.settle()
    people.say(CHANNEL, ANA, "and by campaign", thread_ts=asked["ts"])
    people.wait_for(lambda _: len(office.asked.questions) == 2)
    assert [q[1] for q in office.asked.questions] == ["spend?", "and by campaign"]
    assert office.asked.questions[1][0] == office.asked.questions[0][0]


@pytest.mark.parametrize("extra", [{"bot_id": "B1"}, {"subtype": "message_changed"}])
def test_bots_and_edits_are_not_answered(office: Office, extra: dict[str, str]) -> None:
    message = office.slack.people._write(CHANNEL, ANA, "<@U0BUDGET0> spend?", None, **extra)
    assert office.slack.sender.event(message, "Ev9").status == 200
    office.settle()
    assert office.asked.questions == []


def _body(office: Office) -> str:
    message = office.slack.people._write(CHANNEL, ANA, "<@U0BUDGET0> spend?", None)
    return json.dumps(envelope({**message, "type": "app_mention"}, "Ev1"))


def test_a_bad_signature_and_an_old_request_are_refused(office: Office) -> None:
    body, sender = _body(office), office.slack.sender
    assert sender.send(body, signature="v0=" + "0" * 64).status == 401
    assert sender.send(body, timestamp=int(time.time()) - 6 * 60).status == 401
    assert office.asked.questions == []


def test_a_valid_replay_within_five_minutes_is_refused(office: Office) -> None:
    body, sender, at = _body(office), office.slack.sender, int(time.time()) - 60
    assert sender.send(body, timestamp=at).status == 200
    assert sender.send(body, timestamp=at).status == 401
    office.settle()
    assert len(office.asked.questions) == 1


def test_when_the_store_cannot_record_a_request_it_fails_closed(office: Office) -> None:
    with write(office.engine) as session:
        session.connection().exec_driver_sql("ALTER TABLE seen_events RENAME TO away")
    assert office.slack.sender.send(_body(office)).status == 503
    assert office.asked.questions == []


def test_an_unbound_channel_among_several_accounts_sees_nothing_and_says_what_to_do(office: Office) -> None:
    with write(office.engine) as session:
        session.add(
            Account(platform="meta", name="Other", currency="EUR", timezone="UTC", origin="file", created_at=NOW)
        )
    office.slack.people.mention(CHANNEL, ANA, "spend?")
    assert f"budgeteer channel bind {CHANNEL} --account NAME" in office.bot(having="cannot answer")["text"]
    assert office.asked.questions == []


def test_a_failure_is_a_human_line_without_a_trace_or_a_secret(office: Office) -> None:
    def fail(_text: str) -> None:
        raise RuntimeError("password=hunter2")

    office.asked.reply = fail  # type: ignore[assignment]
    office.slack.people.mention(CHANNEL, ANA, "spend?")
    said = office.bot(having="Something went wrong")
    assert "hunter2" not in json.dumps(said)
    assert "Nothing was changed" in said["text"]


def test_a_reasoned_refusal_is_shown_as_it_is(office: Office) -> None:
    def refuse(_text: str) -> None:
        raise CannotAnswer("the data start in 2024")

    office.asked.reply = refuse  # type: ignore[assignment]
    office.slack.people.mention(CHANNEL, ANA, "roas 2019?")
    assert "the data start in 2024" in office.bot(having="cannot answer")["text"]


@pytest.mark.parametrize("text", ["approve it", "yes, apply", "go ahead please", "Approve", "reject it"])
def test_typing_never_decides(office: Office, text: str) -> None:
    office.slack.people.mention(CHANNEL, ANA, text)
    office.bot(having="Only the buttons on the card count")
    assert office.asked.questions == []


def test_a_name_that_pings_everybody_pings_nobody(office: Office) -> None:
    office.asked.reply = lambda _: an_answer("Spend of <!channel> & <@U0BEN0000> was €1,234.50.")
    office.slack.people.mention(CHANNEL, ANA, "spend?")
    said = office.bot(having="€1,234.50")
    assert "<!" not in json.dumps(said["blocks"])
    assert "<@" not in said["text"] + json.dumps(said["blocks"])
    assert "&lt;!channel&gt; &amp; " in said["text"]


def test_many_figures_are_a_table_and_stand_in_the_plain_text_too(office: Office) -> None:
    rows = tuple((f"Campaign {n}", n * 1000, None if n == 3 else n / 3) for n in range(8))
    table = Table("Spend by campaign", ("Campaign", "Spend", "ROAS"), rows)
    office.asked.reply = lambda _: an_answer("By campaign:", tables=(table,))
    office.slack.people.mention(CHANNEL, ANA, "by campaign?")
    said = office.bot(having="By campaign:")
    block = next(b for b in said["blocks"] if b["type"] == "table")
    assert [cell["text"] for cell in block["rows"][4]] == ["Campaign 3", "3,000", "unknown"]
    assert "Campaign 7 | 7,000 | 2.33" in said["text"]
    assert block["column_settings"][1] == {"align": "right"}


def test_a_table_shows_its_cells_as_a_person_reads_them() -> None:
    rows, shown = (("Brand", 1200.0), ("Search", 4.5)) * 2, (("Brand", "€1,200.00"), ("Search", "€4.50")) * 2
    answer = an_answer(tables=(Table("Spend", ("Campaign", "Spend"), rows, shown=shown),))
    text, blocks = render(answer)
    assert "Search | €4.50" in text
    assert "€1,200.00" in json.dumps(blocks, ensure_ascii=False)


@pytest.mark.parametrize("figures", [3, 4])
def test_only_more_than_three_figures_become_a_table(figures: int) -> None:
    facts = tuple(fact(f"{n}.5", n=n) for n in range(1, figures + 1))
    table = Table("Spend", ("Campaign", "Spend"), tuple((f"C{n}", n + 0.5) for n in range(figures)))
    for tables in ((), (table,)):
        _, blocks = render(an_answer("Said in full.", facts=facts, tables=tables))
        assert [b["type"] for b in blocks].count("table") == (1 if tables and figures > 3 else 0)


def test_what_does_not_fit_beside_the_first_table_is_named() -> None:
    large = Table("Spend by day", ("Day", "Spend"), tuple((f"day {n}", n) for n in range(300)))
    second = Table("Clicks", ("Day", "Clicks"), tuple((f"day {n}", n) for n in range(5)))
    _, blocks = render(an_answer(tables=(large, second)))
    kept = next(len(b["rows"]) - 1 for b in blocks if b["type"] == "table")
    said = json.dumps(blocks)
    assert 0 < kept < 300
    assert f"{300 - kept} more rows did not fit" in said
    assert "by itself: Clicks" in said


def test_a_chart_follows_as_a_picture_with_words_for_it(office: Office) -> None:
    office.asked.reply = lambda _: an_answer(charts=(Chart("Spend", b"\x89PNG-bytes", "Spend rose in May"),))
    asked = office.slack.people.mention(CHANNEL, ANA, "trend?")
    files = office.slack.people.wait_for(lambda w: [m for m in w.messages(CHANNEL) if m.get("files")])
    assert files[0]["thread_ts"] == asked["ts"]
    assert files[0]["files"][0]["alt_txt"] == "Spend rose in May"
    (stored,) = office.slack.workspace.files.values()
    assert stored["data"] == b"\x89PNG-bytes"


def test_a_question_back_lists_its_choices(office: Office) -> None:
    clarify = Clarify("Which one?", ("Search DE", "Search <FR>"))
    office.asked.reply = lambda _: an_answer("Which one?", facts=(), clarify=clarify)
    office.slack.people.mention(CHANNEL, ANA, "spend of search?")
    said = office.bot(having="Which one?")
    assert "- Search DE" in said["text"]
    assert "• Search &lt;FR&gt;" in json.dumps(said["blocks"], ensure_ascii=False)
