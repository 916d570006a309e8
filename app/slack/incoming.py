"""What may come in: each delivery once, nothing replayed, nothing from bots, and only where the bot is spoken to."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_bolt.middleware import Middleware
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy import Engine

from store import deliveries, outbox
from store.engine import read, write

MAX_CHARACTERS = 4_000


class ReplayGuard(Middleware):  # type: ignore[misc]
    """Refuses a request whose signature was taken before. Runs after the SDK's check, which looks at the age only.

    Where the store cannot say, the request fails: nothing is done twice because a database was away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def process(self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002
        signature = req.headers.get("x-slack-signature", [""])[0]
        with write(self._engine) as session:
            fresh = deliveries.first_time(session, [f"signature:{signature}"], datetime.now(UTC))
        return next() if fresh else BoltResponse(status=401, body={"error": "replayed request"})


@dataclass(frozen=True, slots=True)
class Question:
    """A message to the bot. ``thread_ts`` is where the answer goes: always a thread."""

    channel: str
    ts: str
    thread_ts: str
    user: str
    text: str
    direct: bool

    @property
    def thread(self) -> str:
        """The conversation's name in the agent."""
        return f"slack:{self.channel}:{self.thread_ts}"


def question(event: Mapping[str, Any], bot_user: str, engine: Engine) -> Question | None:
    """The question in an event, or None where it is not for the bot."""
    text, user = event.get("text") or "", event.get("user")
    if not user or not text.strip() or event.get("bot_id") or event.get("subtype") or user == bot_user:
        return None
    channel, ts = event["channel"], event["ts"]
    direct = event.get("channel_type") == "im"
    addressed = event["type"] == "app_mention" or f"<@{bot_user}>" in text or direct
    if not addressed and not _engaged(engine, channel, event.get("thread_ts")):
        return None
    asked = _words(text, bot_user)
    return Question(channel, ts, event.get("thread_ts") or ts, user, asked, direct)


def is_new(engine: Engine, event_id: str, asked: Question) -> bool:
    """True for one delivery of one message, whatever it is called and however often it comes."""
    keys = [f"event:{event_id}", f"message:{asked.channel}:{asked.ts}"]
    with write(engine) as session:
        return deliveries.first_time(session, keys, datetime.now(UTC))


def is_new_interaction(engine: Engine, body: Mapping[str, Any]) -> bool:
    """True for one delivery of one click or submission."""
    with write(engine) as session:
        return deliveries.first_time(session, [f"trigger:{body['trigger_id']}"], datetime.now(UTC))


def asks_to_approve(text: str) -> bool:
    """Whether a short message tries to decide by typing: ``approve it``, ``yes, apply``, ``go ahead``."""
    return len(text.split()) <= 6 and bool(_APPROVES.search(text)) and "?" not in text


_APPROVES = re.compile(r"\b(approved?|apply|confirm(ed)?|reject(ed)?|go ahead|do it|ship it|lgtm)\b", re.IGNORECASE)


def _engaged(engine: Engine, channel: str, thread_ts: str | None) -> bool:
    if thread_ts is None:
        return False
    with read(engine) as session:
        return outbox.engaged(session, channel, thread_ts)


def _words(text: str, bot_user: str) -> str:
    """The person's words: no mention of the bot, links and entities as typed, capped."""
    text = text.replace(f"<@{bot_user}>", " ")
    text = re.sub(r"<(?:https?|mailto|tel):[^|>]*\|([^>]*)>", r"\1", text)
    return html.unescape(re.sub(r"\s+", " ", text)).strip()[:MAX_CHARACTERS]
