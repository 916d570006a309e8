"""Queueing what Slack is to show. The notifier delivers; nothing here talks to Slack."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from agent.state import Answer
from app.slack import answers
from app.slack.blocks import Block
from store import outbox

HOME_EVERY_S = 2  # whatever moves meanwhile is on the next one


def answer(session: Session, key: str, channel: str, thread_ts: str, said: Answer, now: datetime) -> bool:
    """One final message for an answer, and its charts below it; False where ``key`` was answered before."""
    text, blocks = answers.render(said)
    if not _put(session, key, "answer", channel, thread_ts, {"text": text, "blocks": blocks}, now):
        return False
    for i, chart in enumerate(answers.charts(said)):
        _put(session, f"{key}:chart{i}", "chart", channel, thread_ts, chart, now)
    return True


def message(
    session: Session, key: str, channel: str, thread_ts: str | None, text: str, blocks: list[Block], now: datetime
) -> None:
    """A rendered message."""
    _put(session, key, "answer", channel, thread_ts, {"text": text, "blocks": blocks}, now)


def notice(session: Session, key: str, channel: str, thread_ts: str | None, text: str, now: datetime) -> None:
    """A line of plain text, shown literally."""
    _put(session, key, "notice", channel, thread_ts, {"text": text}, now)


def card(session: Session, approval_id: str, channel: str, thread_ts: str | None, now: datetime) -> None:
    """Post an approval's card, once. It is drawn from the store when it is sent."""
    _put(session, f"card:{approval_id}", "card", channel, thread_ts, {"approval_id": approval_id}, now)


def redraw(
    session: Session, approval_id: str, channel: str, now: datetime, *, not_before: datetime | None = None
) -> str:
    """Bring a posted card in line with the store as it is when this is sent; the message's key."""
    key = f"card:{approval_id}:{uuid.uuid4().hex}"
    outbox.put(
        session, dedupe_key=key, kind="card_update", channel=channel, payload={"approval_id": approval_id}, now=now,
        not_before=not_before,
    )  # fmt: skip
    return key


def chart(session: Session, key: str, channel: str, thread_ts: str, drawn: dict[str, Any], now: datetime) -> None:
    """A picture in a thread."""
    _put(session, key, "chart", channel, thread_ts, drawn, now)


def home(session: Session, user: str, key: str, now: datetime) -> None:
    """Draw a person's page on the home tab. It is drawn from the store when it is sent."""
    _put(session, key, "home", user, None, {}, now)


def file_drop(session: Session, drop_id: str, channel: str, thread_ts: str, now: datetime) -> None:
    """Bring a dropped file's message in line with the store. It is drawn when it is sent."""
    key = f"file:{drop_id}:{uuid.uuid4().hex}"
    _put(session, key, "file_drop", channel, thread_ts, {"drop_id": drop_id}, now)


def homes(session: Session, users: Iterable[str], now: datetime) -> None:
    """Draw the pages of those of ``users`` who ever opened theirs, once in ``HOME_EVERY_S`` at most."""
    opened = outbox.channels_of(session, "home", sorted(set(users)))
    slot = int(datetime.now(UTC).timestamp() // HOME_EVERY_S) + 1
    due = datetime.fromtimestamp(slot * HOME_EVERY_S, UTC)
    for user in opened:
        outbox.put(
            session, dedupe_key=f"home:{user}:{slot}", kind="home", channel=user, payload={}, now=now, not_before=due
        )  # fmt: skip


def _put(
    session: Session, key: str, kind: str, channel: str, thread_ts: str | None, payload: dict[str, Any], now: datetime
) -> bool:
    return outbox.put(
        session, dedupe_key=key, kind=kind, channel=channel, payload=payload, thread_ts=thread_ts, now=now
    )
