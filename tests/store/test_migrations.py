"""The migrations lead to exactly the models, on both databases, from any number of processes."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text

from store.engine import open_engine, read, write
from store.migrate import _config, is_current, upgrade
from store.tables import Account, Base

NOW = datetime(2024, 7, 1, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


def test_the_migrations_lead_to_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_does_nothing_and_keeps_the_rows(engine: Engine) -> None:
    with write(engine) as session:
        session.add(
            Account(platform="meta", name="kept", currency="USD", timezone="UTC", origin="file", created_at=NOW)
        )
    before = _version(engine)
    upgrade(engine)
    assert _version(engine) == before
    with read(engine) as session:
        assert session.scalars(select(Account.name)).all() == ["kept"]


def _version(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        command.downgrade(_config(connection), "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    with engine.connect() as connection:
        assert set(Base.metadata.tables) < set(inspect(connection).get_table_names())


def test_a_store_is_current_at_the_newest_migration_only(engine: Engine) -> None:
    assert is_current(engine)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not is_current(engine)


def test_a_store_without_tables_is_not_current(tmp_path: Path) -> None:
    empty = open_engine(f"sqlite:///{tmp_path}/empty.db")
    assert not is_current(empty)
    empty.dispose()


def migrate(url: str, barrier: object, failures: object) -> None:
    engine = open_engine(url)
    barrier.wait(30)  # type: ignore[attr-defined]
    try:
        upgrade(engine)
    except Exception as error:
        failures.put(repr(error))  # type: ignore[attr-defined]
        raise
    finally:
        engine.dispose()


def test_two_processes_that_start_at_once_migrate_one_after_the_other(database_url: str) -> None:
    barrier, failures = SPAWN.Barrier(2), SPAWN.Queue()
    processes = [SPAWN.Process(target=migrate, args=(database_url, barrier, failures)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0], failures.get(timeout=5)
    engine = open_engine(database_url)
    assert len(_version(engine)) == 1
    engine.dispose()
