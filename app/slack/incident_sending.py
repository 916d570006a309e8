"""An incident on Slack: its one message in a channel or with a person, redrawn as the store is now, and its news."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.slack import alerts
from app.slack import blocks as bk
from app.slack.posting import Posting
from app.slack.refused import Failure, with_fallback
from store import incident_news, outbox
from store.engine import read
from store.outbox import Row


@dataclass(frozen=True, slots=True)
class Parent:
    """A posted message. ``channel`` is the conversation it stands in, also where it went to a person."""

    channel: str
    ts: str


def send_incident(posting: Posting, row: Row) -> str | None:
    """An incident's one message in a channel, drawn as the store is now."""
    drawn = alerts.drawn(posting.engine, row.payload["incident_id"], row.channel)
    return None if drawn is None else posting.post(row, *drawn)


def update_incident(posting: Posting, row: Row) -> str | Failure | None:
    """Bring it in line with the store."""
    parent = _incidents_message(posting, row)
    drawn = alerts.drawn(posting.engine, row.payload["incident_id"], row.channel)
    if not isinstance(parent, Parent) or drawn is None:
        return parent.ts if isinstance(parent, Parent) else parent
    args = {"channel": parent.channel, "ts": parent.ts, "text": drawn[0]}
    with_fallback(posting.client.chat_update, args, *drawn)
    return parent.ts


def send_news(posting: Posting, row: Row) -> str | Failure | None:
    """One event, in the thread of the incident's message."""
    parent = _incidents_message(posting, row)
    if not isinstance(parent, Parent):
        return parent
    text = alerts.told(posting.engine, row.payload["incident_id"], row.payload["event_id"])
    if text is None:
        return None
    there = replace(row, channel=parent.channel, thread_ts=parent.ts)
    blocks = bk.fit(bk.paragraphs(text))
    return posting.post(there, bk.clip(text, bk.MAX_TEXT), blocks, broadcast=bool(row.payload["tell"]))


def _incidents_message(posting: Posting, row: Row) -> Parent | Failure | None:
    """The message that a row belongs to; None where it never arrived."""
    return parent_of(posting, row.channel, incident_news.key(row.payload["incident_id"], row.channel))


def parent_of(posting: Posting, channel: str, key: str) -> Parent | Failure | None:
    """The message that was put under ``key``: a failure while it is under way, None where it never arrived."""
    with read(posting.engine) as session:
        parent = outbox.posted(session, channel, key)
    if parent is None or parent.error is not None:
        return None
    if parent.message_ts is None:
        return Failure("waits for the message it belongs to", 1.0, certain=True)
    return Parent(parent.landed_in or channel, parent.message_ts)
