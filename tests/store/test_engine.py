"""How a store is opened, and what ``read`` and ``write`` promise, across processes where it matters."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from domain.errors import NotConfigured
from store.engine import open_engine, read, write
from store.tables import Account

NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


def account(name: str) -> Account:
    return Account(platform="meta", name=name, currency="USD", timezone="UTC", origin="file", created_at=NOW)


@pytest.mark.parametrize("url", ["mysql://host/db", "not a url", "", "oracle://x"])
def test_another_database_is_not_configured(url: str) -> None:
    with pytest.raises(NotConfigured, match="DATABASE_URL"):
        open_engine(url)


def test_a_sqlite_store_makes_its_folder_and_runs_in_wal_with_foreign_keys(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def test_a_plain_postgresql_url_gets_the_driver_we_ship() -> None:
    engine = open_engine("postgresql://someone@host/db")
    assert engine.url.drivername == "postgresql+psycopg"


def test_a_write_is_kept_whole_or_not_at_all(engine: Engine) -> None:
    with write(engine) as session:
        session.add(account("kept"))
    with pytest.raises(RuntimeError), write(engine) as session:  # noqa: PT012  it has to fail inside the block
        session.add(account("lost"))
        session.flush()
        raise RuntimeError
    with read(engine) as session:
        assert session.scalars(select(Account.name)).all() == ["kept"]


def test_a_read_keeps_nothing(engine: Engine) -> None:
    try:
        with read(engine) as session:
            session.add(account("lost"))
            session.flush()
    except DBAPIError:
        assert engine.dialect.name == "postgresql"  # refused there at once: the transaction is read only
    with read(engine) as session:
        assert session.scalars(select(Account)).all() == []


def test_a_read_sees_one_snapshot_while_others_write(engine: Engine) -> None:
    with read(engine) as session:
        assert session.scalars(select(Account.name)).all() == []
        with write(engine) as other:
            other.add(account("new"))
        assert session.scalars(select(Account.name)).all() == []
    with read(engine) as session:
        assert session.scalars(select(Account.name)).all() == ["new"]


def test_foreign_keys_hold(engine: Engine) -> None:
    with pytest.raises(IntegrityError), write(engine) as session:
        session.execute(text("INSERT INTO campaigns (account_id, name) VALUES (999, 'x')"))


def test_times_come_back_in_utc_and_a_naive_one_is_refused(engine: Engine) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    with write(engine) as session:
        session.add(Account(platform="meta", name="a", currency="USD", timezone="UTC", origin="file", created_at=east))
    with read(engine) as session:
        stored = session.scalars(select(Account)).one().created_at
        assert (stored, stored.utcoffset()) == (NOW, timedelta(0))
    naive = account("b")
    naive.created_at = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no time zone"), write(engine) as session:
        session.add(naive)


def hold_a_write(url: str, started: object, release: object) -> None:
    engine = open_engine(url)
    with write(engine) as session:
        session.execute(text("SELECT 1"))
        started.set()  # type: ignore[attr-defined]
        release.wait(30)  # type: ignore[attr-defined]
    engine.dispose()


def test_a_write_on_sqlite_excludes_a_writer_in_another_process_from_its_first_statement(sqlite_engine: Engine) -> None:
    url = sqlite_engine.url.render_as_string()
    started, release = SPAWN.Event(), SPAWN.Event()
    process = SPAWN.Process(target=hold_a_write, args=(url, started, release))
    process.start()
    try:
        assert started.wait(30)
        impatient = open_engine(url)
        with impatient.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
            connection.rollback()
            with pytest.raises(DBAPIError, match="locked"):
                connection.execution_options(begin="IMMEDIATE").exec_driver_sql("SELECT 1")
        with read(sqlite_engine) as session:  # readers are not held up
            assert session.scalars(select(Account)).all() == []
        impatient.dispose()
    finally:
        release.set()
        process.join(30)
    assert process.exitcode == 0
    with write(sqlite_engine) as session:
        session.add(account("afterwards"))


def add_to_a_balance(url: str, times: int) -> None:
    engine = open_engine(url)
    for _ in range(times):
        with write(engine) as session:
            row = session.scalars(select(Account).with_for_update()).one()
            row.external_id = str(int(row.external_id or 0) + 1)
    engine.dispose()


def test_read_then_write_from_two_processes_loses_nothing(engine: Engine, database_url: str) -> None:
    with write(engine) as session:
        session.add(account("balance"))
    processes = [SPAWN.Process(target=add_to_a_balance, args=(database_url, 25)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    with read(engine) as session:
        assert session.scalars(select(Account.external_id)).all() == ["50"]


def test_threads_share_an_engine(engine: Engine) -> None:
    def work(number: int) -> None:
        with write(engine) as session:
            session.add(account(f"n{number}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with read(engine) as session:
        assert len(session.scalars(select(Account)).all()) == 8
