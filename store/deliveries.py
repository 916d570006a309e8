"""What was already taken from Slack: one message is delivered several times, as several events, and may be replayed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.tables import SeenEvent


def first_time(session: Session, keys: Iterable[str], now: datetime) -> bool:
    """True where none of ``keys`` was seen before; all of them are recorded either way.

    Of two transactions with a key in common exactly one gets True: the other waits for
    the first to commit. Run it in ``store.engine.write``.
    """
    wanted = sorted(set(keys))  # one order for everybody: no deadlock
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = 0
    for key in wanted:
        statement = dialect.insert(SeenEvent).values(key=key, at=now).on_conflict_do_nothing()
        fresh += session.execute(statement.returning(SeenEvent.key)).first() is not None
    return fresh == len(wanted)


def forget(session: Session, before: datetime) -> None:
    """Drop what was seen before ``before``. Slack retries within hours; a signature is valid for five minutes."""
    session.execute(delete(SeenEvent).where(SeenEvent.at < before))
