"""Messages to deliver: put in the transaction that decided them, kept until they arrived.

Delivery runs on the wall clock, never on business time: a lease that an emulated
market could jump over would be no lease. ``now`` in ``take``, ``sent`` and ``failed``
is therefore the system's UTC time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, exists, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.engine import read, write
from store.tables import OutboxMessage

LEASE = timedelta(seconds=60)
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
LANDED = "landed_in"  # in the payload of a message to a person: the conversation Slack put it into
_TAKE_LOCK = 7_305_512  # any fixed number: on PostgreSQL takers choose their rows one after the other


@dataclass(frozen=True, slots=True)
class Row:
    """One message as its notifier holds it. ``attempts`` counts this one: above 1 an earlier try may have landed."""

    id: int
    dedupe_key: str
    kind: str
    channel: str
    thread_ts: str | None
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Posted:
    """A message by its key. ``message_ts`` None: not delivered yet, or never where there is an ``error``."""

    payload: dict[str, Any]
    message_ts: str | None
    error: str | None

    @property
    def landed_in(self) -> str | None:
        """The conversation of a message that was addressed to a person."""
        return self.payload.get(LANDED)


def put(
    session: Session,
    *,
    dedupe_key: str,
    kind: str,
    channel: str,
    payload: dict[str, Any],
    thread_ts: str | None = None,
    now: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Queue a message; False where the same ``dedupe_key`` was queued before (then nothing changes).

    ``not_before`` is the system's time, as everything of the delivery.
    """
    values = {
        "dedupe_key": dedupe_key,
        "kind": kind,
        "channel": channel,
        "thread_ts": thread_ts,
        "payload": payload,
        "created_at": now,
        "not_before": not_before or _AT_ONCE,
        "attempts": 0,
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(OutboxMessage).values(values).on_conflict_do_nothing(index_elements=["dedupe_key"])
    return session.execute(statement.returning(OutboxMessage.id)).first() is not None


def take(
    engine: Engine, now: datetime, limit: int = 1, *, skip_channels: Collection[str] = (), lease: timedelta = LEASE
) -> list[Row]:
    """Lease up to ``limit`` messages that are due, oldest first, at most one a channel.

    A channel with a live lease is left alone, so that two notifiers neither send one row
    twice nor overtake each other there. A lease that ran out is taken again.
    """
    with read(engine) as session:  # a look first: nobody takes the write lock to find nothing
        if session.scalar(select(OutboxMessage.id).where(_open(), OutboxMessage.not_before <= now).limit(1)) is None:
            return []
    with write(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text(f"SELECT pg_advisory_xact_lock({_TAKE_LOCK})"))
        busy = select(OutboxMessage.channel).where(_open(), OutboxMessage.leased_until > now)
        due = (
            select(OutboxMessage)
            .where(_open(), OutboxMessage.not_before <= now, OutboxMessage.channel.not_in(busy))
            .where(OutboxMessage.channel.not_in(list(skip_channels)))
            .order_by(OutboxMessage.id)
        )
        chosen: dict[str, OutboxMessage] = {}
        for message in session.scalars(due.limit(200)):
            chosen.setdefault(message.channel, message)
            if len(chosen) == limit:
                break
        for message in chosen.values():
            message.leased_until = now + lease
            message.attempts += 1
        return [_row(message) for message in chosen.values()]


def sent(session: Session, row_id: int, *, message_ts: str | None, now: datetime) -> None:
    """The message arrived; ``message_ts`` is the channel's own id of it."""
    values = {"sent_at": now, "message_ts": message_ts, "leased_until": None, "error": None}
    session.execute(update(OutboxMessage).where(OutboxMessage.id == row_id).values(values))


def landed(session: Session, row_id: int, conversation: str) -> None:
    """Keep where a message to a person stands: it is edited and answered there, which a person's id does not allow."""
    row = session.get(OutboxMessage, row_id)
    if row is not None:
        row.payload = {**row.payload, LANDED: conversation}
        session.flush()


def direct_of(session: Session, person: str) -> str | None:
    """The conversation that an earlier message to this person landed in."""
    query = select(OutboxMessage.payload).where(OutboxMessage.channel == person).order_by(OutboxMessage.id.desc())
    return next((found for p in session.scalars(query.limit(50)) if (found := p.get(LANDED)) is not None), None)


def failed(session: Session, row_id: int, error: str, *, retry_at: datetime | None, attempted: bool = True) -> None:
    """The message did not arrive. ``retry_at`` None is final: the error stands in the row and nobody tries again.

    ``attempted`` False gives the try back: the channel refused it for certain (rate limit), so nothing can have landed.
    """
    values: dict[str, Any] = {"leased_until": None}
    if retry_at is None:
        values["error"] = error
    else:
        values["not_before"] = retry_at
    if not attempted:
        values["attempts"] = OutboxMessage.attempts - 1
    session.execute(update(OutboxMessage).where(OutboxMessage.id == row_id).values(values))


def settle(session: Session, dedupe_key: str, *, due: datetime | None, now: datetime) -> None:
    """Bring a queued message forward to ``due``, or drop it where that is None: it is no longer needed."""
    values = {"sent_at": now} if due is None else {"not_before": due}
    session.execute(update(OutboxMessage).where(OutboxMessage.dedupe_key == dedupe_key, _open()).values(values))


def engaged(session: Session, channel: str, thread_ts: str) -> bool:
    """Whether the bot speaks in this thread: it posted there, or the thread hangs below a message of its own."""
    mine = or_(OutboxMessage.thread_ts == thread_ts, OutboxMessage.message_ts == thread_ts)
    return bool(session.scalar(select(exists().where(and_(OutboxMessage.channel == channel, mine)))))


def answered(session: Session, channel: str, thread_ts: str) -> bool:
    """Whether a question was answered in this thread."""
    mine = OutboxMessage.channel == channel, OutboxMessage.thread_ts == thread_ts, OutboxMessage.kind == "answer"
    return bool(session.scalar(select(exists().where(*mine))))


def queued(session: Session, dedupe_key: str) -> bool:
    """Whether a message was ever put under this key."""
    return session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)) is not None


def posted(session: Session, channel: str, dedupe_key: str) -> Posted | None:
    """What was put under this key for this channel, and where it stands."""
    query = select(OutboxMessage).where(OutboxMessage.dedupe_key == dedupe_key, OutboxMessage.channel == channel)
    row = session.scalar(query)
    return None if row is None else Posted(row.payload, row.message_ts, row.error)


def channels_of(session: Session, kind: str, channels: Collection[str]) -> list[str]:
    """Those of ``channels`` that were ever sent a message of this kind."""
    query = select(OutboxMessage.channel).where(OutboxMessage.kind == kind, OutboxMessage.channel.in_(channels))
    return list(session.scalars(query.distinct().order_by(OutboxMessage.channel)))


def waiting(session: Session) -> int:
    """How many messages are still to be delivered."""
    return len(session.scalars(select(OutboxMessage.id).where(_open())).all())


def _open() -> Any:
    return and_(OutboxMessage.sent_at.is_(None), OutboxMessage.error.is_(None))


def _row(message: OutboxMessage) -> Row:
    return Row(
        message.id,
        message.dedupe_key,
        message.kind,
        message.channel,
        message.thread_ts,
        message.payload,
        message.attempts,
    )
