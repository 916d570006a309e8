"""Sending one row of the outbox: what each kind becomes on Slack."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

from slack_sdk.errors import SlackApiError, SlackClientError

from app.slack import blocks as bk
from app.slack import card_sending, digests, file_cards, home, incident_sending, label_cards, promise_sending
from app.slack.incident_sending import Parent, parent_of
from app.slack.people import conversations_of
from app.slack.posting import Posting
from app.slack.refused import Failure, backoff, refusal, with_fallback
from store import approvals, file_drops, incident_news, promising
from store.engine import read, write
from store.outbox import Row


@dataclass(frozen=True, slots=True)
class Delivery(Posting):
    """Sends rows."""

    def send(self, row: Row) -> str | Failure | None:
        """The message's ts (None where nothing had to be posted), or why it failed."""
        try:
            return _KINDS[row.kind](self, row)
        except SlackApiError as error:
            return refusal(error, row.attempts)
        except (SlackClientError, OSError) as error:
            return Failure(type(error).__name__, backoff(row.attempts), certain=False)


def _send_message(delivery: Delivery, row: Row) -> str:
    return delivery.post(row, row.payload["text"], row.payload["blocks"])


def _send_notice(delivery: Delivery, row: Row) -> str:
    text = bk.prose(row.payload["text"])
    return delivery.post(row, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))


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
    with_fallback(delivery.client.chat_update, args, text, blocks)
    return drop.message_ts


def _send_home(delivery: Delivery, row: Row) -> None:
    """Draw a person's page as the store is now; ``row.channel`` is the person."""
    now, member_of = delivery.now(), conversations_of(delivery.client, row.channel)
    with read(delivery.engine) as session:
        page = home.gather(session, row.channel, now, delivery.limits, delivery.cannot, member_of=member_of)
    cards = home.links(delivery.client, page)
    delivery.client.views_publish(user_id=row.channel, view=home.render(page, now, cards))


def _send_labels(delivery: Delivery, row: Row) -> str:
    return delivery.post(row, *label_cards.drawn(delivery.engine, row.payload["account_id"]))


def _update_labels(delivery: Delivery, row: Row) -> str:
    text, blocks = label_cards.drawn(delivery.engine, row.payload["account_id"])
    args = {"channel": row.channel, "ts": row.payload["ts"], "text": text}
    with_fallback(delivery.client.chat_update, args, text, blocks)
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
    """A picture, in the thread of the message it belongs to."""
    there: Row = row
    if (below := row.payload.get("below")) is not None:
        parent = parent_of(delivery, row.channel, below)
        if not isinstance(parent, Parent):
            return parent
        there = replace(row, channel=parent.channel, thread_ts=parent.ts)
    name = f"chart-{row.id}.png"
    if row.attempts > 1 and delivery.find(there, lambda m: name in [f.get("name") for f in m.get("files", [])]):
        return None
    delivery.client.files_upload_v2(
        filename=name,
        content=base64.b64decode(row.payload["png"]),
        title=bk.clean(row.payload["title"]),
        alt_txt=bk.clean(row.payload["alt"], 1_000),
        channel=there.channel,
        thread_ts=there.thread_ts,
    )
    return None


_KINDS: dict[str, Callable[[Delivery, Row], str | Failure | None]] = {
    "answer": _send_message,
    "notice": _send_notice,
    "card": card_sending.send_card,
    "card_update": card_sending.update_card,
    "chart": _send_chart,
    "digest": _send_digest,
    "outcome": card_sending.send_outcome,
    promising.TOLD: promise_sending.send_promise,
    label_cards.KIND: _send_labels,
    label_cards.UPDATE: _update_labels,
    incident_news.PARENT: incident_sending.send_incident,
    incident_news.UPDATE: incident_sending.update_incident,
    incident_news.NEWS: incident_sending.send_news,
    "reminder": card_sending.send_reminder,
    "snooze": card_sending.send_snooze,
    "home": _send_home,
    "file_drop": _send_file_drop,
}
