"""Opening the store, and the two ways to use it: ``read`` and ``write``.

SQLite runs in WAL mode with foreign keys on; every transaction says how it begins.
``write`` begins IMMEDIATE there (a deferred one lets two processes read the same
balance and both spend it); on PostgreSQL rows that guard an invariant are locked
with FOR UPDATE or moved by one conditional UPDATE.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from domain.errors import NotConfigured

SQLITE_BUSY_SECONDS = 30


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///file`` or ``postgresql+psycopg://...``; creates no table.

    Raises:
        NotConfigured: the URL is malformed or names another database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise NotConfigured("DATABASE_URL is not a database URL; use sqlite:///file.db or postgresql://...") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database:
            Path(parsed.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": SQLITE_BUSY_SECONDS})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    raise NotConfigured(f"DATABASE_URL names {backend!r}; the store runs on sqlite and postgresql")


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing itself: _begin_sqlite does
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def read(engine: Engine) -> Iterator[Session]:
    """A session on one consistent snapshot; nothing it does is kept."""
    options: dict[str, Any] = {"begin": "DEFERRED"}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, Session(bind=connection) as session:
        yield session
        session.rollback()


@contextmanager
def write(engine: Engine, *, patience_ms: int | None = None) -> Iterator[Session]:
    """A session in one transaction that excludes other writers on SQLite; committed at the end, or not at all.

    ``patience_ms`` bounds the wait for a lock; sqlalchemy's OperationalError where it was not to be had.
    """
    options = {"begin": "IMMEDIATE"} if engine.dialect.name == "sqlite" else {}
    with (
        engine.connect().execution_options(**options) as connection,
        _patience(connection, patience_ms),
        Session(bind=connection, expire_on_commit=False) as session,
        session.begin(),
    ):
        if patience_ms is not None and engine.dialect.name == "postgresql":
            session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = {patience_ms}")
        yield session


@contextmanager
def _patience(connection: Connection, patience_ms: int | None) -> Iterator[None]:
    """SQLite's wait belongs to the connection, which goes back to the pool with the usual one."""
    driver = connection.connection.driver_connection
    if patience_ms is None or driver is None or connection.dialect.name != "sqlite":
        yield
        return
    driver.execute(f"PRAGMA busy_timeout = {patience_ms}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_SECONDS * 1000}")
