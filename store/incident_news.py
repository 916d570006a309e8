"""Queueing what channels hear of an incident, in the transaction that moved it.

One parent message a channel, edited with each change; news below it in its thread, into the channel as well where it
has to be heard. Who hears of what is ``domain.alert.goes_to`` over the channel's own setting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.alert import goes_to
from store import outbox
from store.incident_settling import Moved
from store.tables import ChannelBinding, ChannelSettings, Incident, OutboxMessage

PARENT, UPDATE, NEWS = "incident", "incident_update", "incident_news"
SILENT = frozenset({"grew"})  # what is not worth a line in the thread while it is snoozed


def key(incident_id: str, channel: str) -> str:
    """The outbox key of an incident's one message in a channel."""
    return f"incident:{incident_id}:{channel}"


def shown_at(session: Session, channel: str, message_ts: str) -> str | None:
    """The incident whose one message this is in the channel; None where it is no alert."""
    query = select(OutboxMessage.payload).where(
        OutboxMessage.channel == channel, OutboxMessage.message_ts == message_ts, OutboxMessage.kind == PARENT
    )
    payload = session.scalar(query)
    return None if payload is None else str(payload["incident_id"])


def told_at(session: Session, channel: str, message_ts: str) -> str | None:
    """The incident of which this message tells in the channel: its one message, or news below it; else None."""
    query = select(OutboxMessage.payload).where(
        OutboxMessage.channel == channel,
        OutboxMessage.message_ts == message_ts,
        OutboxMessage.kind.in_((PARENT, NEWS)),
    )
    payload = session.scalar(query)
    return None if payload is None else str(payload["incident_id"])


def parent_ts(session: Session, channel: str, incident_id: str) -> str | None:
    """The ts of an incident's one message in a channel; None where it was not delivered."""
    found = outbox.posted(session, channel, key(incident_id, channel))
    return None if found is None else found.message_ts


def announce(session: Session, moved: Iterable[Moved], now: datetime) -> int:
    """Queue what the channels of the incidents' accounts are to be told; how many messages."""
    return sum(_announce(session, one, now) for one in moved)


def redraw(session: Session, incident_id: str, among: Collection[str], event_id: int, now: datetime) -> int:
    """Bring the incident's messages in those channels in line with the store, for what happened to another incident."""
    row = session.get_one(Incident, incident_id)
    hearing = [channel for channel, _ in listeners(session, row.account_id) if channel in among]
    return sum(_edit(session, row, channel, now, f":e{event_id}") for channel in hearing)


def listeners(session: Session, account_id: int) -> list[tuple[str, str | None]]:
    """The channels, and the people by their own id, that see an account, and the least severity that each wants."""
    query = (
        select(ChannelBinding.channel, ChannelSettings.alerts)
        .outerjoin(ChannelSettings, ChannelSettings.channel == ChannelBinding.channel)
        .where(ChannelBinding.account_id == account_id)
        .order_by(ChannelBinding.channel)
    )
    return [(channel, least) for channel, least in session.execute(query)]


def unreached(session: Session) -> dict[str, str]:
    """Channels and people whose last alert Slack did not take, with its word for why."""
    query = select(OutboxMessage.channel, OutboxMessage.error).where(
        OutboxMessage.kind == PARENT, or_(OutboxMessage.error.is_not(None), OutboxMessage.sent_at.is_not(None))
    )
    rows = [(channel, error) for channel, error in session.execute(query.order_by(OutboxMessage.id))]
    last = dict(rows)
    return {channel: error for channel, error in last.items() if error is not None}


def _announce(session: Session, moved: Moved, now: datetime) -> int:
    row = session.get_one(Incident, moved.incident_id)
    snoozed = row.snoozed_until is not None and row.snoozed_until > now
    queued = 0
    for channel, least in listeners(session, row.account_id):
        name = key(row.id, channel)
        if not outbox.queued(session, name):
            if row.open_key is not None and goes_to(row.severity, least) and not snoozed:
                said = {"incident_id": row.id}
                queued += outbox.put(session, dedupe_key=name, kind=PARENT, channel=channel, payload=said, now=now)
            continue
        queued += _edit(session, row, channel, now)
        if least != "off" and moved.what != "opened" and not (snoozed and moved.what in SILENT):
            queued += outbox.put(
                session, dedupe_key=f"{name}:e{moved.event_id}", kind=NEWS, channel=channel, now=now,
                payload={"incident_id": row.id, "event_id": moved.event_id, "tell": moved.tell},
            )  # fmt: skip
    return queued


def _edit(session: Session, row: Incident, channel: str, now: datetime, why: str = "") -> int:
    name = key(row.id, channel)
    if not outbox.queued(session, name):
        return 0
    return outbox.put(
        session, dedupe_key=f"{name}:r{row.revision}{why}", kind=UPDATE, channel=channel,
        payload={"incident_id": row.id}, now=now,
    )  # fmt: skip
