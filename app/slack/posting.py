"""One message onto Slack: posted once, also where the end of an earlier try is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine

from app.slack import home
from app.slack.blocks import Block
from app.slack.refused import with_fallback
from domain.policy import Limits
from store import outbox
from store.engine import read, write
from store.outbox import Row

METADATA_EVENT = "budgeteer_message"


@dataclass(frozen=True, slots=True)
class Posting:
    """Posts for one row at a time. ``client`` must not retry by itself: a retried post may double."""

    engine: Engine
    client: WebClient
    now: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)
    cannot: home.Cannot | None = None

    def post(self, row: Row, text: str, blocks: list[Block], *, broadcast: bool = False) -> str:
        """Post once: after a try whose end is unknown, first look whether the message is there already.

        A reply with ``broadcast`` shows in the channel as well.
        """
        if row.attempts > 1 and (there := self.find(row, lambda m: _key(m) == row.dedupe_key)):
            self._landed(row, self._conversation(row))
            return there
        args: dict[str, Any] = {
            "channel": row.channel,
            "text": text,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": METADATA_EVENT, "event_payload": {"key": row.dedupe_key}},
        }
        if row.thread_ts:
            args["thread_ts"] = row.thread_ts
        if row.thread_ts and broadcast:
            args["reply_broadcast"] = True
        answer = with_fallback(self.client.chat_postMessage, args, text, blocks)
        self._landed(row, str(answer["channel"]))
        return str(answer["ts"])

    def find(self, row: Row, matches: Callable[[dict[str, Any]], bool]) -> str | None:
        """The ts of a message of ours that an earlier try left behind."""
        channel = self._conversation(row)
        if channel is None:
            return None
        try:
            if row.thread_ts:
                found = self.client.conversations_replies(
                    channel=channel, ts=row.thread_ts, include_all_metadata=True, limit=200
                )
            else:
                found = self.client.conversations_history(channel=channel, include_all_metadata=True, limit=100)
        except SlackApiError as error:
            if error.response.status_code == 429:
                raise
            return None  # without the right to look, a double is better than silence
        return next((m["ts"] for m in found["messages"] if matches(m)), None)

    def _landed(self, row: Row, conversation: str | None) -> None:
        """Keep where a message to a person stands."""
        if is_person(row.channel) and conversation is not None:
            with write(self.engine) as session:
                outbox.landed(session, row.id, conversation)

    def _conversation(self, row: Row) -> str | None:
        """Where a row's message is looked for; None for a person whom nothing was ever posted to."""
        if not is_person(row.channel):
            return row.channel
        with read(self.engine) as session:
            return outbox.direct_of(session, row.channel)


def is_person(channel: str) -> bool:
    """Whether a row is addressed to a person: Slack takes that where something is posted, and nowhere else."""
    return channel[:1] in "UW"


def _key(message: dict[str, Any]) -> str | None:
    key: str | None = message.get("metadata", {}).get("event_payload", {}).get("key")
    return key
