"""Bringing a store's schema up to date, from code: no alembic.ini, no second place for the URL."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_305_511  # any fixed number: two processes that start at once migrate one after the other


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate to ``revision``. Safe to call from several processes at once; does nothing where all is applied."""
    options = {"begin": "IMMEDIATE"} if engine.dialect.name == "sqlite" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        command.upgrade(_config(connection), revision)


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def new_revision(message: str, revision_id: str) -> None:
    """Write a migration from the difference between the migrations and ``store.tables``.

    Run ``python -m store.migrate 0002 "What it does."`` after changing a table, then read what it wrote.
    """
    from store.engine import open_engine

    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/empty.db")
        upgrade(engine)
        with engine.connect() as connection:
            command.revision(_config(connection), message, autogenerate=True, rev_id=revision_id)
        engine.dispose()


if __name__ == "__main__":
    new_revision(message=sys.argv[2], revision_id=sys.argv[1])
