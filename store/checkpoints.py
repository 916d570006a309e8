"""Checkpoints of the graphs, in the store's own database on a connection of their own.

Only JSON primitives come back out: the serialiser knows no pickle and builds no class
of ours from what it reads.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from store.engine import SQLITE_BUSY_SECONDS

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

_LOCK = 7_305_512  # any fixed number beside the migrations' own


def open_checkpointer(url: str) -> BaseCheckpointSaver[str]:
    """A saver on the database of ``url``, which the store has been opened on before; its tables are made here.

    Safe to call from several processes at once, and to use from several threads.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed.database or ":memory:")
    return _postgres(parsed.set(drivername="postgresql").render_as_string(hide_password=False))


def _serializer() -> Any:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer(allowed_msgpack_modules=None)


def _sqlite(path: str) -> BaseCheckpointSaver[str]:
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(path, timeout=SQLITE_BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA synchronous=NORMAL")
    saver = SqliteSaver(connection, serde=_serializer())
    saver.setup()
    return saver


def _postgres(url: str) -> BaseCheckpointSaver[str]:
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    options: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    with psycopg.connect(url, **options) as connection:
        _set_up_once(connection, PostgresSaver(connection))
    # No connection waits in the pool, so that nothing has to be closed at the end of a command.
    pool: ConnectionPool[Any] = ConnectionPool(url, kwargs=options, min_size=0, max_size=4, open=True)
    return PostgresSaver(pool, serde=_serializer())


def _set_up_once(connection: Any, saver: Any) -> None:
    """Make the tables while no other process does.

    The lock is tried and tried again: waiting in the database for it would hold a snapshot that
    CREATE INDEX CONCURRENTLY in the other process waits for.
    """
    while not connection.execute("SELECT pg_try_advisory_lock(%s) AS got", (_LOCK,)).fetchone()["got"]:
        time.sleep(0.02)
    try:
        saver.setup()
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
