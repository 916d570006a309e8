"""Sending one row of the outbox: what each kind becomes on Slack, and what to do when Slack says no."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy import Engine

from app.slack import (
    alerts,
    beside,
    digests,
    file_cards,
    home,
    label_cards,
    links,
    outgoing,
    promise_sending,
    reminders,
)
from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.cards import card
from app.slack.clients import posting_client
from app.slack.deps import SlackDeps
from app.slack.outcome import outcome_lines, status_line
from app.slack.plan_words import Known
from app.slack.reasons import Uses
from domain.policy import Limits
from domain.scope import Scope
from store import approvals, file_drops, incident_news, outbox, promising
from store.budget_use import budget_uses
from store.engine import read, write
from store.outbox import Row

log = logging.getLogger("budgeteer.slack")
METADATA_EVENT = "budgeteer_message"
_BLOCK_ERRORS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"})
_TRANSIENT = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
NO_ENTRY = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required",
     "ekm_access_denied", "missing_scope", "no_permission", "team_access_not_granted"}
)  # fmt: skip
NO_ENTRY_RETRY_S = 60.0  # somebody has to mend the app's entry; the messages wait for that, however long it takes
MOVES = 3  # redraws in a row of one card
AT_ONCE_S = 3


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
    limits: Limits = field(default_factory=Limits)
    cannot: home.Cannot | None = None

    def send(self, row: Row) -> str | Failure | None:
        """The message's ts (None where nothing had to be posted), or why it failed."""
        try:
            return _KINDS[row.kind](self, row)
        except SlackApiError as error:
            return _refusal(error, row.attempts)
        except (SlackClientError, OSError) as error:
            return Failure(type(error).__name__, _backoff(row.attempts), certain=False)

    def post(self, row: Row, text: str, blocks: list[Block], *, broadcast: bool = False) -> str:
        """Post once: after a try whose end is unknown, first look whether the message is there already.

        A reply with ``broadcast`` shows in the channel as well.
        """
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
        if row.thread_ts and broadcast:
            args["reply_broadcast"] = True
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
    _refresh_homes(delivery.engine, view, delivery.now())
    ts = delivery.post(row, *_drawn(delivery.engine, delivery.client, view, delivery.now()))
    with write(delivery.engine) as session:
        approvals.set_card(session, approval_id, row.channel, ts, row.thread_ts)
        for older in approvals.replaced_by(session, approval_id):  # now there is a card to link to
            outgoing.redraw(session, older, row.channel, delivery.now())
    with read(delivery.engine) as session:
        moved = approvals.view(session, approval_id).approval.status is not view.approval.status
    return _update_card(delivery, row) if moved else ts  # it moved while its card was being posted


def _update_card(delivery: Delivery, row: Row) -> str | None:
    return redraw(delivery.engine, delivery.client, row.payload["approval_id"], delivery.now())


def _send_outcome(delivery: Delivery, row: Row) -> str | None:
    """What became of an approval, in its card's thread; nothing where it went on meanwhile and will say so itself."""
    with read(delivery.engine) as session:
        view = approvals.view(session, row.payload["approval_id"])
    if view.approval.status != row.payload["status"]:
        return None
    text = "\n".join([status_line(view, bk.person), *outcome_lines(view)])
    there = replace(row, thread_ts=view.approval.thread)
    return delivery.post(there, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))


def _send_promise(delivery: Delivery, row: Row) -> str | None:
    """What came of a change, in its card's thread."""
    return promise_sending.send_promise(delivery, row)


def _send_reminder(delivery: Delivery, row: Row) -> str | None:
    """Before a card lapses, to those who have not decided; nothing where it went on meanwhile."""
    return _remind(delivery, row, lambda view: reminders.before_expiry(view, bk.person), in_thread=True)


def _send_snooze(delivery: Delivery, row: Row) -> str | None:
    """To the one person who asked for it; ``row.channel`` is that person."""

    def told(view: approvals.ApprovalView) -> str:
        return reminders.as_asked(view, links.to_card(delivery.client, view.approval))

    return _remind(delivery, row, told, in_thread=False)


def _remind(
    delivery: Delivery, row: Row, words: Callable[[approvals.ApprovalView], str], *, in_thread: bool
) -> str | None:
    with read(delivery.engine) as session:
        view = approvals.view(session, row.payload["approval_id"])
    if view.approval.status != "pending" or view.approval.expires_at <= delivery.now():
        return None
    text = words(view)
    there = replace(row, thread_ts=view.approval.thread) if in_thread else row
    return delivery.post(there, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))


def _drawn(engine: Engine, client: WebClient, view: approvals.ApprovalView, now: datetime) -> tuple[str, list[Block]]:
    """The card with all that is known beside the approval."""
    if view.approval.status == "pending":
        return card(view, now, uses=uses_of(engine, view, now), known=beside.known(engine, view, now))
    link = links.to_card(client, view.successor) if view.successor is not None else ""
    return card(view, now, known=Known(successor=link))


def uses_of(engine: Engine, view: approvals.ApprovalView, now: datetime) -> Uses:
    """How the budgets of a plan run, by entity."""
    today = now.astimezone(ZoneInfo(view.account.timezone)).date()
    entities = [c.entity for c in view.recommendation.changes]
    with read(engine) as session:
        return budget_uses(session, Scope((view.account.id,)), view.account.id, entities, today)


def redraw(engine: Engine, client: WebClient, approval_id: str, now: datetime) -> str | None:
    """Update a posted card until what was drawn is what the store still says; None where it was never posted.

    ``client`` must not retry: a body that was drawn a moment ago may be wrong by now.
    """
    drawn, ts = None, None
    for _ in range(MOVES):
        with read(engine) as session:
            view = approvals.view(session, approval_id)
        channel, ts = view.approval.channel, view.approval.message_ts
        if channel is None or ts is None or view == drawn:
            return ts
        text, blocks = _drawn(engine, client, view, now)
        _with_fallback(client.chat_update, {"channel": channel, "ts": ts, "text": text}, text, blocks)
        if drawn is None:
            _refresh_homes(engine, view, now)
        drawn = view
    return ts  # it moves faster than it can be drawn: each move has queued a redraw of its own


def _refresh_homes(engine: Engine, view: approvals.ApprovalView, now: datetime) -> None:
    """An approval moved, so what waits for its approvers did."""
    with write(engine) as session:
        outgoing.homes(session, [a.user for a in view.approvers], now)


def _send_file_drop(delivery: Delivery, row: Row) -> str:
    """Post a dropped file's message, or update it where it stands; drawn as the store is now."""
    with read(delivery.engine) as session:
        drop = file_drops.get(session, row.payload["drop_id"])
    text, blocks = file_cards.render(drop)
    if drop.message_ts is None:
        ts = delivery.post(row, text, blocks)
        with write(delivery.engine) as session:
            file_drops.posted(session, drop.id, ts)
        return ts
    args = {"channel": drop.channel, "ts": drop.message_ts, "text": text}
    _with_fallback(delivery.client.chat_update, args, text, blocks)
    return drop.message_ts


def _send_home(delivery: Delivery, row: Row) -> None:
    """Draw a person's page as the store is now; ``row.channel`` is the person."""
    now = delivery.now()
    with read(delivery.engine) as session:
        page = home.gather(session, row.channel, now, delivery.limits, delivery.cannot)
    cards = home.links(delivery.client, page)
    delivery.client.views_publish(user_id=row.channel, view=home.render(page, now, cards))


def redraw_now(deps: SlackDeps, approval_id: str) -> None:
    """Try to update the card at once. The outbox does it again where this was not, or may not be, the last word.

    The second redraw is queued first, for a time when no request of this one can be under way any more: a process
    that dies in between leaves no card out of date.
    """
    with write(deps.engine) as session:
        view = approvals.view(session, approval_id)
        if view.approval.channel is None or view.approval.message_ts is None:
            return
        later = datetime.now(UTC) + timedelta(seconds=2 * AT_ONCE_S + 1)
        key = outgoing.redraw(session, approval_id, view.approval.channel, deps.now(), not_before=later)
    due = None
    try:
        redraw(deps.engine, posting_client(deps, AT_ONCE_S), approval_id, deps.now())
    except SlackApiError as error:
        due = datetime.now(UTC) + timedelta(seconds=_refusal(error, 1).retry_after or 1.0)
        log.warning("card not redrawn at once: %s", type(error).__name__)
    except (SlackClientError, OSError) as error:  # it may still arrive: the later one follows it
        log.warning("card not redrawn at once: %s", type(error).__name__)
        return
    with write(deps.engine) as session:
        outbox.settle(session, key, due=due, now=datetime.now(UTC))


def _send_labels(delivery: Delivery, row: Row) -> str:
    return delivery.post(row, *label_cards.drawn(delivery.engine, row.payload["account_id"]))


def _update_labels(delivery: Delivery, row: Row) -> str:
    text, blocks = label_cards.drawn(delivery.engine, row.payload["account_id"])
    args = {"channel": row.channel, "ts": row.payload["ts"], "text": text}
    _with_fallback(delivery.client.chat_update, args, text, blocks)
    return str(row.payload["ts"])


def _send_digest(delivery: Delivery, row: Row) -> str:
    """A digest, with links to the cards it speaks of."""
    links = {i: link for i in digests.approvals_in(row.payload) if (link := _card_link(delivery, i)) is not None}
    return delivery.post(row, *digests.render(row.dedupe_key, row.payload, links))


def _card_link(delivery: Delivery, approval_id: str) -> str | None:
    """Slack's own address of an approval's card; None where it has none, or cannot be linked to."""
    with read(delivery.engine) as session:
        found = approvals.view(session, approval_id).approval
    if found.channel is None or found.message_ts is None:
        return None
    try:
        url = str(delivery.client.chat_getPermalink(channel=found.channel, message_ts=found.message_ts)["permalink"])
        return url if bk.of_slack(url) else None
    except SlackApiError as error:
        if error.response.status_code == 429:
            raise
        return None


def _send_chart(delivery: Delivery, row: Row) -> str | Failure | None:
    thread_ts = row.thread_ts
    if (below := row.payload.get("below")) is not None:
        with read(delivery.engine) as session:
            parent = outbox.posted(session, row.channel, below)
        if parent is None or parent.error is not None:
            return None  # what it belongs to never arrived
        if parent.message_ts is None:
            return Failure("waits for the message it belongs to", 1.0, certain=True)
        thread_ts = parent.message_ts
    name = f"chart-{row.id}.png"
    sent_before = row.attempts > 1 and delivery._find(
        replace(row, thread_ts=thread_ts), lambda m: name in [f.get("name") for f in m.get("files", [])]
    )
    if not sent_before:
        delivery.client.files_upload_v2(
            filename=name,
            content=base64.b64decode(row.payload["png"]),
            title=bk.clean(row.payload["title"]),
            alt_txt=bk.clean(row.payload["alt"], 1_000),
            channel=row.channel,
            thread_ts=thread_ts,
        )
    return None


def _send_incident(delivery: Delivery, row: Row) -> str | None:
    """An incident's one message in a channel, drawn as the store is now."""
    drawn = alerts.drawn(delivery.engine, row.payload["incident_id"], row.channel)
    return None if drawn is None else delivery.post(row, *drawn)


def _update_incident(delivery: Delivery, row: Row) -> str | Failure | None:
    parent = _incidents_message(delivery, row)
    drawn = alerts.drawn(delivery.engine, row.payload["incident_id"], row.channel)
    if not isinstance(parent, str) or drawn is None:
        return parent
    _with_fallback(delivery.client.chat_update, {"channel": row.channel, "ts": parent, "text": drawn[0]}, *drawn)
    return parent


def _send_incident_news(delivery: Delivery, row: Row) -> str | Failure | None:
    """One event, in the thread of the incident's message."""
    parent = _incidents_message(delivery, row)
    if not isinstance(parent, str):
        return parent
    text = alerts.told(delivery.engine, row.payload["incident_id"], row.payload["event_id"])
    if text is None:
        return None
    blocks = bk.fit(bk.paragraphs(text))
    there = replace(row, thread_ts=parent)
    return delivery.post(there, bk.clip(text, bk.MAX_TEXT), blocks, broadcast=bool(row.payload["tell"]))


def _incidents_message(delivery: Delivery, row: Row) -> str | Failure | None:
    """The ts of the message that a row belongs to; None where it never arrived."""
    with read(delivery.engine) as session:
        parent = outbox.posted(session, row.channel, incident_news.key(row.payload["incident_id"], row.channel))
    if parent is None or parent.error is not None:
        return None
    return parent.message_ts or Failure("waits for the message it belongs to", 1.0, certain=True)


_KINDS: dict[str, Callable[[Delivery, Row], str | Failure | None]] = {
    "answer": _send_message,
    "notice": _send_notice,
    "card": _send_card,
    "card_update": _update_card,
    "chart": _send_chart,
    "digest": _send_digest,
    "outcome": _send_outcome,
    promising.TOLD: _send_promise,
    label_cards.KIND: _send_labels,
    label_cards.UPDATE: _update_labels,
    incident_news.PARENT: _send_incident,
    incident_news.UPDATE: _update_incident,
    incident_news.NEWS: _send_incident_news,
    "reminder": _send_reminder,
    "snooze": _send_snooze,
    "home": _send_home,
    "file_drop": _send_file_drop,
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
    if name in NO_ENTRY:
        return Failure(name, NO_ENTRY_RETRY_S, certain=True)
    if response.status_code >= 500 or name in _TRANSIENT:
        return Failure(name, _backoff(attempts), certain=False)
    return Failure(name, None, certain=True)


def _backoff(attempts: int) -> float | None:
    """2 s, 4 s ... 5 min; given up after about an hour."""
    return min(300.0, 2.0**attempts) if attempts < 18 else None


def _key(message: dict[str, Any]) -> str | None:
    key: str | None = message.get("metadata", {}).get("event_payload", {}).get("key")
    return key
