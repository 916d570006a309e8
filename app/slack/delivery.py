"""Sending one row of the outbox: what each kind becomes on Slack, and what to do when Slack says no."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy import Engine

from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.cards import card
from app.slack.reasons import Uses
from domain.scope import Scope
from store import approvals
from store.budget_use import budget_uses
from store.engine import read, write
from store.outbox import Row

METADATA_EVENT = "budgeteer_message"
_BLOCK_ERRORS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"})
_TRANSIENT = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row did not arrive. ``retry_after`` in seconds, None for never.

    ``certain``: nothing can have landed (Slack refused it), so that the next try needs no look first.
    """

    error: str
    retry_after: float | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends rows. ``client`` must not retry by itself: a retried post may double."""

    engine: Engine
    client: WebClient
    now: Callable[[], datetime]

    def send(self, row: Row) -> str | Failure | None:
        """The message's ts (None where nothing had to be posted), or why it failed."""
        try:
            return _KINDS[row.kind](self, row)
        except SlackApiError as error:
            return _refusal(error, row.attempts)
        except (SlackClientError, OSError) as error:
            return Failure(type(error).__name__, _backoff(row.attempts), certain=False)

    def post(self, row: Row, text: str, blocks: list[Block]) -> str:
        """Post once: after a try whose end is unknown, first look whether the message is there already."""
        if row.attempts > 1 and (there := self._find(row, lambda m: _key(m) == row.dedupe_key)):
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
        return str(_with_fallback(self.client.chat_postMessage, args, text, blocks)["ts"])

    def _find(self, row: Row, matches: Callable[[dict[str, Any]], bool]) -> str | None:
        """The ts of a message of ours that an earlier try left behind."""
        try:
            if row.thread_ts:
                found = self.client.conversations_replies(
                    channel=row.channel, ts=row.thread_ts, include_all_metadata=True, limit=200
                )
            else:
                found = self.client.conversations_history(channel=row.channel, include_all_metadata=True, limit=100)
        except SlackApiError as error:
            if error.response.status_code == 429:
                raise
            return None  # without the right to look, a double is better than silence
        return next((m["ts"] for m in found["messages"] if matches(m)), None)


def _send_message(delivery: Delivery, row: Row) -> str:
    return delivery.post(row, row.payload["text"], row.payload["blocks"])


def _send_notice(delivery: Delivery, row: Row) -> str:
    text = bk.prose(row.payload["text"])
    return delivery.post(row, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))


def _send_card(delivery: Delivery, row: Row) -> str | None:
    approval_id = row.payload["approval_id"]
    with read(delivery.engine) as session:
        view = approvals.view(session, approval_id)
    if view.approval.message_ts is not None:
        return _update_card(delivery, row)
    ts = delivery.post(row, *card(view, delivery.now(), uses=uses_of(delivery.engine, view, delivery.now())))
    with write(delivery.engine) as session:
        approvals.set_card(session, approval_id, row.channel, ts)
    with read(delivery.engine) as session:
        moved = approvals.view(session, approval_id).approval.status is not view.approval.status
    return _update_card(delivery, row) if moved else ts  # it moved while its card was being posted


def _update_card(delivery: Delivery, row: Row) -> str | None:
    with read(delivery.engine) as session:
        view = approvals.view(session, row.payload["approval_id"])
    return redraw(delivery.engine, delivery.client, view, delivery.now())


def uses_of(engine: Engine, view: approvals.ApprovalView, now: datetime) -> Uses:
    """How the budgets of a plan run, by entity."""
    today = now.astimezone(ZoneInfo(view.account.timezone)).date()
    entities = [c.entity for c in view.recommendation.changes]
    with read(engine) as session:
        return budget_uses(session, Scope((view.account.id,)), view.account.id, entities, today)


def redraw(engine: Engine, client: WebClient, view: approvals.ApprovalView, now: datetime) -> str | None:
    """Update a posted card to what ``view`` says; None where it was never posted."""
    channel, ts = view.approval.channel, view.approval.message_ts
    if channel is None or ts is None:
        return None
    text, blocks = card(view, now, uses=uses_of(engine, view, now) if view.approval.status == "pending" else {})
    _with_fallback(client.chat_update, {"channel": channel, "ts": ts, "text": text}, text, blocks)
    return ts


def _send_chart(delivery: Delivery, row: Row) -> str | None:
    name = f"chart-{row.id}.png"
    sent_before = row.attempts > 1 and delivery._find(
        row, lambda m: name in [f.get("name") for f in m.get("files", [])]
    )
    if not sent_before:
        delivery.client.files_upload_v2(
            filename=name,
            content=base64.b64decode(row.payload["png"]),
            title=bk.clean(row.payload["title"]),
            alt_txt=bk.clean(row.payload["alt"], 1_000),
            channel=row.channel,
            thread_ts=row.thread_ts,
        )
    return None


_KINDS: dict[str, Callable[[Delivery, Row], str | None]] = {
    "answer": _send_message,
    "notice": _send_notice,
    "card": _send_card,
    "card_update": _update_card,
    "chart": _send_chart,
}


def _with_fallback(call: Callable[..., Any], args: dict[str, Any], text: str, blocks: list[Block]) -> Any:
    """Send with blocks; where Slack does not take them, the same facts as plain text with the same buttons."""
    try:
        return call(**args, blocks=blocks)
    except SlackApiError as error:
        if error.response.get("error") not in _BLOCK_ERRORS:
            raise
        buttons = [block for block in blocks if block["type"] == "actions"]
        return call(**args, blocks=bk.fit([*bk.paragraphs(text), *buttons], keep_last=len(buttons)))


def _refusal(error: SlackApiError, attempts: int) -> Failure:
    response = error.response
    name = str(response.get("error") if isinstance(response.data, dict) else f"http_{response.status_code}")
    if response.status_code == 429:
        return Failure("ratelimited", float(response.headers.get("Retry-After") or 1), certain=True)
    if response.status_code >= 500 or name in _TRANSIENT:
        return Failure(name, _backoff(attempts), certain=False)
    return Failure(name, None, certain=True)


def _backoff(attempts: int) -> float | None:
    """2 s, 4 s ... 5 min; given up after about an hour."""
    return min(300.0, 2.0**attempts) if attempts < 18 else None


def _key(message: dict[str, Any]) -> str | None:
    key: str | None = message.get("metadata", {}).get("event_payload", {}).get("key")
    return key
