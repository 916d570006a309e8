"""Rows that exist to be locked, and how to lock one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.tables import Base, SpendEnvelope


def insert_missing(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless its key exists; True where it was inserted. Waits for a racing insert of the same key."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return bool(session.connection().execute(statement).rowcount)


def lock_account(session: Session, account_id: int) -> None:
    """Exclude every other decision, reservation and settlement of this account until the transaction ends.

    Every writer takes this lock first and the audit's head last, so that no two can wait for each other.
    """
    insert_missing(session, SpendEnvelope, {"account_id": account_id, "version": 0})
    session.execute(select(SpendEnvelope.version).where(SpendEnvelope.account_id == account_id).with_for_update())
