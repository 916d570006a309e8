"""Bringing a store's schema up to date, from code: no alembic.ini, no second place for the URL."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from domain.errors import NotConfigured

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_305_511  # any fixed number: two processes that start at once migrate one after the other


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate to ``revision``. Safe to call from several processes at once; does nothing where all is applied.

    Raises:
        NotConfigured: the store has a schema that this build does not know.
    """
    if revision == "head" and is_current(engine):
        return
    from alembic import command  # a tenth of a second that a store at head does not need
    from alembic.util import CommandError

    options = {"begin": "IMMEDIATE"} if engine.dialect.name == "sqlite" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        try:
            command.upgrade(_config(connection), revision)
        except CommandError as error:
            raise NotConfigured(f"the store's schema is not one of this build's ({error}); update budgeteer") from None


def is_current(engine: Engine) -> bool:
    """Whether the store is at the newest migration: its file's name begins with the number the store holds."""
    newest = max((file.name for file in _FOLDER.glob("versions/[0-9]*.py")), default="").partition("_")[0]
    try:
        with engine.connect() as connection:
            return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [newest]
    except DBAPIError:  # no such table, or a store that cannot be read: migrating says which
        return False


def _config(connection: object) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def new_revision(message: str, revision_id: str) -> None:
    """Write a migration from the difference between the migrations and ``store.tables``.

    Run ``python -m store.migrate 0002 "What it does."`` after changing a table, then read what it wrote.
    """
    from alembic import command

    from store.engine import open_engine

    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/empty.db")
        upgrade(engine)
        with engine.connect() as connection:
            command.revision(_config(connection), message, autogenerate=True, rev_id=revision_id)
        engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit('usage: python -m store.migrate 0002 "What it does."')
    new_revision(message=sys.argv[2], revision_id=sys.argv[1])
