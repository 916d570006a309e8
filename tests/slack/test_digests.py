"""A digest in Slack: one message within the limits, its chart below it, its buttons asking in its thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.slack import digests
from emulators.slack.validate import check_message
from scheduler.digests import post
from store import bindings
from store.engine import write
from tests.activation.world import NOW
from tests.slack.office import ANA, CHANNEL, Office, open_office


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        with write(sqlite_engine) as session:
            bindings.bind(session, CHANNEL, [opened.asked.account])
        yield opened


def test_it_is_one_message_with_its_chart_in_its_thread_and_comes_once(office: Office) -> None:
    for _ in range(3):
        post(office.engine, CHANNEL, NOW.date(), now=NOW, timezone="UTC")
    said = office.bot(having="Tuesday, 2026-03-03")
    office.settle()
    assert len([m for m in office.slack.workspace.messages(CHANNEL) if "2026-03-03: spend" in m["text"]]) == 1
    replies = office.slack.workspace.messages(CHANNEL, said["ts"])
    assert not any(m.get("files") for m in replies)  # a week of data: too little for a chart of four


def test_a_decision_about_a_card_links_to_the_card(office: Office) -> None:
    card = office.card()
    post(office.engine, CHANNEL, NOW.date(), now=NOW, timezone="UTC")
    said = office.bot(having="Something needs you")
    buttons = [e for b in said["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert [b["url"].endswith(f"/p{card['ts'].replace('.', '')}") for b in buttons] == [True]
    assert not any("approve" in b["action_id"] for b in buttons)  # a digest approves nothing


def test_a_button_asks_its_question_in_the_digests_thread_and_only_what_was_posted(office: Office) -> None:
    late = NOW.replace(day=11)
    post(office.engine, CHANNEL, late.date(), now=late, timezone="UTC")
    said = office.bot(having="went silent")
    office.click(said, digests.ASK, ANA)
    answer = office.bot(thread_ts=said["ts"], having="€1,234.50")
    assert answer["thread_ts"] == said["ts"]
    office.click(said, digests.ASK, ANA, value="digest:C0OTHER:2026-03-11#0")
    office.click(said, digests.ASK, ANA, value=f"digest:{CHANNEL}:2026-03-11#7")
    for tampered in ("²", "9" * 5000, "-1", ""):
        office.click(said, digests.ASK, ANA, value=f"digest:{CHANNEL}:2026-03-11#{tampered}")
    office.settle()
    assert [q for _, q, _, _ in office.asked.questions] == ["how fresh are the data"]


def test_names_from_the_data_ping_nobody_and_a_long_digest_fits() -> None:
    names = [f"<!channel> *{n}*" for n in range(60)]
    said = {
        "verdict": f"Friday: spend $1.00 {names[0]}.",
        "figures": [["Spend", "$1.00"]],
        "sections": [["What I cannot see", names * 4]],
        "decisions": [{"kind": "silent", "said": names[1], "button": "Ask", "question": "spend", "approval_id": None}],
        "board": {"title": "By account", "columns": ["Account", "Spend"], "rows": [[n, "$1"] for n in names],
                  "truncated": True},
        "caveats": [names[2]],
        "small_print": "data through Meta 2026-03-03",
    }  # fmt: skip
    text, blocks = digests.render("digest:C1:2026-03-04", said, {})
    check_message(text, blocks)
    assert "<!channel>" not in text
    assert "<!channel>" not in str([b for b in blocks if b["type"] != "table"])
    assert any(b["type"] == "actions" for b in blocks)
    assert blocks[-1]["type"] == "context"
