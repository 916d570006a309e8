"""What was acknowledged and is still to be dealt with: kept with the record of its delivery, worked off once.

Like the outbox it runs on the system's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.engine import read, write
from store.tables import InboxMessage


@dataclass(frozen=True, slots=True)
class Taken:
    """One message in this process's hands. ``attempts`` counts this one: above 1 an earlier taker died with it."""

    key: str
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    attempts: int


def put(session: Session, key: str, kind: str, payload: dict[str, Any], now: datetime) -> bool:
    """Keep a message; False where ``key`` came before."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"key": key, "kind": kind, "payload": payload, "created_at": now, "attempts": 0}
    statement = dialect.insert(InboxMessage).values(values).on_conflict_do_nothing()
    return session.execute(statement.returning(InboxMessage.key)).first() is not None


def keep_answer(engine: Engine, key: str, kind: str, answer: dict[str, Any], now: datetime) -> None:
    """Keep what was answered at once, with nothing left to do, so that it can be repeated."""
    with write(engine) as session:
        put(session, key, kind, answer, now)
        session.execute(update(InboxMessage).where(InboxMessage.key == key).values(done_at=now))


def answer(engine: Engine, key: str) -> dict[str, Any] | None:
    """What ``keep_answer`` kept; None where nothing was."""
    with read(engine) as session:
        return session.scalar(select(InboxMessage.payload).where(InboxMessage.key == key))


def take(engine: Engine, key: str, now: datetime, lease: timedelta) -> Taken | None:
    """Lease one message; None where it is done or another has it."""
    with write(engine) as session:
        free = or_(InboxMessage.leased_until.is_(None), InboxMessage.leased_until <= now)
        statement = (
            update(InboxMessage)
            .where(InboxMessage.key == key, InboxMessage.done_at.is_(None), free)
            .values(leased_until=now + lease, attempts=InboxMessage.attempts + 1)
            .returning(InboxMessage)
        )
        row = session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()
        return None if row is None else Taken(row.key, row.kind, row.payload, row.created_at, row.attempts)


def done(engine: Engine, key: str, now: datetime) -> None:
    """A message was dealt with."""
    with write(engine) as session:
        session.execute(update(InboxMessage).where(InboxMessage.key == key).values(done_at=now, leased_until=None))


def left(engine: Engine, now: datetime, waited: timedelta) -> list[str]:
    """The keys of what nobody took for ``waited``, or whose taker's lease ran out; oldest first."""
    forgotten = (InboxMessage.leased_until.is_(None) & (InboxMessage.created_at <= now - waited)) | (
        InboxMessage.leased_until <= now
    )
    query = select(InboxMessage.key).where(InboxMessage.done_at.is_(None), forgotten)
    with read(engine) as session:
        return list(session.scalars(query.order_by(InboxMessage.created_at, InboxMessage.key)))


def forget(session: Session, before: datetime) -> None:
    """Drop what was dealt with before ``before``."""
    session.execute(delete(InboxMessage).where(InboxMessage.done_at < before))
