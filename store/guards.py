"""Rows that exist to be locked, and how to lock one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Update, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.tables import Base, SpendEnvelope


def insert_missing(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless its key exists; True where it was inserted. Waits for a racing insert of the same key."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    key = next(iter(table.__table__.primary_key))
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(key)
    return session.connection().execute(statement).first() is not None  # psycopg counts no rows here


def changes_one(session: Session, statement: Update) -> bool:
    """Run a conditional UPDATE; True where it changed exactly one row. Loaded objects are not refreshed."""
    session.flush()
    return session.connection().execute(statement).rowcount == 1


def lock_account(session: Session, account_id: int) -> None:
    """Exclude every other decision, reservation and settlement of this account until the transaction ends.

    Every writer takes this lock first and the audit's head last, so that no two can wait for each other.
    """
    insert_missing(session, SpendEnvelope, {"account_id": account_id, "version": 0})
    session.execute(select(SpendEnvelope.version).where(SpendEnvelope.account_id == account_id).with_for_update())
