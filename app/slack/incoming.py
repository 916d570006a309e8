"""What may come in: each delivery once, nothing replayed, nothing from bots, and only where the bot is spoken to."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_bolt.middleware import Middleware
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from store import deliveries, inbox, outbox
from store.engine import write

log = logging.getLogger("budgeteer.slack")
MAX_CHARACTERS = 4_000


KEY = "inbox_key"  # where a request carries the name of what it left in the inbox
PATIENCE_MS = 1_500  # Slack waits three seconds in all
ENVELOPE = "x-budgeteer-envelope"  # set by app.slack.socket_mode, and read from nowhere else


class ReplayGuard(Middleware):  # type: ignore[misc]
    """Takes a delivery once, and keeps what is to be done in the same transaction.

    Over HTTP a delivery is known by its signature, and refused where that was taken before. In Socket Mode nothing is
    signed: it is known by its envelope, and acknowledged again where that was taken before, since the first
    acknowledgement was lost. What is acknowledged is therefore in the inbox; but what ``again`` names is answered in
    the acknowledgement itself, and goes to its listener once more, which repeats that answer. Where the store cannot
    say in time, the request fails: nothing is done twice because a database was away, and Slack sends an event again.
    """

    def __init__(
        self, engine: Engine, keep: Keep, again: Callable[[Mapping[str, Any]], bool] = lambda _body: False
    ) -> None:
        self._engine, self._keep, self._again = engine, keep, again

    def process(self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002
        now, over_a_socket = datetime.now(UTC), req.mode == "socket_mode"
        name, header = ("envelope", ENVELOPE) if over_a_socket else ("signature", "x-slack-signature")
        delivery = f"{name}:{req.headers.get(header, [''])[0]}"
        try:
            with write(self._engine, patience_ms=PATIENCE_MS) as session:
                fresh = deliveries.first_time(session, [delivery], now)
                kept = self._keep(session, req.body) if fresh else None
                if kept is not None and inbox.put(session, kept.key, kept.kind, kept.payload, now):
                    req.context[KEY] = kept.key
        except SQLAlchemyError as error:
            log.error("a request was not taken, the store is away: %s", type(error).__name__)
            return BoltResponse(status=503, body={"error": "try again"})
        if fresh or (over_a_socket and self._again(req.body)):
            return next()
        return (
            BoltResponse(status=200, body="")
            if over_a_socket
            else BoltResponse(status=401, body={"error": "replayed request"})
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a request goes into the inbox. ``key`` is the same however often Slack delivers it."""

    key: str
    kind: str
    payload: dict[str, Any]


Keep = Callable[[Session, Mapping[str, Any]], Kept | None]


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


def question(session: Session, event: Mapping[str, Any], bot_user: str) -> Question | None:
    """The question in an event, or None where it is not for the bot."""
    text, user = event.get("text") or "", event.get("user")
    if not user or not text.strip() or event.get("bot_id") or event.get("subtype") or user == bot_user:
        return None
    channel, ts = event["channel"], event["ts"]
    direct = event.get("channel_type") == "im"
    addressed = event["type"] == "app_mention" or f"<@{bot_user}>" in text or direct
    if not addressed and not _engaged(session, channel, event.get("thread_ts")):
        return None
    asked = _words(text, bot_user)
    return Question(channel, ts, event.get("thread_ts") or ts, user, asked, direct)


def asks_to_approve(text: str) -> bool:
    """Whether the whole message is a decision: ``approve it``, ``yes, apply``, ``go ahead``.

    A question that only holds such a word, as a campaign's name does, is a question.
    """
    return _DECIDES.fullmatch(text.strip(" .!\n")) is not None


_DECIDES = re.compile(
    r"(?:(?:yes|ok|okay|sure|please|pls|i|we|you can|just|now)[\s,]+)*"
    r"(?:approved?|apply|confirm(?:ed)?|reject(?:ed)?|go ahead|do it|ship it|lgtm)"
    r"(?:[\s,]+(?:it|this|that|them|all|both|everything|now|please|pls|the|change|changes|card|plan|budget|"
    r"proposal|recommendation|and))*",
    re.IGNORECASE,
)


def _engaged(session: Session, channel: str, thread_ts: str | None) -> bool:
    return thread_ts is not None and outbox.engaged(session, channel, thread_ts)


def _words(text: str, bot_user: str) -> str:
    """The person's words: no mention of the bot, links and entities as typed, capped."""
    text = text.replace(f"<@{bot_user}>", " ")
    text = re.sub(r"<(?:https?|mailto|tel):[^|>]*\|([^>]*)>", r"\1", text)
    return html.unescape(re.sub(r"\s+", " ", text)).strip()[:MAX_CHARACTERS]
