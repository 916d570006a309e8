"""A digest as Slack shows it: verdict, figures, decisions with their buttons, then what else there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.incoming import Question
from store import outbox

ASK, OPEN = "digest_ask", "digest_open"
LONGEST_NUMBER = 4  # of a decision, which are three at most: what is longer was typed by somebody else
HEADINGS = {
    "decide": "For you to decide",
    "shortened": "Shortened to fit a Slack message; budgeteer digest has the rest.",
    "more rows": "More rows are left out.",
}
"""Of digests that were queued before they said their own."""


def render(key: str, said: Mapping[str, Any], links: Mapping[str, str]) -> tuple[str, list[Block]]:
    """The plain text with all facts, and the blocks. ``links`` are addresses of cards by approval. Pure."""
    verdict, around = bk.prose(said["verdict"]), said.get("headings", HEADINGS)
    head = [bk.section(f"*{verdict}*"), *bk.fields([(bk.data(k), bk.data(v, bk.FIELD)) for k, v in said["figures"]])]
    small = [*said["caveats"], said["small_print"]]
    last = [bk.context(*[bk.prose(line) for line in small])]
    blocks = [
        *head,
        *_decided(key, said["decisions"], links, around["decide"]),
        *_tabled(said["board"], around["more rows"]),
        *_sections(said["sections"]),
    ]
    return _plain(said), bk.fit([*blocks, *last], keep_first=len(head), keep_last=1, rest=around["shortened"])


def approvals_in(said: Mapping[str, Any]) -> list[str]:
    """The approvals whose cards the decisions open."""
    return [d["approval_id"] for d in said["decisions"] if d["approval_id"]]


def question(session: Session, body: Mapping[str, Any]) -> Question | None:
    """What a decision's button asks, from what was posted: the button carries a name only. None where it names nothing.

    The question is asked in the digest's own thread by whoever pressed.
    """
    channel, message = body["channel"]["id"], body["message"]
    key, _, number = str(body["actions"][0]["value"]).rpartition("#")
    found = outbox.posted(session, channel, key)
    if found is None or not (number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER):
        return None
    if found.message_ts not in (None, message["ts"]):  # None: pressed in the moment in which it was posted
        return None
    decided = found.payload.get("decisions", [])
    asked = decided[int(number)]["question"] if int(number) < len(decided) else None
    if asked is None:
        return None
    ts = f"{message['ts']}:{body['trigger_id']}"
    return Question(channel, ts, message["ts"], body["user"]["id"], asked, channel.startswith("D"))


def _decided(key: str, decisions: list[dict[str, Any]], links: Mapping[str, str], heading: str) -> list[Block]:
    """Each decision, and below it its button."""
    blocks: list[Block] = [bk.section(f"*{heading}*")] if decisions else []
    for number, one in enumerate(decisions):
        blocks.append(bk.section(f"• {bk.prose(one['said'])}"))
        if one["question"] is not None:
            blocks.append(bk.actions(bk.button(one["button"], ASK, f"{key}#{number}")))
        elif one["approval_id"] in links:
            blocks.append(bk.actions(bk.link(one["button"], OPEN, links[one["approval_id"]])))
    return blocks


def _tabled(board: Mapping[str, Any] | None, more: str) -> list[Block]:
    if board is None:
        return []
    rows, columns = board["rows"], board["columns"]
    drawn = bk.table(columns, rows, [False, *[True] * (len(columns) - 1)])
    left_out = board["truncated"] or len(drawn["rows"]) <= len(rows)
    return [bk.context(bk.data(board["title"])), drawn, *([bk.context(more)] if left_out else [])]


def _sections(sections: list[list[Any]]) -> list[Block]:
    return [
        block
        for heading, lines in sections
        for block in bk.paragraphs("\n".join([f"*{bk.data(heading)}*", *(f"• {bk.prose(line)}" for line in lines)]))
    ]


def _plain(said: Mapping[str, Any]) -> str:
    lines = [said["verdict"], *(f"{label}: {words}" for label, words in said["figures"])]
    lines += (
        [said.get("headings", HEADINGS)["decide"], *(f"- {d['said']}" for d in said["decisions"])]
        if said["decisions"]
        else []
    )
    for heading, words in said["sections"]:
        lines += [heading, *(f"- {line}" for line in words)]
    if (board := said["board"]) is not None:
        lines += [" | ".join(row) for row in [board["columns"], *board["rows"]]]
    return bk.clip(bk.prose("\n".join([*lines, *said["caveats"], said["small_print"]])), bk.MAX_TEXT)
